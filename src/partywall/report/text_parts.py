"""What the sections of the report share: text that stays text, tables, intervals, conditions."""

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from partywall.model import Estimate
from partywall.units import format_quantity

__all__ = ["QUIET", "conditions", "interval", "plain", "span", "table"]

QUIET = {"image": "pristine", "resident": "0B", "target": "none"}
"""Levels that a reader takes for granted: a pristine image that holds nothing."""


def plain(text: str, style: str = "") -> Text:
    """The text without what would steer a terminal or break a line; a session may come from anyone."""
    return Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), style=style)


def table(*columns: tuple[str, str]) -> Table:
    """A table without lines; each column has a name and is "left" or "right"."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns:
        made.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return made


def interval(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """A value with its interval, or a dash if there is none."""
    if value is None or low is None or high is None:
        return "-"
    return f"{format_quantity(value, unit)} [{format_quantity(low, unit)}, {format_quantity(high, unit)}]"


def span(estimate: Estimate) -> str:
    """An estimate with its interval."""
    return interval(estimate.value, estimate.low, estimate.high, estimate.unit)


def conditions(factors: Mapping[str, str]) -> str:
    """The levels that are not taken for granted."""
    said = {name: level for name, level in factors.items() if QUIET.get(name) != level}
    # A bare number does not say of what.
    return " ".join(f"{name} {level}" if level.isdigit() else level for name, level in said.items())
