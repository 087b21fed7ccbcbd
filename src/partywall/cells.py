"""From the figures of runs to what is known of each cell."""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from partywall import one_way
from partywall.condition import doubtful, unusable
from partywall.figures import MIN_RUNS, Figures, Overhead, figures_of, is_good, is_plain, time_step
from partywall.model import Cell, Estimate, Estimates, Mode, PlannedCell, Shares, State, Trial
from partywall.record import Record
from partywall.stats import RunSummary, figure_shares, find_modes, median_interval, modes_within, tail_index
from partywall.stats.tails import LEAST_INDEX

__all__ = [
    "MIN_RUNS",
    "Overhead",
    "cold_values",
    "measure_overhead",
    "run_summaries",
    "run_values",
    "summarise_cells",
    "widen",
]

_NO_EMPTY_ARM = "no-empty-arm"
_EMPTY = "empty"


def measure_overhead(record: Record) -> Overhead:
    """Take the overhead of one sample from the trials of "empty", block by block."""
    return figures_of(record).overhead


def run_summaries(record: Record) -> dict[int, dict[int, RunSummary]]:
    """Summaries of every cell's good runs: index of the cell in the plan, then the run's number.

    A sample's time per op is (T - o) / ops, in seconds: T as the clock gave it, o the median of the
    empty trial of the same run.  It is never clamped at zero.  Nothing is taken off the empty arm.
    Trials that failed are left out, and of the others what came before their steady part.
    """
    return figures_of(record).runs


def cold_values(record: Record) -> tuple[dict[int, float], ...]:
    """Of each planned cell, by the run's number: the very first op of the run, in seconds, where it was timed."""
    good: list[list[Trial]] = [[] for _ in record.plan.cells]
    for trial in record.trials:
        if is_good(trial):
            good[trial.cell].append(trial)
    overhead = measure_overhead(record)
    return tuple(_cold(planned, of, overhead) for planned, of in zip(record.plan.cells, good, strict=True))


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
    - NOISY: more than 20 % of the trials carry flags, or the runs without flags disagree with all: the figure
      of one lies outside the interval of the other;
    - NOT_STEADY: the trials end at another level than they begin, all in the same way (see
      `partywall.condition.not_settled`).
    """
    figures = figures_of(record)
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


def _summarise_cell(record: Record, index: int, trials: list[Trial], figures: Figures) -> Cell:
    planned, runs, overhead = record.plan.cells[index], figures.runs[index], figures.overhead
    good = [trial for trial in trials if is_good(trial)]
    flags = {flag for trial in good for flag in trial.flags}
    if not overhead.known and planned.primitive != _EMPTY:
        flags.add(_NO_EMPTY_ARM)
    samples = sum(summary.samples for summary in runs.values())
    cell = Cell(
        id=planned.id,
        primitive=planned.primitive,
        family=planned.family,
        factors=planned.factors,
        estimates=None,
        runs=len(runs),
        samples=samples,
        batch=planned.batch,
        state=State.OK,
        reading=planned.reading,
        flags=tuple(sorted(flags)),
        per_op=index in figures.single and planned.batch == 1,
        warm_up=sum(summary.left_out for summary in runs.values()) / samples if samples else 0.0,
    )
    state, reason = unusable(planned, trials, good, len(runs))
    if state != State.OK:
        return msgspec.structs.replace(cell, state=state, reason=reason)
    across = _Across(record, planned, overhead)
    estimates = across.estimates(runs.values(), _cold(planned, good, overhead))
    if one_way.is_doubtful(record.clock, planned, estimates.typical.value):
        flags.add(one_way.FLAG)
    disturbed = {trial.run for trial in good if trial.flags}
    undisturbed = [summary.median for run, summary in runs.items() if run not in disturbed]
    clean = across.interval(undisturbed) if disturbed and len(undisturbed) >= MIN_RUNS else None
    modes, modes_of = _modes(runs, time_step(record, planned))
    state, reason = doubtful(
        planned, good, list(runs.values()), overhead, figures.medians[index], estimates.typical, clean
    )
    return msgspec.structs.replace(
        cell,
        flags=tuple(sorted(flags)),
        estimates=estimates,
        clean=clean,
        modes=modes,
        modes_of=modes_of,
        shares=_shares(runs.values()),
        state=state,
        reason=reason,
    )


class _Across:
    """Estimates over the runs of one cell, with the clock's part in their intervals."""

    def __init__(self, record: Record, planned: PlannedCell, overhead: Overhead) -> None:
        self._unit = planned.unit
        self._relative = record.clock.uncertainty if planned.unit == "s" else 0.0
        self._sample = 0.0 if is_plain(planned) else overhead.half_width
        self._op = self._sample / max(planned.batch, 1) + one_way.offset_part(record.clock, planned)

    def interval(self, values: Iterable[float], ops: bool = True) -> Estimate:
        """The median over runs; of values per op, or of single timings."""
        estimate = median_interval(np.array(list(values)), unit=self._unit)
        return widen(estimate, self._relative * abs(estimate.value) + (self._op if ops else self._sample))

    def estimates(self, runs: Iterable[RunSummary], cold: Mapping[int, float]) -> Estimates:
        summaries = list(runs)

        def known(values: list[float | None]) -> Estimate | None:
            # A run without one may be the very run that was different.
            found = [value for value in values if value is not None]
            return self.interval(found) if len(found) == len(values) else None

        index = tail_index(summary.excess for summary in summaries)
        heavy = index is not None and index.value < LEAST_INDEX
        return Estimates(
            typical=self.interval(summary.median for summary in summaries),
            mean=known([summary.mean for summary in summaries]),
            trimmed=self.interval(summary.trimmed for summary in summaries),
            floor=known([summary.floor for summary in summaries]),
            p99=known([summary.p99 for summary in summaries]),
            p999=known([summary.p999 for summary in summaries]),
            cold=self.interval(cold.values(), ops=False) if len(cold) >= MIN_RUNS else None,
            tail_index=index if index is not None and np.isfinite(index.value) else None,
            no_mean=_too_heavy(index) if index is not None and heavy else "",
        )


