"""The figures of cells as rows of a table, one estimate each."""

from collections.abc import Iterable, Iterator

from partywall.estimate import Estimate, Frozen
from partywall.model import Cell

__all__ = ["ESTIMATES", "Row", "named_estimates", "rows_of"]

ESTIMATES = ("typical", "mean", "floor", "p99", "p999", "cold", "clean", "tail_index")
"""Names of all estimates that a cell may have; "clean" is that of the runs that nothing disturbed."""


class Row(Frozen, frozen=True):
    """One estimate of one cell, or the cell alone where it has none; then what would be its figures is None."""

    cell: Cell
    name: str = ""
    estimate: Estimate | None = None


def named_estimates(cell: Cell) -> Iterator[tuple[str, Estimate]]:
    """The estimates that a cell has, by their names."""
    if cell.estimates is None:
        return
    for name in ESTIMATES:
        estimate = cell.clean if name == "clean" else getattr(cell.estimates, name)
        if estimate is not None:
            yield name, estimate


def rows_of(cells: Iterable[Cell]) -> Iterator[Row]:
    """A row per estimate of each cell, and one for each cell that has none."""
    for cell in cells:
        named = list(named_estimates(cell))
        for name, estimate in named:
            yield Row(cell=cell, name=name, estimate=estimate)
        if not named:
            yield Row(cell=cell)
