"""What the parts of the text report are set in."""

from rich.table import Table
from rich.text import Text

from partywall.units import format_quantity

__all__ = ["interval", "plain", "table"]


def plain(text: str, style: str = "") -> Text:
    """What a session says, as text that neither steers the terminal nor breaks a line."""
    # A session may come from anyone: what it says must neither steer the terminal nor break a line.
    return Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), style=style)


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
