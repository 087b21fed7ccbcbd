"""Several sessions beside each other, as text and as JSON."""

from collections.abc import Iterator

import msgspec

from partywall.model import AcrossSessions, State
from partywall.units import format_quantity, format_share

__all__ = ["render_sessions", "render_sessions_json"]


def render_sessions(cells: tuple[AcrossSessions, ...]) -> str:
    """A row for each cell; the heading says whether low and high are an interval or a range."""
    count = max((cell.sessions for cell in cells), default=0)
    interval = any(cell.interval for cell in cells)
    spread = "95 % interval" if interval else f"range of {count}: too few for an interval, six are needed"
    rows = [("cell", f"typical over {count} sessions [{spread}]", "one session's own interval"), *map(_row, cells)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *_doubts(cells)]) + "\n"


def _row(cell: AcrossSessions) -> tuple[str, str, str]:
    name = _plain(cell.cell)
    if cell.typical is None:
        return name, "-", "-"
    value, low, high = (format_quantity(x, cell.typical.unit) for x in _ends(cell))
    own = format_share((cell.within or 0.0) / abs(cell.typical.value)) if cell.typical.value else "-"
    return name, f"{value} [{low}, {high}]", f"+- {own}"


def _ends(cell: AcrossSessions) -> tuple[float, float, float]:
    assert cell.typical is not None
    return cell.typical.value, cell.typical.low, cell.typical.high


def _doubts(cells: tuple[AcrossSessions, ...]) -> Iterator[str]:
    for cell in cells:
        if any(state != State.OK for state in cell.states):
            yield f"  {_plain(cell.cell)}: {', '.join(state.value for state in cell.states)}"


def _plain(text: str) -> str:
    # A session may come from anyone: what it says must neither steer the terminal nor break a line.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def render_sessions_json(cells: tuple[AcrossSessions, ...]) -> str:
    """The same as one indented JSON array, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(cells), indent=2).decode() + "\n"
