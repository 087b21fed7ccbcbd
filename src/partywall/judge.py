"""The judgement of documented claims, from whole intervals and never from a point."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, inf

import msgspec
import numpy as np

from partywall.catalog import PRIMITIVES
from partywall.cells import MIN_RUNS, Overhead, measure_overhead, run_summaries, widen
from partywall.containment import rule_walls
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
from partywall.stats import RunSummary, paired_difference, paired_ratio, round_up_runs
from partywall.units import format_seconds

__all__ = ["compare", "judge"]

_GATES = {
    State.UNSUPPORTED: VerdictKind.UNSUPPORTED,
    State.NOISY: VerdictKind.NOISY,
    State.NOT_STEADY: VerdictKind.NOT_STEADY,
    State.TIMER_LIMITED: VerdictKind.TIMER_LIMITED,
    State.INVALID: VerdictKind.INVALID,
}
_FIELDS = {"typical": "median", "mean": "mean", "floor": "floor", "p99": "p99"}
_USUAL = {"image": "pristine", "resident": "0B"}
_MOST_RUNS = 1_000_000


def judge(
    record: Record, cells: tuple[Cell, ...], walls: tuple[WallResult, ...], claims: tuple[Claim, ...]
) -> tuple[Verdict, ...]:
    """Judge every claim for every cell or wall of the record that it speaks of.

    ``cells`` are those of `summarise_cells` for the same record.  A quantity selects the cells of its
    primitive that have its factors; factors it does not name are free, and each cell is judged on its
    own.  A contrast pairs a cell with those that differ only as ``minus`` or ``over`` say, run by run.  A
    pattern of walls has one verdict, of all the walls that it matches.  What the record does not hold has
    no verdict.  Bounds and intervals are in seconds, or plain numbers for ratios.
    """
    bench = _Bench(record, cells)
    verdicts: list[Verdict] = []
    for claim in claims:
        for quantity in claim.quantities:
            if claim.kind == ClaimKind.HOLDS:
                verdicts += rule_walls(claim, quantity, walls)
            else:
                verdicts += bench.judge(claim, quantity)
    return tuple(verdicts)


def compare(low: float, high: float, bounds: tuple[float | None, float | None]) -> VerdictKind:
    """Compare the interval from ``low`` to ``high`` with ``bounds`` of the same unit; None is no bound.

    WITHIN if all of the interval lies inside, BELOW or ABOVE if all of it lies outside, otherwise
    INDETERMINATE.  Raises ValueError if the interval is not one.
    """
    if not low <= high:
        raise ValueError(f"{low} to {high} is no interval")
    least = -inf if bounds[0] is None else bounds[0]
    most = inf if bounds[1] is None else bounds[1]
    if least <= low and high <= most:
        return VerdictKind.WITHIN
    if high < least:
        return VerdictKind.BELOW
    if low > most:
        return VerdictKind.ABOVE
    return VerdictKind.INDETERMINATE


@dataclass(frozen=True)
class _Sample:
    """A cell with its run summaries."""

    cell: Cell
    runs: dict[int, RunSummary]

    def values(self, estimate: str) -> dict[int, float]:
        found = {run: getattr(summary, _FIELDS[estimate]) for run, summary in self.runs.items()}
        return {run: value for run, value in found.items() if value is not None}


class _Bench:
    """Everything of one record that verdicts are made of."""

    def __init__(self, record: Record, cells: tuple[Cell, ...]) -> None:
        summaries = run_summaries(record)
        index = {planned.id: i for i, planned in enumerate(record.plan.cells)}
        self.samples = [_Sample(cell, summaries[index[cell.id]]) for cell in cells]
        self.clock_uncertainty = record.clock.uncertainty
        self.overhead: Overhead = measure_overhead(record)

    def judge(self, claim: Claim, quantity: Quantity) -> Iterator[Verdict]:
        for sample in self.samples:
            cell = sample.cell
            if cell.primitive != quantity.primitive or cell.reading or not _has(cell, quantity.factors):
                continue
            override = quantity.minus or quantity.over
            for other in self._others(cell, override) if override else (None,):
                yield self._verdict(claim, quantity, sample, other)

    def _others(self, cell: Cell, override: dict[str, str]) -> Iterator[_Sample]:
        factors = dict(override)
        primitive = factors.pop("primitive", cell.primitive)
        wanted = {**cell.factors, **factors}
        for sample in self.samples:
            other = sample.cell
            alike = all(wanted.get(name, level) == level for name, level in other.factors.items())
            if other.primitive == primitive and not other.reading and alike and _has(other, factors):
                yield sample

    def _verdict(self, claim: Claim, quantity: Quantity, first: _Sample, second: _Sample | None) -> Verdict:
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
                return _rule(verdict, kind, quantity.why.get(kind.value, reason))
        runs, estimate, reason = self._estimate(quantity, first, second)
        if estimate is None:
            return _rule(verdict, VerdictKind.INVALID, reason)
        kind = compare(estimate.low, estimate.high, verdict.bounds)
        factor = _factor(kind, estimate, verdict.bounds)
        undecided = kind == VerdictKind.INDETERMINATE
        return msgspec.structs.replace(
            verdict,
            verdict=kind,
            why=quantity.why.get(kind.value) or _sentence(kind, estimate, verdict.bounds, factor),
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            factor=factor,
            runs_to_decide=_runs_to_decide(runs, estimate, verdict.bounds) if undecided else None,
        )

    def _estimate(self, quantity: Quantity, first: _Sample, second: _Sample | None) -> tuple[int, Estimate | None, str]:
        """The number of runs behind the quantity's estimate, and the estimate or why there is none."""
        if second is None:
            estimates = first.cell.estimates
            found: Estimate | None = getattr(estimates, quantity.estimate) if estimates else None
            if found is None:
                return first.cell.runs, None, f"the samples cannot carry {quantity.estimate}"
            return first.cell.runs, _divide(found, _switches(quantity, first)), ""
        a, b = first.values(quantity.estimate), second.values(quantity.estimate)
        common = sorted(a.keys() & b.keys())
        if len(common) < MIN_RUNS:
            return len(common), None, f"{len(common)} runs in common, at least {MIN_RUNS} are needed"
        x, y = np.array([a[run] for run in common]), np.array([b[run] for run in common])
        timing = self.overhead.half_width
        shares = timing / max(first.cell.batch, 1), timing / max(second.cell.batch, 1)
        if quantity.minus:
            difference = paired_difference(x, y)
            difference = widen(difference, self.clock_uncertainty * abs(difference.value) + sum(shares))
            return len(common), _divide(difference, _switches(quantity, first)), ""
        if min(x.min(), y.min()) <= 0:
            return len(common), None, "a run's time is not above zero, so there is no ratio"
        ratio = paired_ratio(x, y)
        # The clock's scale cancels in a ratio; the overhead does not.
        relative = shares[0] / float(np.median(x)) + shares[1] / float(np.median(y))
        ratio = msgspec.structs.replace(ratio, low=ratio.low * max(0.0, 1 - relative), high=ratio.high * (1 + relative))
        return len(common), ratio, ""


