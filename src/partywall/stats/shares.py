"""Where the variance of a figure comes from: between runs, between the trials of a run, within a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batches", "Components", "allocation", "batched_components", "batches", "variance_components"]

_BATCHES = 20

Statistic = Callable[..., NDArray[np.float64]]
Batches = tuple[NDArray[np.float64], int]
"""Values of groups of neighbouring samples, and how many samples each group has."""


@dataclass(frozen=True)
class Components:
    """Variances that each level adds, in the square of the samples' unit.

    They are unbiased, so one of a level that adds little may be below zero.

    Attributes:
        run: of the expected level of one run about that of all.
        trial: of the expected level of one trial about that of its run; 0 if no run has two trials, and
            then it is part of ``run``.
        sample: what one sample adds: the variance of a trial's figure is this over the number of its
            samples, dependence between neighbours included.  0 if no trial has two samples, and then it is
            part of the level above.
    """

    run: float
    trial: float
    sample: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of run, trial and sample in the sum, those below zero taken as zero; all zero if nothing varies."""
        parts = [max(part, 0.0) for part in (self.run, self.trial, self.sample)]
        total = sum(parts)
        run, trial, sample = (part / total if total > 0 else 0.0 for part in parts)
        return run, trial, sample


def batches(x: NDArray[Any], statistic: Statistic = np.mean) -> Batches:
    """The statistic of 20 to 39 groups of neighbouring samples, or the samples if they are fewer; and their size.

    Up to size - 1 samples at the beginning belong to no group.  So few and large groups are nearly
    independent where single samples are not (Schmeiser, Batch size effects in the analysis of simulation
    output, Operations Research 30, 1982, who finds that more than 30 gain little).
    """
    size = max(1, x.size // _BATCHES)
    count = x.size // size
    groups = np.asarray(x[x.size - count * size :], np.float64).reshape(count, size)
    return (groups[:, 0].copy() if size == 1 else statistic(groups, axis=1)), size


def variance_components(trials_by_run: Sequence[Sequence[NDArray[Any]]], statistic: Statistic = np.mean) -> Components:
    """Unbiased variance components from the samples of each trial of each run, in the order taken.

    The estimators of Kalibera & Jones (Rigorous benchmarking in reasonable time, ISMM 2013, and the
    correction in the technical report of the same name): from the variance of the figures of a level, that
    which the levels below cause is taken off.  Here in the form for trials and runs of unequal size, each
    counting as one; with equal sizes it is theirs.  Within a trial `batches` stand for samples, so that
    dependence between samples is in ``sample``.  ``statistic`` is what a batch is reduced to: `numpy.median`
    where the figure is a median, which a mean would hide behind its outliers.

    Raises ValueError if there is no run, a run has no trial, a trial has no sample or one is not finite.
    """
    if any(x.size == 0 for trials in trials_by_run for x in trials):
        raise ValueError("variance components need trials that have samples")
    return batched_components([[batches(x, statistic) for x in trials] for trials in trials_by_run])


def batched_components(trials_by_run: Sequence[Sequence[Batches]]) -> Components:
    """The same from `batches` that were made of each trial's samples before."""
    if not trials_by_run or not all(trials_by_run):
        raise ValueError("variance components need runs that have trials")
    if not all(np.isfinite(y).all() for trials in trials_by_run for y, _ in trials):
        raise ValueError("a sample is not a finite number")
    levels: list[NDArray[np.float64]] = []
    errors: list[NDArray[np.float64]] = []
    within = freedom = 0.0
    for trials in trials_by_run:
        values, noise = [], []
        for y, size in trials:
            square = float(np.sum((y - y.mean()) ** 2))
            within += size * square
            freedom += y.size - 1
            values.append(float(y.mean()))
            noise.append(square / (y.size - 1) / y.size if y.size > 1 else 0.0)
        levels.append(np.array(values))
        errors.append(np.array(noise))
    sample = within / freedom if freedom else 0.0
    spare = sum(values.size - 1 for values in levels)
    trial = 0.0
    if spare:
        seen = sum(float(np.sum((values - values.mean()) ** 2)) for values in levels)
        caused = sum((noise.size - 1) * float(noise.mean()) for noise in errors)
        trial = (seen - caused) / spare
    means = np.array([values.mean() for values in levels])
    run = 0.0
    if means.size > 1:
        caused = float(np.mean([(trial + noise.mean()) / noise.size for noise in errors]))
        run = float(np.var(means, ddof=1)) - caused
    return Components(run=run, trial=trial, sample=sample)


def allocation(
    components: Components, cost_run_s: float, cost_trial_s: float, cost_sample_s: float, most: int = 1_000_000
) -> tuple[int, int]:
    """Trials per run and samples per trial that give the narrowest interval for a given total time.

    ``cost_run_s`` is what one more run takes beside its trials, ``cost_trial_s`` what one more trial takes
    beside its samples, ``cost_sample_s`` one more sample, each above zero.  Of each level there are
    ceil sqrt((c' / c) (T^2 / T'^2)), c and T^2 being its cost and variance and c' and T'^2 those of the level
    above (Kalibera & Jones, ISMM 2013, section 6).  A level that adds no variance is repeated once, and what
    it costs is part of the level above; if there is none above, nothing stands against repeating what lies
    below, and ``most`` are given.  Raises ValueError unless the costs are above zero.
    """
    if not min(cost_run_s, cost_trial_s, cost_sample_s) > 0:
        raise ValueError("what a run, a trial and a sample take must be above zero")

    def repetitions(above: float, above_s: float, below: float, below_s: float) -> int:
        if below <= 0:
            return 1
        if above <= 0:
            return most
        return min(max(ceil(sqrt(above_s / below_s * (below / above))), 1), most)

    run, trial, sample = components.run, components.trial, components.sample
    if trial <= 0:
        return 1, repetitions(run, cost_run_s + cost_trial_s, sample, cost_sample_s)
    return (
        repetitions(run, cost_run_s, trial, cost_trial_s),
        repetitions(trial, cost_trial_s, sample, cost_sample_s),
    )
