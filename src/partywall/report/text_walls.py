"""The part of the text report on walls and doors."""

from rich.console import Console

from partywall.model import Estimate, Outcome, WallResult
from partywall.report.layout import interval, plain, table

__all__ = ["print_walls"]

_STYLE = {Outcome.HOLDS: "green", Outcome.BROKEN: "red"}
_EXPLAINED = (Outcome.INVALID, Outcome.UNSUPPORTED)


def print_walls(console: Console, walls: tuple[WallResult, ...]) -> None:
    """Print one line for each wall and host, then the reasons and the doors that are open."""
    if not walls:
        return
    console.print(plain("Walls", style="bold"))
    rows = table(
        ("wall", "left"),
        ("host", "left"),
        ("outcome", "left"),
        ("control", "left"),
        ("detected after", "left"),
    )
    for wall in walls:
        found = wall.evidence.get("detection")
        after = interval(found.value, found.low, found.high, "s") if isinstance(found, Estimate) else ""
        rows.add_row(
            plain(wall.id),
            plain(wall.host),
            plain(wall.outcome.value, style=_STYLE.get(wall.outcome, "yellow")),
            plain(wall.control.value),
            plain(after),
        )
    console.print(rows)
    for wall in walls:
        if wall.reason and wall.outcome in _EXPLAINED:
            console.print(plain(f"  {wall.id} ({wall.host}): {wall.reason}", style="dim"))
        if wall.exception:
            console.print(plain(f"  {wall.id} ({wall.host}): {wall.exception}", style="dim"))
    console.print()
