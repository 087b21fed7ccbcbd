"""The section on what an op is made of."""

from dataclasses import dataclass

from partywall.model import Result
from partywall.report.charts.phases import phase_chart
from partywall.report.html.words import Drawing, Figure, draw, figure_of
from partywall.report.parts import find_parts

__all__ = ["PhasesView", "phases_view"]


@dataclass(frozen=True)
class PhasesView:
    """Each op with the time of each reading since it began, and of the whole; and the drawing of all."""

    rows: tuple[tuple[str, str, Figure], ...]
    drawing: Drawing | None


def phases_view(result: Result) -> PhasesView:
    """The ops in which times were read."""
    found = find_parts(result)
    rows = []
    for one in found:
        rows += [(one.title, name, figure_of(estimate)) for name, estimate in one.readings]
        rows.append((one.title, "end of the op", figure_of(one.typical)))
    return PhasesView(tuple(rows), draw(phase_chart(found)))
