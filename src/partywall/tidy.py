"""The figures of cells as one tidy table: a row per estimate, a column per factor."""

from collections.abc import Iterator, Sequence

from partywall.estimate import Estimate
from partywall.model import ESTIMATES, Cell

__all__ = ["Value", "named_estimates", "tidy_columns"]

Value = str | float | int | None

# "clean" is that of the runs that nothing disturbed.
_TOLD = (*ESTIMATES, "clean", "tail_index")

_BEFORE = ("cell", "primitive", "family", "reading")
_AFTER = (
    *("estimate", "value", "low", "high", "unit", "confidence"),
    *("runs", "samples", "batch", "state", "flags", "reason"),
)


def named_estimates(cell: Cell) -> Iterator[tuple[str, Estimate]]:
    """The estimates that a cell has, by their names."""
    if cell.estimates is None:
        return
    for name in _TOLD:
        estimate = cell.clean if name == "clean" else getattr(cell.estimates, name)
        if estimate is not None:
            yield name, estimate


def tidy_columns(cells: Sequence[Cell]) -> dict[str, list[Value]]:
    """The columns by their names; a cell that has no estimates is one row whose figures are None.

    Times are in seconds per op.  A factor that a cell does not have is None; one that has the name of another column
    gets the ending "_factor".
    """
    factors = sorted({name for cell in cells for name in cell.factors})
    titles = {name: f"{name}_factor" if name in _BEFORE or name in _AFTER else name for name in factors}
    columns: dict[str, list[Value]] = {name: [] for name in (*_BEFORE, *titles.values(), *_AFTER)}
    for cell in cells:
        told = {titles[name]: level for name, level in cell.factors.items()}
        named: list[dict[str, Value]] = [_figures(name, estimate) for name, estimate in named_estimates(cell)]
        for figures in named or [{}]:
            row = {**told, **_of_cell(cell), **figures}
            for title, column in columns.items():
                column.append(row.get(title))
    return columns


def _of_cell(cell: Cell) -> dict[str, Value]:
    return {
        "cell": cell.id,
        "primitive": cell.primitive,
        "family": cell.family.value,
        "reading": cell.reading,
        "runs": cell.runs,
        "samples": cell.samples,
        "batch": cell.batch,
        "state": cell.state.value,
        "flags": " ".join(cell.flags),
        "reason": cell.reason,
    }


def _figures(name: str, estimate: Estimate) -> dict[str, Value]:
    return {
        "estimate": name,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "unit": estimate.unit,
        "confidence": estimate.confidence,
    }
