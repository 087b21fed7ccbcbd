"""What an op is made of, by the times read in it."""

from dataclasses import dataclass

from partywall.estimate import Estimate
from partywall.model import Result
from partywall.report.layout import conditions
from partywall.report.pairs import title_of

__all__ = ["Parts", "find_parts"]

_REST = "end"


@dataclass(frozen=True)
class Parts:
    """One op: what it is, the time of the whole, and each reading with its time since the op began.

    ``ends`` are the typical times in rising order, the whole being the last; medians of their own, which need not
    add up run by run.
    """

    title: str
    typical: Estimate
    readings: tuple[tuple[str, Estimate], ...]

    @property
    def whole(self) -> float:
        """Typical time of the whole op, in seconds."""
        return self.typical.value

    @property
    def ends(self) -> tuple[tuple[str, float], ...]:
        """Where each part ends, in seconds since the op began."""
        return (*((name, one.value) for name, one in self.readings if one.value < self.whole), (_REST, self.whole))


def find_parts(result: Result) -> tuple[Parts, ...]:
    """Every op in which times were read and that has figures."""
    cells = {cell.id: cell for cell in result.cells}
    planned = result.plan.cells
    found: dict[str, list[tuple[str, Estimate]]] = {}
    for one in planned:
        cell = cells.get(one.id)
        if one.reading and one.unit == "s" and 0 <= one.of < len(planned) and cell and cell.estimates:
            reading = (one.reading.replace("_", " "), cell.estimates.typical)
            found.setdefault(planned[one.of].id, []).append(reading)
    parts = []
    for name, readings in found.items():
        whole = cells.get(name)
        if whole is not None and whole.estimates is not None:
            title = ", ".join(filter(None, (title_of(whole), conditions(whole.factors))))
            ordered = tuple(sorted(readings, key=lambda one: one[1].value))
            parts.append(Parts(title, whole.estimates.typical, ordered))
    return tuple(parts)
