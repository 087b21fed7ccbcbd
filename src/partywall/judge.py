"""The judgement of documented claims, from whole intervals and never from a point."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from partywall.catalog import PRIMITIVES
from partywall.cells import MIN_RUNS, Overhead, cold_values, measure_overhead, run_summaries, run_values, widen
from partywall.containment import rule_walls
from partywall.inside import Inside, find_shares
from partywall.model import (
    Cell,
    Claim,
    ClaimKind,
    Estimate,
    Quantity,
    State,
    Verdict,
    VerdictKind,
    WallResult,
)
from partywall.record import Record
from partywall.ruling import Figure, Ruling, judge_together
from partywall.stats import RunSummary, paired_difference, paired_ratio
from partywall.stats.nested import Nested, nested_difference, nested_median

__all__ = ["judge", "unanswered"]

_GATES = {
    State.UNSUPPORTED: VerdictKind.UNSUPPORTED,
    State.NOISY: VerdictKind.NOISY,
    State.NOT_STEADY: VerdictKind.NOT_STEADY,
    State.TIMER_LIMITED: VerdictKind.TIMER_LIMITED,
    State.INVALID: VerdictKind.INVALID,
}
_COLD = "cold"
_USUAL = {"image": "pristine", "resident": "0B"}


def judge(
    record: Record, cells: tuple[Cell, ...], walls: tuple[WallResult, ...], claims: tuple[Claim, ...]
) -> tuple[Verdict, ...]:
    """Judge every claim for every cell or wall of the record that it speaks of.

    ``cells`` are those of `summarise_cells` for the same record.  A quantity selects the cells of its
    primitive that have its factors; factors it does not name are free, and each cell is judged on its
    own.  A contrast pairs a cell with those that differ only as ``minus`` or ``over`` say, run by run.  A
    pattern of walls has one verdict, of all the walls that it matches.  What the record does not hold has
    no verdict.  Bounds and intervals are in seconds, or plain numbers for ratios.  What the interval of one verdict
    alone decides must stand beside the others of its document as well, see `judge_together`.
    """
    bench = _Bench(record, cells)
    bench.look_inside(claims)
    rulings: list[Ruling] = []
    for claim in claims:
        for quantity in claim.quantities:
            if claim.kind == ClaimKind.HOLDS:
                rulings += map(Ruling, rule_walls(claim, quantity, walls))
            else:
                rulings += bench.judge(claim, quantity)
    return judge_together(rulings)


def unanswered(
    record: Record, cells: tuple[Cell, ...], walls: tuple[WallResult, ...], claims: tuple[Claim, ...]
) -> Iterator[tuple[Claim, Quantity]]:
    """The quantities of which the record has nothing, so that `judge` says nothing of them."""
    bench = _Bench(record, cells)
    for claim in claims:
        for quantity in claim.quantities:
            holds = claim.kind == ClaimKind.HOLDS
            found = rule_walls(claim, quantity, walls) if holds else bench.sides(quantity)
            if next(iter(found), None) is None:
                yield claim, quantity


@dataclass(frozen=True)
class _Sample:
    """A cell with its run summaries, and the first op of each run."""

    cell: Cell
    runs: dict[int, RunSummary]
    cold: dict[int, float]

    def values(self, estimate: str) -> dict[int, float]:
        return self.cold if estimate == _COLD else run_values(self.runs, estimate)

    def estimate(self, name: str) -> Estimate:
        found: Estimate | None = getattr(self.cell.estimates, name) if self.cell.estimates else None
        if found is None:
            raise _NoFigureError(f"{self.cell.id}: {self._why_not(name)}")
        return found

    def _why_not(self, name: str) -> str:
        estimates = self.cell.estimates
        if estimates is None:
            return "it has no figures"
        if name == _COLD:
            return f"the first op was timed in {len(self.cold)} runs, at least {MIN_RUNS} are needed"
        if name == "mean":
            return estimates.no_mean or "not every run has a mean"
        return f"the samples cannot carry {name}: ten independent ones beyond it take more or longer trials"


class _Bench:
    """Everything of one record that verdicts are made of."""

    def __init__(self, record: Record, cells: tuple[Cell, ...]) -> None:
        summaries, cold = run_summaries(record), cold_values(record)
        self.index = {planned.id: i for i, planned in enumerate(record.plan.cells)}
        self.samples = [_Sample(cell, summaries[self.index[cell.id]], cold[self.index[cell.id]]) for cell in cells]
        self.clock_uncertainty = record.clock.uncertainty
        self.overhead: Overhead = measure_overhead(record)
        self.record = record
        self.inside: dict[Inside, Estimate] = {}

    def look_inside(self, claims: tuple[Claim, ...]) -> None:
        """Find the shares of ops inside of the bounds of all claims, in one pass."""
        self.inside = find_shares(
            self.record,
            {
                self._inside(claim, quantity, sample)
                for claim in claims
                for quantity in claim.quantities
                if _is_of_ops(quantity)
                for sample in self._of(quantity)
            },
        )

    def judge(self, claim: Claim, quantity: Quantity) -> Iterator[Ruling]:
        return (self._ruling(claim, quantity, sample, other) for sample, other in self.sides(quantity))

    def sides(self, quantity: Quantity) -> Iterator[tuple[_Sample, _Sample | None]]:
        """Every cell that the quantity means, with what it is compared with, if it is a contrast."""
        override = quantity.minus or quantity.over
        for sample in self._of(quantity):
            yield from ((sample, other) for other in (self._others(sample.cell, override) if override else (None,)))

    def _of(self, quantity: Quantity) -> Iterator[_Sample]:
        for sample in self.samples:
            cell = sample.cell
            if cell.primitive == quantity.primitive and not cell.reading and _has(cell, quantity.factors):
                yield sample

    def _inside(self, claim: Claim, quantity: Quantity, sample: _Sample) -> Inside:
        parts = _switches(quantity, sample)
        low, high = (None if bound is None else bound * parts for bound in (claim.low, claim.high))
        return self.index[sample.cell.id], low, high

    def _others(self, cell: Cell, override: dict[str, str]) -> Iterator[_Sample]:
        factors = dict(override)
        primitive = factors.pop("primitive", cell.primitive)
        wanted = {**cell.factors, **factors}
        for sample in self.samples:
            other = sample.cell
            alike = all(wanted.get(name, level) == level for name, level in other.factors.items())
            if other.primitive == primitive and not other.reading and alike and _has(other, factors):
                yield sample

    def _ruling(self, claim: Claim, quantity: Quantity, first: _Sample, second: _Sample | None) -> Ruling:
        verdict = Verdict(
            claim=claim.id,
            says=claim.says,
            cell=first.cell.id,
            quantity=_describe(quantity, first.cell, second.cell if second else None),
            verdict=VerdictKind.INVALID,
            why="",
            source=claim.source,
            unit="1" if quantity.over else "s",
            bounds=(claim.low, claim.high),
        )
        for sample in (first, second):
            if sample is not None and sample.cell.state in _GATES:
                kind = _GATES[sample.cell.state]
                reason = f"{sample.cell.id}: {sample.cell.reason or sample.cell.state.value}"
                return Ruling(_rule(verdict, kind, quantity.why.get(kind.value, reason)))
        try:
            figure = self._figure(quantity, first, second)
        except _NoFigureError as error:
            return Ruling(_rule(verdict, VerdictKind.INVALID, str(error)))
        inside = self.inside.get(self._inside(claim, quantity, first)) if _is_of_ops(quantity) else None
        return Ruling(msgspec.structs.replace(verdict, inside=inside), figure, quantity.why)

    def _figure(self, quantity: Quantity, first: _Sample, second: _Sample | None) -> Figure:
        if second is None:
            return self._single(quantity, first)
        for sample in (first, second):
            sample.estimate(quantity.estimate)
        a, b = first.values(quantity.estimate), second.values(quantity.estimate)
        common = sorted(a.keys() & b.keys())
        if len(common) < MIN_RUNS:
            raise _NoFigureError(f"{len(common)} runs in common, at least {MIN_RUNS} are needed")
        x, y = np.array([a[run] for run in common]), np.array([b[run] for run in common])
        shares = tuple(self._overhead_share(sample, quantity.estimate) for sample in (first, second))
        if quantity.minus:
            difference = paired_difference(x, y)
            clock = self.clock_uncertainty * abs(difference.value) + sum(shares)
            figure = Figure(len(common), widen(difference, clock), nested_difference(x, y).widened(clock))
            return figure.divided(_switches(quantity, first))
        if min(x.min(), y.min()) <= 0:
            raise _NoFigureError("a run's time is not above zero, so there is no ratio")
        ratio = paired_ratio(x, y)
        # The clock's scale cancels in a ratio; the overhead does not.
        relative = shares[0] / float(np.median(x)) + shares[1] / float(np.median(y))
        less, more = max(0.0, 1 - relative), 1 + relative
        nested = nested_difference(np.log(x), np.log(y)).mapped(np.exp)
        return Figure(
            runs=len(common),
            estimate=msgspec.structs.replace(ratio, low=ratio.low * less, high=ratio.high * more),
            nested=Nested(nested.low * less, nested.high * more, nested.error),
        )

    def _single(self, quantity: Quantity, sample: _Sample) -> Figure:
        found = sample.estimate(quantity.estimate)
        values = list(sample.values(quantity.estimate).values())
        clock = self.clock_uncertainty * abs(found.value) + self._overhead_share(sample, quantity.estimate)
        figure = Figure(len(values), found, nested_median(values).widened(clock))
        return figure.divided(_switches(quantity, sample))

    def _overhead_share(self, sample: _Sample, estimate: str) -> float:
        # The first op is timed alone, whatever comes after it.
        return self.overhead.half_width / (1 if estimate == _COLD else max(sample.cell.batch, 1))


class _NoFigureError(Exception):
    """Why a quantity has no estimate."""


def _rule(verdict: Verdict, kind: VerdictKind, why: str) -> Verdict:
    return msgspec.structs.replace(verdict, verdict=kind, why=why)


def _is_of_ops(quantity: Quantity) -> bool:
    """Whether single ops can be inside of the bounds: a first op is none of the many, a contrast is of two."""
    return bool(quantity.primitive) and not (quantity.minus or quantity.over) and quantity.estimate != _COLD


def _has(cell: Cell, factors: dict[str, str]) -> bool:
    return all(cell.factors.get(name) == level for name, level in factors.items())


def _switches(quantity: Quantity, sample: _Sample) -> int:
    return PRIMITIVES[sample.cell.primitive].switches(sample.cell.factors) if quantity.per_switch else 1


def _describe(quantity: Quantity, cell: Cell, other: Cell | None) -> str:
    title = PRIMITIVES[cell.primitive].title
    what = f"one switch of {title}" if quantity.per_switch else title
    if quantity.estimate != "typical":
        what = f"{quantity.estimate} of {what}"
    text = ", ".join((what, *_levels(cell)))
    if other is None:
        return text
    if other.primitive == cell.primitive:
        changed: Iterable[str] = (level for name, level in other.factors.items() if cell.factors.get(name) != level)
    else:
        changed = (PRIMITIVES[other.primitive].title,)
    return f"{text} {'minus' if quantity.minus else 'over'} {', '.join(changed)}"


def _levels(cell: Cell) -> Iterator[str]:
    """The levels that tell the cell from its like, the peer last: it is what contrasts change."""
    levels = {name: level for name, level in cell.factors.items() if _USUAL.get(name) != level}
    for name in sorted(levels, key=lambda name: name == "peer"):
        yield f"{levels[name]} resident" if name == "resident" else levels[name]
