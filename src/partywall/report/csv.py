"""The figures of all cells as one tidy table: CSV as RFC 4180 says, a row per estimate."""

import csv
import io
from collections.abc import Mapping

from partywall.cell_rows import rows_of
from partywall.distributions import Distribution
from partywall.model import Result

__all__ = ["render_csv"]

_BEFORE = ("cell", "primitive", "family", "reading")
_AFTER = (
    *("estimate", "value", "low", "high", "unit", "confidence"),
    *("runs", "samples", "batch", "state", "flags", "reason"),
)
# A spreadsheet takes a text that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render_csv(result: Result, distributions: Mapping[str, Distribution]) -> str:
    """A row per cell and estimate, with a column for each factor, empty where a cell does not have it.

    Times are in seconds per op, in full precision.  A cell without estimates is one row, with its state, the reason,
    and no value.  A text that a spreadsheet would run as a formula has a ' before it.
    """
    names = sorted({name for cell in result.cells for name in cell.factors})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    # A factor may have the name of another column.
    writer.writerow([*_BEFORE, *(_text(_column(name)) for name in names), *_AFTER])
    for row in rows_of(result.cells):
        cell, estimate = row.cell, row.estimate
        figures: list[object] = [""] * 6
        if estimate:
            figures = [row.name, estimate.value, estimate.low, estimate.high, estimate.unit, estimate.confidence]
        writer.writerow(
            [
                *map(_text, (cell.id, cell.primitive, cell.family.value, cell.reading)),
                *(_text(cell.factors.get(name, "")) for name in names),
                *figures,
                *(cell.runs, cell.samples, cell.batch, cell.state.value),
                *map(_text, (" ".join(cell.flags), cell.reason)),
            ]
        )
    return text.getvalue()


def _column(factor: str) -> str:
    return f"{factor}_factor" if factor in _BEFORE or factor in _AFTER else factor


def _text(said: str) -> str:
    kept = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in said)
    return f"'{kept}" if said.startswith(_FORMULA) else kept
