"""The report a person reads in a terminal: verdicts first, then walls, then figures."""

import os
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from partywall.errors import InputError
from partywall.fit import CheckState, Crossing, CrossingState, Fit, FitState
from partywall.model import Capacity, Cell, Estimate, Family, Result, State
from partywall.report.layout import console_for, written
from partywall.report.layout import interval as _interval
from partywall.report.layout import plain as _plain
from partywall.report.layout import table as _table
from partywall.report.text_verdicts import print_verdicts
from partywall.report.text_walls import matching, print_evidence, print_walls
from partywall.units import format_quantity, format_seconds

__all__ = ["render_evidence", "render_text"]

_QUIET = {"image": "pristine", "resident": "0B", "target": "none"}


def render_text(result: Result, colour: bool = False, width: int | None = None) -> str:
    """The report as text; ``width`` in columns, the terminal's (or 110 without one) by default."""
    console = console_for(colour, width)
    print_verdicts(console, result.verdicts)
    print_walls(console, result.walls)
    checks = {planned.id for planned in result.plan.cells if planned.role}
    _cells(console, tuple(cell for cell in result.cells if cell.id not in checks))
    _capacities(console, result.capacities)
    _models(console, result)
    _foot(console, result)
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


def _cells(console: Console, cells: tuple[Cell, ...]) -> None:
    for family in Family:
        members = [cell for cell in cells if cell.family == family]
        if not members:
            continue
        console.print(_plain(f"{family.value}: time of one op, median over fresh workers", style="bold"))
        table = _table(
            ("primitive", "left"),
            ("conditions", "left"),
            ("typical [95 % interval]", "left"),
            ("p99", "right"),
            ("state", "left"),
        )
        for cell in members:
            name = f"  {cell.reading}" if cell.reading else cell.primitive
            table.add_row(_plain(name), _plain("" if cell.reading else _conditions(cell.factors)), *_figures(cell))
        console.print(table)
        shared = ""
        for cell in members:
            # What was read in an op has its reason as well: once is enough.
            if cell.reason and not (cell.reading and cell.reason == shared):
                console.print(_plain(f"  {cell.id}: {cell.reason}", style="dim"))
            shared = shared if cell.reading else cell.reason
        console.print()


def _conditions(factors: Mapping[str, str]) -> str:
    # What a reader takes for granted is not said: a pristine image that holds nothing.
    said = {name: level for name, level in factors.items() if _QUIET.get(name) != level}
    # A bare number does not say of what.
    return " ".join(f"{name} {level}" if level.isdigit() else level for name, level in said.items())


def _models(console: Console, result: Result) -> None:
    made = [fit for fit in result.fits if fit.state != FitState.TOO_FEW]
    few = dict.fromkeys(f"  {fit.title}: {fit.reason}" for fit in result.fits if fit.state == FitState.TOO_FEW)
    if not made and not few and not result.crossings:
        return
    console.print(_plain("Models and crossings", style="bold"))
    cells = {cell.id: cell for cell in result.cells}
    for fit in made:
        _model(console, fit, cells)
        console.print()
    for line in few:
        console.print(_plain(line, style="dim"))
    for crossing in result.crossings:
        _crossing(console, crossing)
    console.print()


def _model(console: Console, fit: Fit, cells: dict[str, Cell]) -> None:
    def at(cell: str) -> str:
        levels = [cells[cell].factors.get(name, "") for name in fit.levels] if cell in cells else [cell]
        return " ".join(filter(None, levels))

    held = [(name, level) for name, level in fit.conditions.items() if level and _QUIET.get(name) != level]
    # A word tells its factor; a number does not.
    conditions = " ".join(f"{name}={level}" if level[0].isdigit() else level for name, level in held)
    console.print(_plain(f"{fit.title}{f' ({conditions})' if conditions else ''}", style="italic"))
    if fit.state == FitState.REFUSED:
        console.print(_plain(f"  refused: {fit.reason}", style="yellow"))
        if fit.residuals:
            table = _table(("at", "left"), ("measured [95 % interval]", "left"), ("off by", "left"))
            for residual in fit.residuals:
                off = _share(residual.value, residual.low, residual.high)
                table.add_row(_plain(at(residual.cell)), _plain(_span(residual.measured)), _plain(off))
            console.print(table)
    else:
        console.print(_plain(f"  {fit.formula}", style="dim"))
        table = _table(("term", "left"), ("estimate [95 % interval]", "left"))
        for term in fit.terms:
            table.add_row(_plain(term.name), _plain(_span(term.estimate)))
        console.print(table)
        worst = max(fit.residuals, key=lambda residual: abs(residual.value), default=None)
        if worst is not None:
            off = _share(worst.value, worst.low, worst.high)
            console.print(_plain(f"  farthest off: {at(worst.cell)}, by {off}", style="dim"))
    doubtful = [cells[cell] for cell in fit.doubts if cell in cells]
    for state in dict.fromkeys(cell.state for cell in doubtful):
        places = ", ".join(at(cell.id) for cell in doubtful if cell.state == state)
        console.print(_plain(f"  {state.value}: {places}", style="yellow"))


