"""The report as titled tables with notes: what Markdown and LaTeX set, each in its own way."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from partywall.estimate import Estimate
from partywall.fit import FitState
from partywall.model import Cell, Family, Result
from partywall.report.cell_rows import figures_of, name_of
from partywall.report.cell_rows import reasons_of as reasons_of_cells
from partywall.report.foot import foot_lines
from partywall.report.layout import conditions, interval, span
from partywall.report.verdict_rows import bounds_of, explanations, together, unit_of
from partywall.report.wall_rows import detection
from partywall.report.wall_rows import reasons_of as reasons_of_walls

__all__ = ["Section", "sections_of"]


@dataclass(frozen=True)
class Section:
    """A table with a title, and lines of text below it; either may be missing."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def sections_of(result: Result) -> Iterator[Section]:
    """The report, verdicts first; what the session does not have is no section."""
    found = (
        _verdicts(result),
        *_families(result),
        _walls(result),
        _prices(result),
        _capacities(result),
        _models(result),
        _machine(result),
    )
    return (section for section in found if section.rows or section.notes)


def _verdicts(result: Result) -> Section:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for _, group in itertools.groupby(result.verdicts, key=lambda verdict: verdict.claim):
        members = list(group)
        for verdict in members:
            measured = interval(verdict.value, verdict.low, verdict.high, unit_of(verdict))
            rows.append((verdict.says, verdict.quantity, bounds_of(verdict) or "-", measured, verdict.verdict.value))
        notes += explanations(members)
    return Section(
        "What the documents say, and what this machine says",
        ("claim", "of", "documented", "measured [95 % interval]", "verdict"),
        tuple(rows),
        (*dict.fromkeys(notes), *together(result.verdicts)),
    )


def _families(result: Result) -> Iterator[Section]:
    for family in Family:
        members = [cell for cell in result.asked if cell.family == family]
        yield Section(
            f"{family.value}: time of one op, median over fresh workers",
            ("primitive", "conditions", "typical [95 % interval]", "p99 [95 % interval]", "runs", "state"),
            tuple(_cell(cell) for cell in members),
            tuple(reasons_of_cells(members)),
        )


def _cell(cell: Cell) -> tuple[str, ...]:
    typical, _, state = figures_of(cell)
    p99 = cell.estimates.p99 if cell.estimates else None
    # Blanks at the front, which set a reading below its op in a terminal, are lost here.
    name = (f"{cell.primitive}: {cell.reading}", conditions(cell.factors)) if cell.reading else name_of(cell)
    return (*name, typical, span(p99) if p99 else "-", str(cell.runs), state)


def _walls(result: Result) -> Section:
    rows = tuple(
        (wall.id, wall.host, wall.outcome.value, wall.control.value, _told(detection(wall))) for wall in result.walls
    )
    columns = ("wall", "host", "outcome", "control", "detected after [95 % interval]")
    return Section("Walls", columns, rows, tuple(reasons_of_walls(result.walls)))


def _prices(result: Result) -> Section:
    rows = tuple(
        (
            price.title or price.mechanism,
            *map(_told, (price.create, price.call, price.memory)),
            ", ".join(f"{one.act}: {one.outcome.value}" for one in price.contains) or "-",
        )
        for price in result.prices
    )
    notes = tuple(f"{price.title or price.mechanism}: {price.reason}" for price in result.prices if price.reason)
    return Section("Price list", ("mechanism", "create and end", "call", "memory", "contains"), rows, notes)


def _capacities(result: Result) -> Section:
    rows = tuple(
        (
            capacity.primitive,
            conditions(capacity.factors),
            span(capacity.task_bytes),
            f"{capacity.count:,} [{capacity.low:,}, {capacity.high:,}]",
            capacity.limited_by,
        )
        for capacity in result.capacities
    )
    columns = ("kind", "conditions", "one more takes", "fit [95 % interval]", "limited by")
    return Section("How many more fit into what memory and limits left when the session began", columns, rows)


def _models(result: Result) -> Section:
    rows = tuple(
        (fit.title, conditions(fit.conditions), term.name, span(term.estimate))
        for fit in result.fits
        for term in fit.terms
        if fit.state == FitState.OK
    )
    notes = [f"{fit.title}: {fit.state.value}: {fit.reason}" for fit in result.fits if fit.state != FitState.OK]
    for crossing in result.crossings:
        notes.append(crossing.sentence)
        if check := crossing.check:
            measured = f"measured at {check.level}: {_told(check.measured)}"
            notes.append(f"{check.state.value}: {measured}{f'; {check.reason}' if check.reason else ''}")
    columns = ("model", "conditions", "term", "estimate [95 % interval]")
    return Section("Models and crossings", columns, rows, tuple(dict.fromkeys(notes)))


def _machine(result: Result) -> Section:
    return Section("Machine, clock and plan", notes=tuple(" ".join(text.split()) for text, _ in foot_lines(result)))


def _told(estimate: Estimate | None) -> str:
    return span(estimate) if estimate else "-"
