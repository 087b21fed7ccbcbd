"""From a pilot to what is measured after it: how many runs, and how long each.  It is asked once."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from math import ceil, inf, isfinite
from statistics import mean

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall.batches import with_samples
from partywall.budget import estimate_seconds, walls_seconds
from partywall.cells import run_summaries, summarise_cells
from partywall.design import is_measured, profile_of
from partywall.model import Cell, Confirmation, Plan, PlannedCell, Trial
from partywall.precision import PILOT, has_target
from partywall.record import Record
from partywall.stats import median_interval, round_up_runs
from partywall.stats.intervals import RUN_COUNTS
from partywall.stats.shares import Batches, Components, allocation, batched_components, batches

__all__ = ["LEAST_RUNS", "MOST_RUNS", "PILOT_RUNS", "after_pilot"]

PILOT_RUNS = 10
LEAST_RUNS = RUN_COUNTS[0]
MOST_RUNS = 500
_MOST_TOLD = 100_000
_LEAST_S = 1e-9
_MOST_TRIALS = 5
_STRETCH = 4.0
_SHORTEST_TRIAL_S = 0.002
_WORTH = 0.8  # of the time: trials of another length for less than a fifth would be chasing the pilot's noise


@dataclass(frozen=True)
class _Shape:
    """One run of a cell: so many trials, each so many times as long as in the pilot."""

    trials: int
    length: float = 1.0


@dataclass(frozen=True)
class _Piloted:
    """What the pilot showed of one cell.

    Attributes:
        place: of the cell in the plan.
        shape: of its runs.
        wanted: runs of that shape that the target takes; infinite where none is enough.
        cut: why none is.
        run_s: what a run takes beside its trials: its share of the reference arms.
        trial_s: what a trial takes beside its samples.
        sampling_s: what the samples of a trial take.
        samples: how many they are.
        components: of its variance.
    """

    place: int
    cell: PlannedCell
    shape: _Shape
    wanted: float
    cut: str
    run_s: float
    trial_s: float
    sampling_s: float
    samples: float
    components: Components

    def seconds(self, shape: _Shape) -> float:
        """What the trials of a run of that shape take."""
        return shape.trials * (self.trial_s + shape.length * self.sampling_s)

    def runs(self, shape: _Shape) -> float:
        """Runs of that shape that the target takes."""
        was = self._variance(self.shape)
        return self.wanted * self._variance(shape) / was if was > 0 else self.wanted

    def _variance(self, shape: _Shape) -> float:
        run, trial, sample = (max(part, 0.0) for part in astuple(self.components))
        return float(run + (trial + sample / (self.samples * shape.length)) / shape.trials)

    def best_shape(self) -> _Shape:
        """The shape that its shares of variance and its costs ask for."""
        sample_s = self.sampling_s / self.samples
        trials, samples = allocation(self.components, self.run_s, self.trial_s, sample_s)
        # Of one trial a run it is not known which of the two varies.
        trials = min(trials, _MOST_TRIALS) if self.shape.trials > 1 else 1
        # Farther than that the pilot does not say how samples depend on each other.
        length = min(max(samples / self.samples, 1 / _STRETCH), _STRETCH)
        return _Shape(trials, max(length, min(1.0, _SHORTEST_TRIAL_S / self.sampling_s)))


@dataclass(frozen=True)
class _Group:
    """Cells that are measured in the same blocks: the arms of a contrast, or one cell."""

    arms: tuple[_Piloted, ...]
    shape: _Shape
    wanted: int
    seconds: float
    total_s: float


def after_pilot(record: Record, spent_s: float = 0.0) -> tuple[Plan, float]:
    """The plan with what the pilot fixed for each cell that can still be measured, and about how long that will take.

    The runs are N = pilot x (half-width / target)^2 (half of the pilot's interval of ``typical``, the clock's part
    taken off both), rounded up to a number whose interval wastes little.  Trials become longer or shorter, and more
    or fewer to a run, as the shares of variance and the costs say, where that saves a fifth of the time.  Arms of a
    contrast have runs in common, and so as many as the one that needs most.  No cell has more than ``MOST_RUNS``, nor
    more than fit into what the budget has left: then the hungriest are cut, and keep the reason.  ``spent_s`` is what
    all took so far, where that is known.
    """
    plan = record.plan
    asked = has_target(plan.cells)
    piloted = {arm.place: arm for arm in _pilot(record, asked)}
    members = _members(plan, piloted, asked)
    grouped = {i for group in members for i in group}
    reference_s = sum(arm.seconds(arm.shape) for i, arm in piloted.items() if i not in grouped)
    groups, most = _best([[piloted[i] for i in group] for group in members], plan, reference_s, _left(record, spent_s))
    fixed = {arm.place: _confirmation(plan, arm, group, most) for group in groups for arm in group.arms}
    last = max((one.runs for one in fixed.values()), default=0)
    for i in piloted.keys() - grouped:
        # What tells how clock and machine were is in every block.
        fixed[i] = _confirmed(plan, piloted[i].cell, piloted[i].shape, last, last, "")
    seconds = sum(fixed[group.arms[0].place].runs * group.seconds for group in groups) + last * reference_s
    return _with_confirmations(plan, fixed), seconds


def _with_confirmations(plan: Plan, fixed: dict[int, Confirmation]) -> Plan:
    """The plan in which those cells, and what is read of them, have that confirmation."""
    cells = tuple(
        msgspec.structs.replace(cell, confirmation=fixed.get(cell.of if cell.of >= 0 else i))
        for i, cell in enumerate(plan.cells)
    )
    return msgspec.structs.replace(plan, cells=cells)


def _pilot(record: Record, asked: set[int]) -> Iterator[_Piloted]:
    """What the pilot showed of every cell that has figures."""
    plan, cells, summaries = record.plan, summarise_cells(record), run_summaries(record)
    trials: dict[int, list[Trial]] = {}
    for trial in record.trials:
        if trial.count and not trial.error and trial.phase == PILOT:
            trials.setdefault(trial.cell, []).append(trial)
    known = [i for i, cell in enumerate(plan.cells) if is_measured(cell) and cells[i].estimates and i in trials]
    reference_s = sum(trial.took_s for i in known if i not in asked for trial in trials[i])
    for i in known:
        medians = np.array([summary.median for summary in summaries[i].values()])
        wanted, cut = _wanted(plan, cells[i], medians)
        sampling_s = mean(trial.seconds for trial in trials[i])
        yield _Piloted(
            place=i,
            cell=plan.cells[i],
            shape=_Shape(profile_of(plan, plan.cells[i]).trials),
            wanted=wanted,
            cut=cut,
            run_s=max(reference_s / plan.profile.runs / max(len(asked), 1), _LEAST_S),
            trial_s=max(mean(trial.took_s for trial in trials[i]) - sampling_s, _LEAST_S),
            sampling_s=max(sampling_s, _LEAST_S),
            samples=mean(trial.count for trial in trials[i]),
            components=_components(record, trials[i]),
        )


def _wanted(plan: Plan, cell: Cell, medians: NDArray[np.float64]) -> tuple[float, str]:
    assert plan.target is not None and cell.estimates is not None
    typical = cell.estimates.typical
    plain = median_interval(medians)
    half = (plain.high - plain.low) / 2
    clock = max((typical.high - typical.low) / 2 - half, 0.0)
    target = plan.target.precision * abs(typical.value)
    if target <= clock:
        return inf, "the clock alone is less exact"
    return medians.size * (half / (target - clock)) ** 2, ""


def _components(record: Record, trials: list[Trial]) -> Components:
    by_run: dict[int, list[Batches]] = {}
    for trial in trials:
        values, ops = record.samples.rows(trial.first, trial.count)
        by_run.setdefault(trial.run, []).append(batches(values / ops, np.median))
    return batched_components(list(by_run.values()))


def _members(plan: Plan, piloted: dict[int, _Piloted], asked: set[int]) -> list[tuple[int, ...]]:
    """Places of cells that are measured together; copies belong to their original's contrast."""
    groups: dict[object, list[int]] = {}
    for i in piloted:
        cell = plan.cells[i]
        groups.setdefault(("contrast", cell.contrast) if cell.contrast >= 0 else i, []).append(i)
    return [tuple(members) for members in groups.values() if asked & set(members)]