def _span(estimate: Estimate) -> str:
    return _interval(estimate.value, estimate.low, estimate.high, estimate.unit)


def _share(value: float, low: float, high: float) -> str:
    return f"{100 * value:+.1f} % [{100 * low:+.1f} %, {100 * high:+.1f} %]"


def _crossing(console: Console, crossing: Crossing) -> None:
    style = "yellow" if crossing.state == CrossingState.REFUSED else ""
    console.print(_plain(crossing.sentence, style=style))
    check = crossing.check
    if check is None:
        return
    seen = check.measured
    found = _interval(seen.value, seen.low, seen.high, "x" if seen.unit == "1" else seen.unit) if seen else "nothing"
    text = f"  {check.state.value}: measured at {check.level}: {found}{f'; {check.reason}' if check.reason else ''}"
    console.print(_plain(text, style="red" if check.state == CheckState.REFUTED else "dim"))


def _figures(cell: Cell) -> tuple[Text, Text, Text]:
    style = "" if cell.state == State.OK else "yellow"
    flags = f" ({', '.join(cell.flags)})" if cell.flags and cell.state != State.OK else ""
    state = _plain(cell.state.value + flags, style=style)
    if cell.estimates is None:
        return _plain("-"), _plain("-"), state
    typical = cell.estimates.typical
    p99 = format_quantity(cell.estimates.p99.value, typical.unit) if cell.estimates.p99 else "-"
    return _plain(_interval(typical.value, typical.low, typical.high, typical.unit)), _plain(p99), state


def _capacities(console: Console, capacities: tuple[Capacity, ...]) -> None:
    if not capacities:
        return
    console.print(_plain("how many more fit into what memory and limits left when the session began", style="bold"))
    table = _table(
        ("kind", "left"),
        ("conditions", "left"),
        ("one more takes", "left"),
        ("fit [95 % interval]", "left"),
        ("limited by", "left"),
    )
    for capacity in capacities:
        size = capacity.task_bytes
        table.add_row(
            _plain(capacity.primitive),
            _plain(_conditions(capacity.factors)),
            _plain(_interval(size.value, size.low, size.high, size.unit)),
            _plain(f"{capacity.count:,} [{capacity.low:,}, {capacity.high:,}]"),
            _plain(capacity.limited_by),
        )
    console.print(table)
    console.print()


def _foot(console: Console, result: Result) -> None:
    host, clock, plan = result.host, result.clock, result.plan
    machine = f"{host.get('cpu')}, {len(host.get('cpus_allowed', []))} CPUs, {host.get('kernel')}"
    console.print(_plain(f"machine  {machine}{', virtual' if host.get('hypervisor') else ''}"))
    console.print(
        _plain(
            f"clock    {clock.source}, {clock.hertz / 1e6:.3f} MHz +- {clock.uncertainty * 1e6:.2g} ppm, "
            f"read {format_seconds(clock.cost_s)}, resolution {format_seconds(clock.resolution_s)}"
        )
    )
    console.print(_plain(f"plan     profile {plan.profile.name}, {plan.profile.runs} runs per cell, seed {plan.seed}"))
    if not host.get("root"):
        console.print(_plain("note     not root: nothing in this report needs it, and root would add nothing to it"))


def colour_wanted(stream_is_terminal: bool) -> bool:
    """Colour only on a terminal and without NO_COLOR (no-color.org)."""
    return stream_is_terminal and not os.environ.get("NO_COLOR")