def _rule(verdict: Verdict, kind: VerdictKind, why: str) -> Verdict:
    return msgspec.structs.replace(verdict, verdict=kind, why=why)


def _has(cell: Cell, factors: dict[str, str]) -> bool:
    return all(cell.factors.get(name) == level for name, level in factors.items())


def _switches(quantity: Quantity, sample: _Sample) -> int:
    return PRIMITIVES[sample.cell.primitive].switches(sample.cell.factors) if quantity.per_switch else 1


def _divide(estimate: Estimate, by: int) -> Estimate:
    return msgspec.structs.replace(estimate, value=estimate.value / by, low=estimate.low / by, high=estimate.high / by)


def _factor(kind: VerdictKind, estimate: Estimate, bounds: tuple[float | None, float | None]) -> float | None:
    """How far the interval's near end is from the bound; None where no factor leads there."""
    low, high = bounds
    if kind == VerdictKind.WITHIN:
        return 1.0
    if kind == VerdictKind.BELOW and low is not None and estimate.high > 0:
        return low / estimate.high
    if kind == VerdictKind.ABOVE and high is not None and high > 0:
        return estimate.low / high
    return None


def _runs_to_decide(runs: int, estimate: Estimate, bounds: tuple[float | None, float | None]) -> int | None:
    """Runs after which the interval would end at the nearest bound, its width falling as 1/sqrt(runs)."""
    distance = min(abs(estimate.value - bound) for bound in bounds if bound is not None)
    half_width = (estimate.high - estimate.low) / 2
    if distance <= half_width * (runs / _MOST_RUNS) ** 0.5:
        return None
    return round_up_runs(max(runs + 1, ceil(runs * (half_width / distance) ** 2)))


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


def _show(value: float, unit: str) -> str:
    return format_seconds(value) if unit == "s" else f"{value:.3g}"


def _span(low: float, high: float, unit: str) -> str:
    first, last = _show(low, unit), _show(high, unit)
    if unit != "s" or low < 0:
        return f"{first} to {last}"
    number, _, scale = first.partition(" ")
    return f"{number}-{last}" if last.endswith(f" {scale}") else f"{first} to {last}"


def _sentence(
    kind: VerdictKind,
    estimate: Estimate,
    bounds: tuple[float | None, float | None],
    factor: float | None,
) -> str:
    unit = estimate.unit
    span = _span(estimate.low, estimate.high, unit)
    low, high = (None if bound is None else _show(bound, unit) for bound in bounds)
    tail = f", by a factor of {factor:.3g}" if factor is not None else ""
    if kind == VerdictKind.BELOW:
        return f"all of {span} lies below {low}{tail}"
    if kind == VerdictKind.ABOVE:
        return f"all of {span} lies above {high}{tail}"
    where = f"at or above {low}" if low else f"at or below {high}"
    if low and high:
        where = f"within {low} to {high}"
    if kind == VerdictKind.WITHIN:
        return f"all of {span} lies {where}"
    return f"{span} lies neither all {where} nor all outside"