def _best(arms: list[list[_Piloted]], plan: Plan, reference_s: float, left_s: float) -> tuple[list[_Group], int]:
    """The groups with the shapes of their runs, and the most runs that one may have."""

    def with_most(groups: list[_Group]) -> tuple[list[_Group], int]:
        return groups, _most_in_budget(plan, groups, reference_s, left_s)

    def shortfall(groups: list[_Group], most: int) -> float:
        return max((group.wanted / max(min(group.wanted, most), 1) for group in groups), default=1.0)

    as_piloted = [_weighed(group, _largest([arm.shape for arm in group])) for group in arms]
    if plan.target and plan.target.pooled:
        # Runs of another shape may have another median: they cannot be pooled with the pilot's.
        return with_most(as_piloted)
    shaped = [_weighed(group, _largest([arm.best_shape() for arm in group])) for group in arms]
    better = [new if new.total_s < _WORTH * old.total_s else old for old, new in zip(as_piloted, shaped, strict=True)]
    # What takes the least time for what is wanted may not be what fits best into less.
    return min((with_most(better), with_most(as_piloted)), key=lambda found: shortfall(*found))


def _largest(shapes: list[_Shape]) -> _Shape:
    return _Shape(max(shape.trials for shape in shapes), max(shape.length for shape in shapes))


