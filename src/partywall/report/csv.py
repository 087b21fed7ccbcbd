"""The figures of all cells as one tidy table: CSV as RFC 4180 says, a row per estimate."""

import csv
import io
from collections.abc import Mapping

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.tidy import Value, tidy_columns

__all__ = ["render_csv"]

# A spreadsheet takes a text that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render_csv(result: Result, distributions: Mapping[str, Distribution]) -> str:
    """A row per cell and estimate, with a column for each factor, empty where a cell does not have it.

    Times are in seconds per op, in full precision.  A cell without estimates is one row, with its state, the reason,
    and no value.  A text that a spreadsheet would run as a formula has a ' before it.
    """
    columns = tidy_columns(result.cells)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(_field, columns))
    writer.writerows(map(_field, row) for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def _field(said: Value) -> Value:
    if not isinstance(said, str):
        return said
    kept = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in said)
    return f"'{kept}" if said.startswith(_FORMULA) else kept
