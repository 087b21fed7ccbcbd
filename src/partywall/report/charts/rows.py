"""The vertical axis of charts that have one row for each figure."""

import json
import textwrap
from collections.abc import Sequence
from typing import Any

__all__ = ["MOST_ROWS", "row_axis", "row_height"]

MOST_ROWS = 90
"""More rows than anyone reads; the table has them all."""

_LINE = 14
_WRAP = 52


def row_axis(labels: Sequence[str]) -> Any:
    """The axis for marks at y = 0, 1, ...: a label for each, in lines if it is long."""
    import altair as alt

    lines = json.dumps([_lines(label) for label in labels])
    axis = alt.Axis(values=list(range(len(labels))), labelExpr=f"{lines}[datum.value]", title=None, tickCount=0)
    domain = [len(labels) - 0.5, -0.5]
    return alt.Y("row:Q", axis=axis, scale=alt.Scale(domain=domain, nice=False, zero=False))


def row_height(labels: Sequence[str], least: int = 18) -> int:
    """Pixels that all rows take together."""
    tallest = max((len(_lines(label)) for label in labels), default=1)
    return len(labels) * max(least, _LINE * tallest + 6)


def _lines(label: str) -> list[str]:
    # What a session says may hold anything: here only what is printed.
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in label)
    found = textwrap.wrap(text, _WRAP) or [""]
    return found if len(found) <= 2 else [found[0], f"{found[1][: _WRAP - 1]}\N{HORIZONTAL ELLIPSIS}"]
