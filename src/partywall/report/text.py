"""The report a person reads in a terminal: verdicts first, then walls, then figures."""

import io
import itertools
import os
import shutil

from rich.console import Console

from partywall.fit import CheckState, Crossing, CrossingState, Fit, FitState
from partywall.model import Capacity, Cell, Estimate, Outcome, Result, Verdict, VerdictKind, WallResult
from partywall.report.text_cells import print_cells
from partywall.report.text_parts import QUIET, conditions, interval, plain, span, table
from partywall.units import format_quantity, format_seconds

__all__ = ["render_text"]

_VERDICT_STYLE = {
    VerdictKind.WITHIN: "green",
    VerdictKind.HOLDS: "green",
    VerdictKind.BELOW: "cyan",
    VerdictKind.ABOVE: "red",
    VerdictKind.BROKEN: "red",
}
_WIDTH_WITHOUT_TERMINAL = 110


def render_text(result: Result, colour: bool = False, width: int | None = None, full: bool = False) -> str:
    """The report as text; ``width`` in columns, the terminal's (or 110 without one) by default.

    If ``full``, every figure of every cell is told.
    """
    columns = width or shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    console = Console(
        file=io.StringIO(),
        width=max(columns, 60),
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    _verdicts(console, result)
    _walls(console, result.walls)
    checks = {planned.id for planned in result.plan.cells if planned.role}
    print_cells(console, tuple(cell for cell in result.cells if cell.id not in checks), full)
    _capacities(console, result.capacities)
    _models(console, result)
    _foot(console, result)
    output = console.file
    assert isinstance(output, io.StringIO)
    lines = (line.rstrip() for line in output.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def _unit(verdict: Verdict) -> str:
    return "x" if verdict.unit == "1" else verdict.unit


def _bounds(verdict: Verdict) -> str:
    low, high = verdict.bounds
    unit = _unit(verdict)
    if low is None and high is None:
        return ""
    if high is None:
        return f"more than {format_quantity(low or 0.0, unit)}"
    if low is None:
        return f"less than {format_quantity(high, unit)}"
    return f"{format_quantity(low, unit)} to {format_quantity(high, unit)}"


def _verdicts(console: Console, result: Result) -> None:
    if not result.verdicts:
        return
    console.print(plain("What the documents say, and what this machine says", style="bold"))
    for _, group in itertools.groupby(result.verdicts, key=lambda verdict: verdict.claim):
        verdicts = list(group)
        first = verdicts[0]
        console.print()
        documented = _bounds(first)
        said = f'"{first.says}"' + (f"  documented: {documented}" if documented else "")
        console.print(plain(said, style="italic"))
        # Numbers have a column of their own; walls have none.
        if any(verdict.value is not None for verdict in verdicts):
            rows = table(("verdict", "left"), ("of", "left"), ("measured [95 % interval]", "left"))
        else:
            rows = table(("verdict", "left"), ("of", "left"))
        for verdict in verdicts:
            style = _VERDICT_STYLE.get(verdict.verdict, "yellow")
            row = [plain(verdict.verdict.value, style=style), plain(verdict.quantity)]
            if len(rows.columns) == 3:
                row.append(plain(interval(verdict.value, verdict.low, verdict.high, _unit(verdict))))
            rows.add_row(*row)
        console.print(rows)
        for kind, why in dict.fromkeys((verdict.verdict, verdict.why) for verdict in verdicts):
            if why and kind != VerdictKind.HOLDS:
                console.print(plain(f"  {kind.value}: {why}", style="dim"))
    console.print()


def _walls(console: Console, walls: tuple[WallResult, ...]) -> None:
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
        style = "green" if wall.outcome == Outcome.HOLDS else "red" if wall.outcome == Outcome.BROKEN else "yellow"
        found = wall.evidence.get("detection")
        after = interval(found.value, found.low, found.high, "s") if isinstance(found, Estimate) else ""
        rows.add_row(
            plain(wall.id),
            plain(wall.host),
            plain(wall.outcome.value, style=style),
            plain(wall.control.value),
            plain(after),
        )
    console.print(rows)
    for wall in walls:
        if wall.reason and wall.outcome in (Outcome.INVALID, Outcome.UNSUPPORTED):
            console.print(plain(f"  {wall.id} ({wall.host}): {wall.reason}", style="dim"))
    console.print()


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


def _foot(console: Console, result: Result) -> None:
    host, clock, plan = result.host, result.clock, result.plan
    machine = f"{host.get('cpu')}, {len(host.get('cpus_allowed', []))} CPUs, {host.get('kernel')}"
    console.print(plain(f"machine  {machine}{', virtual' if host.get('hypervisor') else ''}"))
    console.print(
        plain(
            f"clock    {clock.source}, {clock.hertz / 1e6:.3f} MHz +- {clock.uncertainty * 1e6:.2g} ppm, "
            f"read {format_seconds(clock.cost_s)}, resolution {format_seconds(clock.resolution_s)}"
        )
    )
    console.print(plain(f"plan     profile {plan.profile.name}, {plan.profile.runs} runs per cell, seed {plan.seed}"))
    if not host.get("root"):
        console.print(plain("note     not root: nothing in this report needs it, and root would add nothing to it"))


def colour_wanted(stream_is_terminal: bool) -> bool:
    """Colour only on a terminal and without NO_COLOR (no-color.org)."""
    return stream_is_terminal and not os.environ.get("NO_COLOR")
