"""From raw samples to what is known of each cell."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall import one_way
from partywall.catalog import PRIMITIVES
from partywall.model import Cell, Estimate, Estimates, PlannedCell, State, Trial
from partywall.record import Record, Rows
from partywall.stats import RunSummary, median_interval, summarise

__all__ = ["MIN_RUNS", "Overhead", "measure_overhead", "run_summaries", "run_values", "summarise_cells", "widen"]

MIN_RUNS = 6
"""Runs that a 95 % interval needs at least."""

_EMPTY = "empty"
_NO_EMPTY_ARM = "no-empty-arm"
_SWITCH_TOLERANCE = 0.01
_FOREIGN_RATE = 100.0  # switches a second: what the kernel's own tasks do to whoever runs
_TIMER_SHARE = 0.1
_FLAGGED_SHARE = 0.2
_LATE_SHARE = 1.05


class Overhead(msgspec.Struct, frozen=True, kw_only=True):
    """What timing one sample costs, in seconds, from the empty arm.

    Attributes:
        by_run: median of each run's empty trial.
        overall: median over all empty samples; 0 without an empty arm.
        half_width: half of the interval of ``by_run`` across runs.
        known: whether there is an empty arm at all.
    """

    by_run: dict[int, float]
    overall: float
    half_width: float
    known: bool

    def of(self, run: int) -> float:
        """Overhead of one sample of that run, in seconds; ``overall`` if it has no empty trial."""
        return self.by_run.get(run, self.overall)


def measure_overhead(record: Record) -> Overhead:
    """Take the overhead of one sample from the trials of "empty", block by block."""
    return _figures(record).overhead


def run_summaries(record: Record) -> dict[int, dict[int, RunSummary]]:
    """Summaries of every cell's good runs: index of the cell in the plan, then the run's number.

    A sample's time per op is (T - o) / ops, in seconds: T as the clock gave it, o the median of the
    empty trial of the same run.  It is never clamped at zero.  Nothing is taken off the empty arm.
    Trials that failed are left out.
    """
    return _figures(record).runs


@dataclass(frozen=True)
class _Figures:
    """What is kept of a record's samples.

    Attributes:
        overhead: see `measure_overhead`.
        runs: see `run_summaries`.
        medians: of the good trials of each cell that has overhead in it, the median sample in ns.
    """

    overhead: Overhead
    runs: dict[int, dict[int, RunSummary]]
    medians: dict[int, list[float]]


# Each pass over the samples may read gigabytes, and cells and verdicts ask for the same figures.
_KNOWN: WeakKeyDictionary[Record, _Figures] = WeakKeyDictionary()


def _figures(record: Record) -> _Figures:
    if record not in _KNOWN:
        overhead = _overhead(record)
        _KNOWN[record] = _Figures(overhead, *_summaries(record, overhead))
    return _KNOWN[record]


def _overhead(record: Record) -> Overhead:
    cells = {i for i, planned in enumerate(record.plan.cells) if planned.primitive == _EMPTY}
    ns: dict[int, list[NDArray[np.float64]]] = {}
    for trial in record.trials:
        if trial.cell in cells and _good(trial):
            ns.setdefault(trial.run, []).append(record.samples.rows(trial.first, trial.count)[0])
    if not ns:
        return Overhead(by_run={}, overall=0.0, half_width=0.0, known=False)
    by_run = {run: float(np.median(np.concatenate(parts))) * 1e-9 for run, parts in ns.items()}
    overall = float(np.median(np.concatenate([part for parts in ns.values() for part in parts]))) * 1e-9
    values = np.array(list(by_run.values()))
    if values.size >= MIN_RUNS:
        interval = median_interval(values)
        half_width = (interval.high - interval.low) / 2
    else:
        half_width = float(np.ptp(values)) / 2
    return Overhead(by_run=by_run, overall=overall, half_width=half_width, known=True)


def _summaries(record: Record, overhead: Overhead) -> tuple[dict[int, dict[int, RunSummary]], dict[int, list[float]]]:
    """Runs and medians of `_Figures`, in one pass in the order of the rows."""
    cells = record.plan.cells
    good = [trial for trial in record.trials if _good(trial)]
    missing = Counter((trial.cell, trial.run) for trial in good)
    waiting: dict[tuple[int, int], list[Rows]] = {}
    found: dict[int, dict[int, RunSummary]] = {index: {} for index in range(len(cells))}
    medians: dict[int, list[float]] = {index: [] for index in range(len(cells))}
    for trial in sorted(good, key=lambda trial: trial.first):
        rows = record.samples.rows(trial.first, trial.count)
        if not _is_plain(cells[trial.cell]):
            medians[trial.cell].append(float(np.median(rows[0])))
        # The trials of one run are one sample of it, wherever they lie.
        key = trial.cell, trial.run
        waiting.setdefault(key, []).append(rows)
        missing[key] -= 1
        if missing[key] == 0:
            planned, parts = cells[trial.cell], waiting.pop(key)
            found[trial.cell][trial.run] = _summarise_run(planned, parts, overhead.of(trial.run))
    return {index: dict(sorted(runs.items())) for index, runs in found.items()}, medians


def _summarise_run(planned: PlannedCell, parts: list[Rows], overhead_s: float) -> RunSummary:
    values, ops = parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
    x = values * (1e-9 if planned.unit == "s" else 1.0)
    if not _is_plain(planned):
        x -= overhead_s
    if not planned.reading:
        x /= ops
    return summarise(x, per_op=bool(ops.max() == 1))


def _is_plain(planned: PlannedCell) -> bool:
    """Whether the cost of timing is no part of what was recorded: a reading, or that cost itself."""
    return bool(planned.reading) or planned.primitive == _EMPTY


def _good(trial: Trial) -> bool:
    return not trial.error and not trial.unsupported and trial.count > 0


def widen(estimate: Estimate, by: float) -> Estimate:
    """The same estimate, its interval ``by`` wider on each side."""
    return msgspec.structs.replace(estimate, low=estimate.low - by, high=estimate.high + by)


def summarise_cells(record: Record) -> tuple[Cell, ...]:
    """What is known of each planned cell, in the plan's order; times in seconds per op.

    Every estimate is the median over runs with its exact interval, widened by the clock's relative
    uncertainty and by the overhead's half-width shared among the ops of a batch.  The states:

    - UNSUPPORTED: the plan says so, or every trial did;
    - INVALID: fewer than six good runs, or the kernel's count of switches differs by more than 1 % from
      what the op is made of, or is not known, or the ops of an open loop cannot be done as fast as they
      are begun; such a cell has no estimates.  A hundred switches a second more are a third task's: an op
      of many milliseconds cannot be without them;
    - TIMER_LIMITED: the overhead is more than a tenth of the typical sample, the empty arm excepted;
    - NOISY: more than 20 % of the trials carry flags, or the trials without flags disagree with all.
    """
    figures = _figures(record)
    trials: list[list[Trial]] = [[] for _ in record.plan.cells]
    for trial in record.trials:
        trials[trial.cell].append(trial)
    cells: list[Cell] = []
    for index, planned in enumerate(record.plan.cells):
        cell = _summarise_cell(record, index, trials[index], figures)
        source = cells[planned.of] if planned.of >= 0 else cell
        # What was read of ops that did not happen as declared says nothing either.
        if source.state in (State.UNSUPPORTED, State.INVALID):
            cell = msgspec.structs.replace(cell, state=source.state, reason=source.reason, estimates=None)
        cells.append(cell)
    return tuple(cells)


def _summarise_cell(record: Record, index: int, trials: list[Trial], figures: _Figures) -> Cell:
    planned, runs, overhead = record.plan.cells[index], figures.runs[index], figures.overhead
    good = [trial for trial in trials if _good(trial)]
    flags = {flag for trial in good for flag in trial.flags}
    if not overhead.known and planned.primitive != _EMPTY:
        flags.add(_NO_EMPTY_ARM)
    cell = Cell(
        id=planned.id,
        primitive=planned.primitive,
        family=planned.family,
        factors=planned.factors,
        estimates=None,
        runs=len(runs),
        samples=sum(trial.count for trial in good),
        batch=planned.batch,
        state=State.OK,
        reading=planned.reading,
        flags=tuple(sorted(flags)),
    )
    state, reason = _unusable(planned, trials, good, len(runs))
    if state == State.OK:
        clock_part = 0.0 if _is_plain(planned) else overhead.half_width / max(planned.batch, 1)
        clock_part += one_way.offset_part(record.clock, planned)
        scale_part = record.clock.uncertainty if planned.unit == "s" else 0.0
        estimates = _estimates(runs.values(), planned.unit, scale_part, clock_part)
        if one_way.is_doubtful(record.clock, planned, estimates.typical.value):
            flags.add(one_way.FLAG)
        cell = msgspec.structs.replace(cell, estimates=estimates, flags=tuple(sorted(flags)))
        state, reason = _doubtful(planned, good, runs, overhead, figures.medians[index])
    return msgspec.structs.replace(cell, state=state, reason=reason)


def _unusable(planned: PlannedCell, trials: list[Trial], good: list[Trial], runs: int) -> tuple[State, str]:
    if planned.state != State.OK:
        return planned.state, planned.reason
    if trials and all(trial.unsupported for trial in trials):
        return State.UNSUPPORTED, trials[0].error
    if runs < MIN_RUNS:
        errors = [trial.error for trial in trials if trial.error]
        return State.INVALID, errors[0] if errors else f"{runs} good runs, at least {MIN_RUNS} are needed"
    state, reason = _miscounted(planned, good)
    return (state, reason) if state != State.OK else _late(planned, good)


def _late(planned: PlannedCell, good: list[Trial]) -> tuple[State, str]:
    """An open loop whose queue only grows: how long an op waits is then a matter of the trial's length."""
    primitive = PRIMITIVES.get(planned.primitive)
    rate = primitive.offered_rate(planned.factors) if primitive else 0
    counted = [trial.driver for trial in good if trial.driver is not None and trial.driver.wall_ns > 0]
    if not rate or not counted:
        return State.OK, ""
    # Too much is too much in every trial; what disturbs one makes that one late.  One op may
    # still be under way when the next would be due.
    best = min(counted, key=lambda task: task.wall_ns / (task.ops + 1))
    if best.wall_ns * 1e-9 * rate / (best.ops + 1) <= _LATE_SHARE:
        return State.OK, ""
    done = best.ops / (best.wall_ns * 1e-9)
    return State.INVALID, f"{rate} ops a second were begun and at most {done:.0f} done: the queue only grows"


