"""Whether a run has settled: change points of its level."""

from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_BATCHES", "Steadiness", "batch_medians", "partition", "steadiness"]

BATCHES = 100
MIN_BATCHES = 20
_MIN_SEGMENT = 5
_PENALTY = 3.0
_MERGE = 0.01
_MOST_CORRELATION = 0.95
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Steadiness:
    """What the change points of one run say.

    Attributes:
        begins: index of the first sample of the last segment; samples before it are warm-up or another level.
        share: share of the run that the last segment holds.
        segments: number of levels seen.
        steady: whether the last segment holds at least half of the run; None where the run has too few
            samples to tell.
    """

    begins: int
    share: float
    segments: int
    steady: bool | None


def batch_medians(x: ArrayLike, batches: int = BATCHES) -> NDArray[np.float64]:
    """Medians of ``batches`` groups of neighbouring samples, as equal as may be; the samples if they are fewer."""
    samples = np.asarray(x, np.float64)
    if samples.size <= batches:
        return samples.copy()
    edges = np.linspace(0, samples.size, batches + 1).astype(int)
    return np.array([np.median(samples[a:b]) for a, b in pairwise(edges)])


def _noise(y: NDArray[np.float64]) -> tuple[float, float]:
    """Variance and lag-1 autocorrelation that steps of the level do not inflate.

    Differences see a step once, so that their median absolute deviation does not.  For a first-order
    autoregression of correlation r the variance of differences at lag 1 is 2 s^2 (1 - r), at lag 2
    2 s^2 (1 - r^2): their ratio less one is r.
    """
    steps = np.diff(y)
    one = _MAD_TO_SIGMA * float(np.median(np.abs(steps)))
    two = _MAD_TO_SIGMA * float(np.median(np.abs(y[2:] - y[:-2])))
    if one == 0.0:
        # More than half of the differences are nothing, as with a coarse clock.
        return float(np.mean(steps**2)) / 2.0, 0.0
    correlation = min(max((two / one) ** 2 - 1.0, 0.0), _MOST_CORRELATION)
    return one**2 / 2.0, correlation


def partition(y: ArrayLike, penalty: float, shortest: int = _MIN_SEGMENT) -> list[int]:
    """Where the segments of the least-squares partition into constant levels begin; the first is 0.

    The sum of squares within segments plus ``penalty`` a segment is minimised exactly by dynamic
    programming (optimal partitioning, Jackson et al., IEEE Signal Processing Letters 12, 2005), segments
    no shorter than ``shortest``.
    """
    values = np.asarray(y, np.float64)
    n = values.size
    values = values - values.mean() if n else values
    total = np.concatenate([[0.0], np.cumsum(values)])
    square = np.concatenate([[0.0], np.cumsum(values**2)])
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    cut = np.zeros(n + 1, int)
    for end in range(shortest, n + 1):
        starts = np.arange(0, end - shortest + 1)
        within = square[end] - square[starts] - (total[end] - total[starts]) ** 2 / (end - starts)
        cost = best[starts] + within + penalty
        cut[end] = int(np.argmin(cost))
        best[end] = cost[cut[end]]
    begins = []
    end = n
    while end > 0:
        end = int(cut[end])
        begins.append(end)
    return begins[::-1]


def _merged(y: NDArray[np.float64], begins: list[int]) -> list[int]:
    """The segments without the borders at which the level changes by less than one percent."""
    kept = list(begins)
    while len(kept) > 1:
        levels = [float(np.mean(y[a:b])) for a, b in zip(kept, [*kept[1:], y.size], strict=True)]
        steps = [abs(b - a) / max(abs(a), abs(b), np.finfo(float).tiny) for a, b in pairwise(levels)]
        least = int(np.argmin(steps))
        if steps[least] >= _MERGE:
            break
        del kept[least + 1]
    return kept


def steadiness(x: ArrayLike) -> Steadiness:
    """Judge one run from its samples in the order taken, shape (samples,), of any unit.

    Hundred batch medians are partitioned into levels with the penalty 3 ln n (1 + r) / (1 - r) s^2 a
    segment, s and r robust against the levels themselves; the factor of r is that by which correlation
    inflates the variance of a mean.  Segments whose levels differ by less than 1 % merge.  The run is
    steady if the last segment holds half of it (after Barrett et al., OOPSLA 2017, who require the end
    of a run to be flat).  Raises ValueError if a sample is not finite.
    """
    samples = np.asarray(x, np.float64)
    if not np.isfinite(samples).all():
        raise ValueError("a sample is not a finite number")
    y = batch_medians(samples)
    if y.size < MIN_BATCHES:
        return Steadiness(begins=0, share=1.0, segments=1, steady=None)
    variance, correlation = _noise(y)
    inflation = (1 + correlation) / (1 - correlation)
    begins = _merged(y, partition(y, _PENALTY * log(y.size) * inflation * variance))
    share = 1 - begins[-1] / y.size
    first = round(begins[-1] * samples.size / y.size)
    return Steadiness(begins=first, share=share, segments=len(begins), steady=share >= 0.5)
