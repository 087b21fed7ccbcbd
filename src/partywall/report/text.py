"""The report a person reads in a terminal: verdicts first, then walls, then figures."""

from collections.abc import Mapping

from rich.console import Console

from partywall.distributions import Distribution
from partywall.errors import InputError
from partywall.fit import CheckState, Crossing, CrossingState, Fit, FitState
from partywall.model import Capacity, Cell, Result
from partywall.report.foot import foot_lines
from partywall.report.layout import QUIET, conditions, console_for, interval, plain, span, table, written
from partywall.report.sketch import sketch
from partywall.report.text_cells import print_cells
from partywall.report.text_prices import print_prices
from partywall.report.text_scenarios import print_scenarios, without_scenarios
from partywall.report.text_summary import print_summary
from partywall.report.text_verdicts import print_verdicts
from partywall.report.text_walls import matching, print_evidence, print_walls

__all__ = ["render_evidence", "render_text"]


def render_text(
    result: Result,
    distributions: Mapping[str, Distribution] | None = None,
    colour: bool = False,
    width: int | None = None,
    full: bool = False,
    ascii_only: bool = False,
) -> str:
    """The report as text; ``width`` in columns, the terminal's (or 110 without one) by default.

    Cells that are among the ``distributions`` are sketched, without block elements if ``ascii_only``.  If ``full``,
    every figure of every cell and every wall is told.
    """
    console = console_for(colour, width)
    print_summary(console, result.verdicts)
    print_verdicts(console, result.verdicts)
    print_prices(console, result.prices)
    print_scenarios(console, result.walls)
    priced = {of.wall for price in result.prices for of in price.contains}
    print_walls(console, tuple(wall for wall in without_scenarios(result.walls) if wall.id not in priced), full)
    sketches = {name: sketch(one, ascii_only) for name, one in (distributions or {}).items()}
    print_cells(console, result.asked, full, sketches)
    _capacities(console, result.capacities)
    _models(console, result)
    for text, style in foot_lines(result):
        console.print(plain(text, style=style))
    return written(console)


def render_evidence(result: Result, wall: str, host: str = "", colour: bool = False, width: int | None = None) -> str:
    """All facts of the walls whose names match, of one host or of all; InputError if there are none."""
    walls = matching(result.walls, wall, host)
    if not walls:
        known = ", ".join(dict.fromkeys(found.id for found in result.walls)) or "none"
        raise InputError(f"no wall {wall!r}{f' with host {host!r}' if host else ''} in this session; there are {known}")
    console = console_for(colour, width)
    print_evidence(console, walls)
    return written(console)


def _models(console: Console, result: Result) -> None:
    made = [fit for fit in result.fits if fit.state != FitState.TOO_FEW]
    few = dict.fromkeys(f"  {fit.title}: {fit.reason}" for fit in result.fits if fit.state == FitState.TOO_FEW)
    if not made and not few and not result.crossings:
        return
    console.print(plain("Models and crossings", style="bold"))
    cells = {cell.id: cell for cell in result.cells}
    for fit in made:
        _model(console, fit, cells)
        console.print()
    for line in few:
        console.print(plain(line, style="dim"))
    for crossing in result.crossings:
        _crossing(console, crossing)
    console.print()


def _model(console: Console, fit: Fit, cells: dict[str, Cell]) -> None:
    def at(cell: str) -> str:
        levels = [cells[cell].factors.get(name, "") for name in fit.levels] if cell in cells else [cell]
        return " ".join(filter(None, levels))

    held = [(name, level) for name, level in fit.conditions.items() if level and QUIET.get(name) != level]
    # A word tells its factor; a number does not.
    where = " ".join(f"{name}={level}" if level[0].isdigit() else level for name, level in held)
    console.print(plain(f"{fit.title}{f' ({where})' if where else ''}", style="italic"))
    if fit.state == FitState.REFUSED:
        console.print(plain(f"  refused: {fit.reason}", style="yellow"))
        if fit.residuals:
            rows = table(("at", "left"), ("measured [95 % interval]", "left"), ("off by", "left"))
            for residual in fit.residuals:
                off = _share(residual.value, residual.low, residual.high)
                rows.add_row(plain(at(residual.cell)), plain(span(residual.measured)), plain(off))
            console.print(rows)
    else:
        console.print(plain(f"  {fit.formula}", style="dim"))
        rows = table(("term", "left"), ("estimate [95 % interval]", "left"))
        for term in fit.terms:
            rows.add_row(plain(term.name), plain(span(term.estimate)))
        console.print(rows)
        worst = max(fit.residuals, key=lambda residual: abs(residual.value), default=None)
        if worst is not None:
            off = _share(worst.value, worst.low, worst.high)
            console.print(plain(f"  farthest off: {at(worst.cell)}, by {off}", style="dim"))
    doubtful = [cells[cell] for cell in fit.doubts if cell in cells]
    for state in dict.fromkeys(cell.state for cell in doubtful):
        places = ", ".join(at(cell.id) for cell in doubtful if cell.state == state)
        console.print(plain(f"  {state.value}: {places}", style="yellow"))


def _share(value: float, low: float, high: float) -> str:
    return f"{100 * value:+.1f} % [{100 * low:+.1f} %, {100 * high:+.1f} %]"


def _crossing(console: Console, crossing: Crossing) -> None:
    style = "yellow" if crossing.state == CrossingState.REFUSED else ""
    console.print(plain(crossing.sentence, style=style))
    check = crossing.check
    if check is None:
        return
    seen = check.measured
    found = interval(seen.value, seen.low, seen.high, "x" if seen.unit == "1" else seen.unit) if seen else "nothing"
    text = f"  {check.state.value}: measured at {check.level}: {found}{f'; {check.reason}' if check.reason else ''}"
    console.print(plain(text, style="red" if check.state == CheckState.REFUTED else "dim"))


def _capacities(console: Console, capacities: tuple[Capacity, ...]) -> None:
    if not capacities:
        return
    console.print(plain("how many more fit into what memory and limits left when the session began", style="bold"))
    rows = table(
        ("kind", "left"),
        ("conditions", "left"),
        ("one more takes", "left"),
        ("fit [95 % interval]", "left"),
        ("limited by", "left"),
    )
    for capacity in capacities:
        size = capacity.task_bytes
        rows.add_row(
            plain(capacity.primitive),
            plain(conditions(capacity.factors)),
            plain(interval(size.value, size.low, size.high, size.unit)),
            plain(f"{capacity.count:,} [{capacity.low:,}, {capacity.high:,}]"),
            plain(capacity.limited_by),
        )
    console.print(rows)
    console.print()