def _miscounted(planned: PlannedCell, good: list[Trial]) -> tuple[State, str]:
    primitive = PRIMITIVES.get(planned.primitive)
    wanted = primitive.switches(planned.factors) if primitive else 0
    if wanted == 0 or planned.reading:
        return State.OK, ""
    demanded = f"{wanted} demanded"
    switches = ops = wall_ns = 0
    for trial in good:
        tasks = [task for task in (trial.driver, trial.party) if task is not None]
        unknown = any(min(task.voluntary, task.involuntary) < 0 for task in tasks)
        if trial.driver is None or trial.driver.ops <= 0 or unknown:
            return State.INVALID, f"switches were not counted, {demanded} per op"
        # Both kinds: a wake-up that preempts the waker, and a yield, are booked as involuntary.
        switches += sum(task.voluntary + task.involuntary for task in tasks)
        ops += trial.driver.ops
        wall_ns += max(trial.driver.wall_ns, 0)
    measured = switches / ops
    foreign = _FOREIGN_RATE * wall_ns * 1e-9 / ops
    if not -_SWITCH_TOLERANCE * wanted <= measured - wanted <= _SWITCH_TOLERANCE * wanted + foreign:
        return State.INVALID, f"{measured:.3f} switches per op, {demanded}"
    return State.OK, ""