def _too_heavy(index: Estimate) -> str:
    return f"tail too heavy for a mean, Hill index {index.value:.2f} [{index.low:.2f}, {index.high:.2f}]"


def _cold(planned: PlannedCell, good: list[Trial], overhead: Overhead) -> dict[int, float]:
    """The first op of each run's first trial, in seconds, where it was timed."""
    if planned.reading:
        return {}
    timed = sorted((trial for trial in good if trial.cold_ns > 0), key=lambda trial: trial.position, reverse=True)
    taken_off = (lambda run: 0.0) if is_plain(planned) else overhead.of
    return {trial.run: trial.cold_ns * 1e-9 - taken_off(trial.run) for trial in timed}


def _modes(runs: Mapping[int, RunSummary], step: float) -> tuple[tuple[Mode, ...], str]:
    between = find_modes([summary.median for summary in runs.values()], step)
    if len(between) > 1:
        return between, "runs"
    within = modes_within([summary.points for summary in runs.values() if summary.points is not None])
    return (within, "samples") if len(within) > 1 else ((), "")


def _shares(runs: Iterable[RunSummary]) -> Shares:
    run, trial, sample = figure_shares([summary.batches for summary in runs])
    return Shares(run=run, trial=trial, sample=sample)


_FIELDS = {
    "typical": "median",
    "mean": "mean",
    "trimmed": "trimmed",
    "floor": "floor",
    "p99": "p99",
    "p999": "p999",
}


def run_values(runs: Mapping[int, RunSummary], estimate: str) -> dict[int, float]:
    """What each run says of one of the estimates, by the run's number; runs that cannot say it are left out."""
    found = {run: getattr(summary, _FIELDS[estimate]) for run, summary in runs.items()}
    return {run: value for run, value in found.items() if value is not None}
