"""What is kept of a record's samples: one pass over them makes every run's figures."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall.model import PlannedCell, Trial
from partywall.record import Record, Rows
from partywall.stats import RunSummary, median_interval, summarise, tail_index
from partywall.stats.quantiles import TAIL_EVENTS, QuantileInterval, quantile_interval
from partywall.stats.runs import kept_samples
from partywall.stats.tails import LEAST_INDEX

__all__ = [
    "MIN_RUNS",
    "Figures",
    "Overhead",
    "figures_of",
    "is_good",
    "is_plain",
    "run_quantiles",
    "steady_samples",
    "time_step",
]

MIN_RUNS = 6
"""Runs that a 95 % interval needs at least."""

_EMPTY = "empty"


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


@dataclass(frozen=True)
class Figures:
    """What is kept of a record's samples.

    Attributes:
        overhead: what timing a sample costs.
        runs: summaries of every cell's good runs: index of the cell in the plan, then the run's number.
        medians: of the good trials of each cell that has overhead in it, the median sample in ns.
        single: cells all of whose samples are single ops.
    """

    overhead: Overhead
    runs: dict[int, dict[int, RunSummary]]
    medians: dict[int, list[float]]
    single: frozenset[int]


# Each pass over the samples may read gigabytes, and cells and verdicts ask for the same figures.
_KNOWN: WeakKeyDictionary[Record, Figures] = WeakKeyDictionary()


def figures_of(record: Record) -> Figures:
    """The figures of a record, made once."""
    if record not in _KNOWN:
        _KNOWN[record] = _pass(record, _overhead(record))
    return _KNOWN[record]


def _overhead(record: Record) -> Overhead:
    cells = {i for i, planned in enumerate(record.plan.cells) if planned.primitive == _EMPTY}
    ns: dict[int, list[NDArray[np.float64]]] = {}
    for trial in record.trials:
        if trial.cell in cells and is_good(trial):
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


def _pass(record: Record, overhead: Overhead) -> Figures:
    """All figures, in one pass in the order of the rows."""
    cells = record.plan.cells
    good = [trial for trial in record.trials if is_good(trial)]
    missing = Counter((trial.cell, trial.run) for trial in good)
    waiting: dict[tuple[int, int], list[tuple[int, Rows]]] = {}
    found: dict[int, dict[int, RunSummary]] = {index: {} for index in range(len(cells))}
    medians: dict[int, list[float]] = {index: [] for index in range(len(cells))}
    batched = set()
    for trial in sorted(good, key=lambda trial: trial.first):
        rows = record.samples.rows(trial.first, trial.count)
        planned = cells[trial.cell]
        if not is_plain(planned):
            medians[trial.cell].append(float(np.median(rows[0])))
        # The trials of one run are one sample of it, wherever they lie.
        key = trial.cell, trial.run
        waiting.setdefault(key, []).append((trial.position, rows))
        missing[key] -= 1
        if missing[key] == 0:
            parts = [part for _, part in sorted(waiting.pop(key), key=lambda one: one[0])]
            per_op = all(bool(ops.max() == 1) for _, ops in parts)
            if not per_op:
                batched.add(trial.cell)
            x = [_per_op(planned, part, overhead.of(trial.run)) for part in parts]
            found[trial.cell][trial.run] = summarise(x, per_op, time_step(record, planned))
    runs = {index: _what_is_known(dict(sorted(summaries.items()))) for index, summaries in found.items()}
    return Figures(overhead, runs, medians, frozenset(found) - batched)


def _what_is_known(runs: dict[int, RunSummary]) -> dict[int, RunSummary]:
    """The summaries of a cell without what its samples cannot carry, in all runs alike.

    A mean if the tail of all is too heavy for one; a percentile unless every run has it and ten independent samples'
    worth lies beyond it in the median run.  To leave out only the runs in which less does would leave out those
    whose slow ops came in bursts, and make the rest look better than the cell is.
    """
    summaries = list(runs.values())

    def known(name: str) -> bool:
        beyond = [summary.beyond.get(name, 0.0) for summary in summaries]
        return bool(beyond) and min(beyond) > 0 and bool(np.median(beyond) >= TAIL_EVENTS)

    index = tail_index(summary.excess for summary in summaries)
    heavy = index is not None and index.value < LEAST_INDEX
    floor, p99, p999 = known("floor"), known("p99"), known("p999")
    return {
        run: replace(
            summary,
            mean=None if heavy else summary.mean,
            floor=summary.floor if floor else None,
            p99=summary.p99 if p99 else None,
            p999=summary.p999 if p999 else None,
        )
        for run, summary in runs.items()
    }


def _per_op(planned: PlannedCell, rows: Rows, overhead_s: float) -> NDArray[np.float64]:
    values, ops = rows
    x = values * (1e-9 if planned.unit == "s" else 1.0)
    if not is_plain(planned):
        x -= overhead_s
    if not planned.reading:
        x /= ops
    return x


def time_step(record: Record, planned: PlannedCell) -> float:
    """The step in which the clock gives the times of one op; 0 for what is no time."""
    return record.clock.resolution_s / max(planned.batch, 1) if planned.unit == "s" else 0.0


def is_plain(planned: PlannedCell) -> bool:
    """Whether the cost of timing is no part of what was recorded: a reading, or that cost itself."""
    return bool(planned.reading) or planned.primitive == _EMPTY


def is_good(trial: Trial) -> bool:
    """Whether the trial has samples that may be used."""
    return not trial.error and not trial.unsupported and trial.count > 0


def steady_samples(record: Record, cells: Collection[int]) -> Iterator[tuple[Trial, NDArray[np.float64]]]:
    """Each good trial of these cells, by their index, with the samples of its steady part, per op, as they lie."""
    figures = figures_of(record)
    trials = [trial for trial in record.trials if trial.cell in cells and is_good(trial)]
    parts: dict[tuple[int, int], list[int]] = {}
    for trial in trials:
        parts.setdefault((trial.cell, trial.run), []).append(trial.position)
    for trial in sorted(trials, key=lambda trial: trial.first):
        rows = record.samples.rows(trial.first, trial.count)
        x = _per_op(record.plan.cells[trial.cell], rows, figures.overhead.of(trial.run))
        place = sorted(parts[trial.cell, trial.run]).index(trial.position)
        yield trial, kept_samples(x, figures.runs[trial.cell][trial.run].trials[place])


def run_quantiles(record: Record, index: int, p: float, confidence: float) -> dict[int, QuantileInterval]:
    """A quantile of each good run of one cell with its interval within the run, from the steady part of its trials.

    Such an interval knows of the dependence between the samples of its run and says nothing of the next run.
    Raises ValueError unless 0 < p < 1.
    """
    parts: dict[int, list[NDArray[np.float64]]] = {}
    for trial, x in steady_samples(record, {index}):
        parts.setdefault(trial.run, []).append(x)
    return {run: quantile_interval(np.concatenate(x), p, confidence) for run, x in sorted(parts.items())}
