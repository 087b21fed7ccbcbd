"""What the reports say of each cell in a line, whatever they are set in."""

from collections.abc import Iterable, Iterator

from partywall.model import Cell, State
from partywall.report.layout import conditions, span
from partywall.units import format_quantity

__all__ = ["figures_of", "modes_of", "name_of", "reasons_of", "state_of"]


def name_of(cell: Cell) -> tuple[str, str]:
    """The primitive and its conditions; of what was read in an op, its name below that op's."""
    return (f"  {cell.reading}", "") if cell.reading else (cell.primitive, conditions(cell.factors))


def figures_of(cell: Cell) -> tuple[str, str, str]:
    """The typical figure with its interval, the 99th percentile, and the state; "-" for what it does not have."""
    state = state_of(cell)
    if cell.estimates is None:
        return "-", "-", state
    typical, p99 = cell.estimates.typical, cell.estimates.p99
    return span(typical), format_quantity(p99.value, p99.unit) if p99 else "-", state


def state_of(cell: Cell) -> str:
    """The state, with what disturbed the cell if it is not ok."""
    flags = f" ({', '.join(cell.flags)})" if cell.flags and cell.state != State.OK else ""
    return cell.state.value + flags


def reasons_of(cells: Iterable[Cell]) -> Iterator[str]:
    """Why cells are not as they should be, and those whose runs have several modes."""
    shared = ""
    for cell in cells:
        # What was read in an op has its reason as well: once is enough.
        if cell.reason and not (cell.reading and cell.reason == shared):
            yield f"{cell.id}: {cell.reason}"
        shared = shared if cell.reading else cell.reason
        # The interval speaks over modes of runs; those within runs are in the full report.
        if cell.modes and cell.modes_of == "runs":
            yield f"{cell.id}: {modes_of(cell)}"


def modes_of(cell: Cell) -> str:
    """The levels around which the values of a cell gather."""
    unit = cell.estimates.typical.unit if cell.estimates else "s"
    each = ", ".join(f"{format_quantity(mode.value, unit)} ({100 * mode.share:.0f} %)" for mode in cell.modes)
    of = "its runs" if cell.modes_of == "runs" else "the samples in a run"
    return f"{len(cell.modes)} modes of {of}: {each}"
