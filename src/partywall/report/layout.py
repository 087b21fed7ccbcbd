"""What the parts of the text report are set in."""

import io
import os
import shutil
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from partywall.model import Estimate
from partywall.units import format_quantity

__all__ = [
    "QUIET",
    "clean",
    "colour_wanted",
    "conditions",
    "console_for",
    "interval",
    "plain",
    "span",
    "table",
    "written",
]

QUIET = {"image": "pristine", "resident": "0B", "target": "none"}
"""Levels that a reader takes for granted: a pristine image that holds nothing."""

_WIDTH_WITHOUT_TERMINAL = 110


def console_for(colour: bool, width: int | None = None) -> Console:
    """A console that writes into memory, ``width`` columns wide; the terminal's (or 110 without one) by default."""
    columns = width or shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    return Console(
        file=io.StringIO(),
        width=max(columns, 60),
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )


def written(console: Console) -> str:
    """What was printed on such a console, without blanks at the ends of lines."""
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


def plain(text: str, style: str = "") -> Text:
    """What a session says, as text that neither steers the terminal nor breaks a line."""
    return Text(clean(text), style=style)


def clean(text: str) -> str:
    """The text with a mark in place of each character that cannot be printed."""
    # A session may come from anyone: what it says must neither steer the terminal nor break a line.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(*columns: tuple[str, str]) -> Table:
    """An empty table with these columns: name, and "left" or "right"."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return table


def interval(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """Value and interval in one unit for people; "-" where there is none."""
    if value is None or low is None or high is None:
        return "-"
    return f"{format_quantity(value, unit)} [{format_quantity(low, unit)}, {format_quantity(high, unit)}]"


def span(estimate: Estimate) -> str:
    """An estimate with its interval."""
    return str(estimate)


def conditions(factors: Mapping[str, str]) -> str:
    """The levels that are not taken for granted."""
    said = {name: level for name, level in factors.items() if QUIET.get(name) != level}
    # A bare number does not say of what.
    return " ".join(f"{name} {level}" if level.isdigit() else level for name, level in said.items())


def colour_wanted(stream_is_terminal: bool) -> bool:
    """Colour only on a terminal and without NO_COLOR (no-color.org)."""
    return stream_is_terminal and not os.environ.get("NO_COLOR")
