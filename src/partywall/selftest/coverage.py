"""What intervals across runs and contrasts of two cells cover, on synthetic data."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nextafter

import numpy as np
from numpy.typing import NDArray

from partywall.model import Estimate, VerdictKind
from partywall.ruling import compare
from partywall.selftest.checks import Check, Demand, Tally
from partywall.selftest.families import FAMILIES, MOST_RUNS, ORDINARY, SAMPLES, Family
from partywall.stats import median_interval, paired_difference, paired_ratio

__all__ = [
    "ESTIMATES",
    "PLANTED",
    "RunValues",
    "Truth",
    "check_contrasts",
    "check_estimates",
    "simulate",
    "summarise_runs",
]

_Array = NDArray[np.float64]

ESTIMATES = ("typical", "mean", "floor", "p99")
PLANTED = 1.03
"""The second arm of a contrast takes so many times what the first takes."""

_RANKS = {"typical": SAMPLES // 2, "floor": (SAMPLES - 1) // 100, "p99": (SAMPLES - 1) * 99 // 100}
_CHUNK_RUNS = 4_000  # 32 MB of samples
_UNLIKE_RUNS = 20
_SHAPES_DIFFER = (
    "the differences of two arms of different shapes are not symmetric, as the signed-rank interval assumes"
)

RunValues = dict[str, _Array]
"""Of each estimate the values of runs, shape (repetitions, runs)."""


def summarise_runs(x: _Array) -> RunValues:
    """The values that `summarise` gives each run of ``x``, shape (repetitions, runs, samples), which it reorders.

    Vectorised: with `SAMPLES` samples the percentiles are order statistics.  All samples count: what `summarise` takes
    for a warm-up, in few runs of data that depend on each other, is not left out.
    """
    means = x.mean(axis=2)
    x.partition(sorted(_RANKS.values()), axis=2)
    return {"mean": means} | {name: x[:, :, rank].copy() for name, rank in _RANKS.items()}


def simulate(random: np.random.Generator, family: Family, repetitions: int, runs: int, scale: float = 1.0) -> RunValues:
    """Values of so many repetitions, drawn in parts so that memory stays small."""
    step = max(1, _CHUNK_RUNS // runs)
    parts = [
        summarise_runs(family.draw(random, min(step, repetitions - first), runs, scale))
        for first in range(0, repetitions, step)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in ESTIMATES}


@dataclass(frozen=True)
class Truth:
    """What the intervals of a family are about: the median of the distribution of the run values.

    It is that of runs as long as these: a run's 99th percentile, or its mean under a heavy tail, has another centre
    than the population's.  Where the level moves with the session it is the median over the runs of the session.
    Taken from runs that no repetition uses: with 20,000 of them its standard error is 2.5 % of an interval's
    half-width, which moves a coverage by 0.03 points.
    """

    values: RunValues

    @classmethod
    def of(cls, random: np.random.Generator, family: Family, runs: int, scale: float = 1.0) -> "Truth":
        """Simulate the truth of a family, at ``scale`` times its level, with so many runs."""
        return cls(simulate(random, family, runs // MOST_RUNS, MOST_RUNS, scale))

    def value(self, estimate: str, runs: int) -> float:
        """The truth of sessions of so many runs."""
        return float(np.median(self.values[estimate][:, :runs]))


def check_estimates(family: Family, truth: Truth, values: RunValues, run_counts: tuple[int, ...]) -> Iterator[Check]:
    """Coverage of every estimate across runs, and verdicts WITHIN while the truth lies just outside of a bound."""
    for runs in run_counts:
        for estimate in ESTIMATES:
            true = truth.value(estimate, runs)
            tally, wrong = Tally(), Tally()
            for row in values[estimate][:, :runs]:
                interval = _interval(row)
                if interval is None:
                    tally.refuse("the runs carry no interval")
                    continue
                tally.add(interval.low, interval.high, true)
                for bounds in _bounds_beside(true):
                    wrong.count(compare(interval.low, interval.high, bounds) == VerdictKind.WITHIN)
            yield _check(estimate, family.name, runs, tally)
            if estimate == "typical":
                yield wrong.check(
                    part="synthetic",
                    what="wrong WITHIN",
                    condition=family.name,
                    runs=runs,
                    demand=Demand.AT_MOST,
                    nominal=0.025,
                    samples=runs * SAMPLES,
                )


def _interval(row: _Array) -> Estimate | None:
    try:
        return median_interval(row)
    except ValueError:
        return None


def _bounds_beside(true: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges that the truth misses by the least that can be: WITHIN is wrong for both."""
    return (nextafter(true, np.inf), 2 * true), (true / 2, nextafter(true, 0))


def _check(what: str, condition: str, runs: int, tally: Tally, exception: str = "") -> Check:
    return tally.check(
        part="synthetic",
        what=what,
        condition=condition,
        runs=runs,
        width=tally.width,
        samples=runs * SAMPLES,
        exception=exception,
    )


def check_contrasts(
    random: np.random.Generator, family: Family, truth: Truth, first: RunValues, run_counts: tuple[int, ...]
) -> Iterator[Check]:
    """Coverage of differences and ratios of run medians: of arms alike but for a factor, and of unlike arms.

    The truth is the difference, or ratio, of what the two arms' own intervals are about.
    """
    count = len(first["typical"]) // 2
    a = first["typical"][:count]
    b = simulate(random, family, count, max(run_counts), PLANTED)["typical"]
    scaled = Truth.of(random, family, truth.values["typical"].size, PLANTED) if family.step else None
    for runs in run_counts:
        true = truth.value("typical", runs)
        other = scaled.value("typical", runs) if scaled else PLANTED * true
        yield from _contrasts("", family.name, runs, (b, a), (other, true))
    if family.name == ORDINARY or _UNLIKE_RUNS not in run_counts:
        return
    ordinary = next(one for one in FAMILIES if one.name == ORDINARY)
    b = simulate(random, ordinary, count, _UNLIKE_RUNS, PLANTED)["typical"]
    true = truth.value("typical", _UNLIKE_RUNS)
    yield from _contrasts(", unlike", family.name, _UNLIKE_RUNS, (b, a), (PLANTED, true), _SHAPES_DIFFER)


def _contrasts(
    suffix: str,
    condition: str,
    runs: int,
    arms: tuple[_Array, _Array],
    truths: tuple[float, float],
    exception: str = "",
) -> Iterator[Check]:
    difference, ratio = Tally(), Tally()
    for x, y in zip(arms[0][:, :runs], arms[1][:, :runs], strict=True):
        found = paired_difference(x, y)
        difference.add(found.low, found.high, truths[0] - truths[1])
        found = paired_ratio(x, y)
        ratio.add(found.low, found.high, truths[0] / truths[1])
    yield _check(f"difference{suffix}", condition, runs, difference, exception)
    yield _check(f"ratio{suffix}", condition, runs, ratio, exception)