def _doubtful(
    planned: PlannedCell,
    good: list[Trial],
    runs: dict[int, RunSummary],
    overhead: Overhead,
    medians: list[float],
) -> tuple[State, str]:
    if planned.reading and planned.unit != "s":
        # Bytes and numbers are what they are, whoever had the CPU.
        return State.OK, ""
    if _is_plain(planned):
        return _disturbed(good, runs)
    sample = float(np.median(medians)) * 1e-9
    if overhead.overall > _TIMER_SHARE * sample:
        share = f"{100 * overhead.overall / sample:.0f} % of a sample" if sample > 0 else "all of a sample"
        return State.TIMER_LIMITED, f"the clock's overhead is {share}, at most 10 % is allowed"
    return _disturbed(good, runs)


def _disturbed(good: list[Trial], runs: dict[int, RunSummary]) -> tuple[State, str]:
    flagged = [trial for trial in good if trial.flags]
    if len(flagged) > _FLAGGED_SHARE * len(good):
        seen = ", ".join(sorted({flag for trial in flagged for flag in trial.flags}))
        return State.NOISY, f"{len(flagged)} of {len(good)} trials were disturbed: {seen}"
    disturbed = {trial.run for trial in flagged}
    clean = np.array([summary.median for run, summary in runs.items() if run not in disturbed])
    if disturbed and clean.size >= MIN_RUNS:
        every = median_interval(np.array([summary.median for summary in runs.values()]))
        rest = median_interval(clean)
        if rest.high < every.low or every.high < rest.low:
            return State.NOISY, f"without the {len(flagged)} disturbed trials the interval is another"
    return State.OK, ""


def _estimates(runs: Iterable[RunSummary], unit: str, relative: float, absolute: float) -> Estimates:
    summaries = list(runs)

    def interval(values: list[float]) -> Estimate:
        estimate = msgspec.structs.replace(median_interval(np.array(values)), unit=unit)
        return widen(estimate, relative * abs(estimate.value) + absolute)

    tails = [summary.p99 for summary in summaries if summary.p99 is not None]
    return Estimates(
        typical=interval([summary.median for summary in summaries]),
        mean=interval([summary.mean for summary in summaries]),
        floor=interval([summary.floor for summary in summaries]),
        p99=interval(tails) if len(tails) == len(summaries) else None,
    )


_FIELDS = {"typical": "median", "mean": "mean", "floor": "floor", "p99": "p99"}


def run_values(runs: Mapping[int, RunSummary], estimate: str) -> dict[int, float]:
    """What each run says of "typical", "mean", "floor" or "p99", by its number; silent runs are left out."""
    found = {run: getattr(summary, _FIELDS[estimate]) for run, summary in runs.items()}
    return {run: value for run, value in found.items() if value is not None}