def _weighed(arms: list[_Piloted], shape: _Shape) -> _Group:
    runs = [arm.runs(shape) for arm in arms]
    wanted = _rounded(max((n for n in runs if isfinite(n)), default=0.0))
    seconds = sum(arm.seconds(shape) for arm in arms)
    return _Group(tuple(arms), shape, wanted, seconds, wanted * (seconds + sum(arm.run_s for arm in arms)))


def _rounded(runs: float) -> int:
    return round_up_runs(max(LEAST_RUNS, ceil(min(runs, _MOST_TOLD))))


def _confirmation(plan: Plan, arm: _Piloted, group: _Group, most: int) -> Confirmation:
    own = arm.runs(group.shape)
    wanted = _rounded(own) if isfinite(own) else None
    given = min(group.wanted, most)
    cut = arm.cut
    if wanted is not None and wanted > max(given, _counted_already(plan)):
        cut = f"no more than {MOST_RUNS} runs are made" if most == MOST_RUNS else "budget"
    return _confirmed(plan, arm.cell, group.shape, max(0, given - _counted_already(plan)), wanted, cut)


def _confirmed(plan: Plan, cell: PlannedCell, shape: _Shape, runs: int, wanted: int | None, cut: str) -> Confirmation:
    profile = profile_of(plan, cell)
    profile = msgspec.structs.replace(profile, trial_s=shape.length * profile.trial_s)
    sized = cell if shape.length == 1.0 else with_samples(cell, profile)
    return Confirmation(
        runs=runs,
        wanted=wanted,
        trial_s=profile.trial_s,
        trials=shape.trials,
        samples=sized.samples,
        chunk=sized.chunk,
        cut=cut,
    )


def _counted_already(plan: Plan) -> int:
    return plan.profile.runs if plan.target and plan.target.pooled else 0


def _most_in_budget(plan: Plan, groups: list[_Group], reference_s: float, left_s: float) -> int:
    """The most runs that a cell may have so that all takes ``left_s`` seconds at most; 0 if not even the least."""
    if plan.budget_s is None:
        return MOST_RUNS
    fits, runs = 0, LEAST_RUNS
    while runs <= MOST_RUNS:
        further = [max(0, min(group.wanted, runs) - _counted_already(plan)) for group in groups]
        needed_s = sum(n * group.seconds for n, group in zip(further, groups, strict=True))
        if needed_s + max(further, default=0) * reference_s > left_s:
            return fits
        fits, runs = runs, round_up_runs(runs + 1)
    return MOST_RUNS


def _left(record: Record, spent_s: float) -> float:
    """What the pilot, and the cells that may come later, leave of the budget, in seconds."""
    plan = record.plan
    later = estimate_seconds(msgspec.structs.replace(plan, cells=(), walls=()))
    trials = sum(trial.took_s for trial in record.trials) + walls_seconds(plan)
    return (plan.budget_s or 0.0) - max(spent_s, trials) - later
