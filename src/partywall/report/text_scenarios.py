"""The part of the text report on scenarios: one table each, a row for each arrangement."""

from rich.console import Console

from partywall.catalog import SCENARIOS, Scenario
from partywall.catalog.scenario import PREFIX
from partywall.model import Estimate, Outcome, WallResult
from partywall.report.layout import interval, plain, table
from partywall.report.text_walls import print_reasons

__all__ = ["print_scenarios", "without_scenarios"]

_STYLE = {Outcome.HOLDS: "green", Outcome.BROKEN: "red"}


def without_scenarios(walls: tuple[WallResult, ...]) -> tuple[WallResult, ...]:
    """The walls that are no arrangement of a scenario."""
    return tuple(wall for wall in walls if not wall.id.startswith(PREFIX))


def print_scenarios(console: Console, walls: tuple[WallResult, ...]) -> None:
    """Print what became of each arrangement, with the facts and times that the scenario declares."""
    for scenario in SCENARIOS.values():
        members = [wall for wall in walls if wall.id == PREFIX + scenario.name]
        if members:
            _print_scenario(console, scenario, members)


def _print_scenario(console: Console, scenario: Scenario, walls: list[WallResult]) -> None:
    console.print(plain(f"{PREFIX}{scenario.name}: {scenario.title}", style="bold"))
    timed = {name for wall in walls for name, value in wall.evidence.items() if isinstance(value, Estimate)}
    counted = {name for wall in walls for name in wall.evidence} - timed
    _print_table(console, walls, [c for c in scenario.columns if c[0] in counted], outcome=True)
    if columns := [c for c in scenario.columns if c[0] in timed]:
        _print_table(console, walls, columns, outcome=False)
    broken = [wall for wall in walls if wall.outcome == Outcome.BROKEN and wall.reason]
    for wall in broken:
        console.print(plain(f"  {wall.host}: {wall.reason}", style="dim"))
    print_reasons(console, walls)
    console.print(plain(f"  all facts of one: partywall show FILE --wall {walls[0].id}", style="dim"))
    console.print()


def _print_table(console: Console, walls: list[WallResult], columns: list[tuple[str, str]], outcome: bool) -> None:
    rows = table(
        ("arrangement", "left"),
        *([("outcome", "left")] if outcome else []),
        *((heading, "right" if outcome else "left") for _, heading in columns),
    )
    rows.columns[0].no_wrap = True
    for wall in walls:
        said = [plain(wall.outcome.value, style=_STYLE.get(wall.outcome, "yellow"))] if outcome else []
        rows.add_row(plain(wall.host), *said, *(plain(_figure(wall.evidence.get(name))) for name, _ in columns))
    console.print(rows)


def _figure(value: object) -> str:
    if isinstance(value, Estimate):
        return interval(value.value, value.low, value.high, value.unit)
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
