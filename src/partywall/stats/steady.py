"""Whether a run has settled: change points of its level."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log, sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_BATCHES", "Steadiness", "batch_medians", "partition", "steadiness"]

BATCHES = 100
MIN_BATCHES = 20
_MIN_SEGMENT = 5
_LEAST_IN_BATCH = 5
_STEADY_SHARE = 0.5
_PENALTY = 3.0
_MERGE = 0.01
_MOST_CORRELATION = 0.95
_KEPT = 0.9
_KEPT_OF_NORMAL = 0.6573  # mean size of a standard normal below its 90th percentile
_MOST_OUTLIERS = 0.1
_REACH = 3
_OUTLIER_SIGMAS = 3.0


@dataclass(frozen=True)
class Steadiness:
    """What the change points of one trial say.

    Attributes:
        begins: index of the first sample of the last segment; samples before it are warm-up or another level.
        share: share of the run that the last segment holds.
        segments: number of levels seen.
        shift: how far the second half of what is kept lies above the first, as a share of its level; kept is
            the last segment if it holds half of the run, else all.
        steady: whether the last segment holds at least half of the run; None where the run has too few
            samples to tell.
    """

    begins: int
    share: float
    segments: int
    shift: float
    steady: bool | None


def batch_medians(x: ArrayLike, batches: int = BATCHES) -> NDArray[np.float64]:
    """Medians of ``batches`` groups of neighbouring samples, as equal as may be; the samples if they are fewer."""
    samples = np.asarray(x, np.float64)
    if samples.size <= batches:
        return samples.copy()
    size, rest = divmod(samples.size, batches)
    # The larger groups come first, so that each kind is one block of equal rows.
    edge = rest * (size + 1)
    larger = _row_medians(samples[:edge].reshape(rest, size + 1))
    return np.concatenate([larger, _row_medians(samples[edge:].reshape(batches - rest, size))])


def _row_medians(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """`numpy.median` of each row of finite numbers, in a third of the time."""
    below, above = (rows.shape[1] - 1) // 2, rows.shape[1] // 2
    ordered = np.partition(rows, (below, above), axis=1)
    return np.asarray(ordered[:, below] + (ordered[:, above] - ordered[:, below]) / 2)


def _without_outliers(y: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """The sequence with what lies three sigma off the median of the seven around it replaced by that median.

    Few samples in a batch do not hide an outlier, and least squares would take one for a level of its own.
    A level holds five batches at least, so that it is never taken for an outlier (Hampel's filter).
    """
    mirrored = np.concatenate([y[_REACH:0:-1], y, y[-2 : -_REACH - 2 : -1]])
    around = _row_medians(sliding_window_view(mirrored, 2 * _REACH + 1))
    outlying = np.abs(y - around) > _OUTLIER_SIGMAS * sigma
    # What is frequent is not an outlier but a mode.
    return np.where(outlying, around, y) if outlying.mean() <= _MOST_OUTLIERS else y


def _spread(steps: NDArray[np.float64]) -> float:
    """Standard deviation of differences from the mean size of all but the tenth that is largest."""
    size = np.sort(np.abs(steps))
    return float(np.mean(size[: ceil(_KEPT * size.size)])) / _KEPT_OF_NORMAL


def _noise(y: NDArray[np.float64]) -> tuple[float, float]:
    """Standard deviation of differences and lag-1 autocorrelation, which steps of the level do not inflate.

    A step is in one difference at lag 1 and in two at lag 2.  For a first-order autoregression of correlation r
    the variance of differences is 2 s^2 (1 - r) at lag 1 and 2 s^2 (1 - r^2) at lag 2: their ratio less one is r.
    """
    one, two = _spread(np.diff(y)), _spread(y[2:] - y[:-2])
    if one == 0.0:
        # Nearly all differences are nothing, as with a coarse clock.
        return 0.0, 0.0
    return one, min(max((two / one) ** 2 - 1.0, 0.0), _MOST_CORRELATION)


def _penalty(y: NDArray[np.float64], deviation: float, correlation: float) -> float:
    """What one more level must explain: 3 ln n (1 + r) / (1 - r) s^2.

    s^2 is the mean square of the differences over 2 (1 - r), if that is more than the robust value.  Few steps
    hardly raise it (von Neumann's estimate), while of batches that fall into one of two modes by chance most
    differences are small and the robust value is as well.
    """
    square = max(deviation**2, float(np.mean(np.diff(y) ** 2))) / (2.0 * (1.0 - correlation))
    return _PENALTY * log(y.size) * (1.0 + correlation) / (1.0 - correlation) * square


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
    # Row e, column s: the sum of squares within a segment from s to e.
    length = np.maximum(np.arange(n + 1)[:, None] - np.arange(n + 1), 1)
    within = square[:, None] - square - (total[:, None] - total) ** 2 / length + penalty
    for end in range(shortest, n + 1):
        cost = best[: end - shortest + 1] + within[end, : end - shortest + 1]
        cut[end] = at = int(cost.argmin())
        best[end] = cost[at]
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
    """Judge one trial from its samples in the order taken, shape (samples,), of any unit.

    Hundred batch medians (of five samples at least, but never fewer than twenty batches) are freed of outliers
    and partitioned into levels with the penalty 3 ln n (1 + r) / (1 - r) s^2 a segment, s and r hardly touched by
    the levels themselves; the factor of r is that by which correlation inflates the variance of a mean.
    Segments whose levels differ by less than 1 % merge.  The trial is steady if the last segment holds half
    of it (after Barrett et al., OOPSLA 2017, who require the end of a run to be flat).  Raises ValueError if a
    sample is not finite.
    """
    samples = np.asarray(x, np.float64)
    if not np.isfinite(samples).all():
        raise ValueError("a sample is not a finite number")
    n = samples.size
    if n < MIN_BATCHES:
        return Steadiness(begins=0, share=1.0, segments=1, shift=0.0, steady=None)
    y = batch_medians(samples, min(BATCHES, max(MIN_BATCHES, n // _LEAST_IN_BATCH)))
    level = float(np.abs(y).max())
    if level == 0.0:
        return Steadiness(begins=0, share=1.0, segments=1, shift=0.0, steady=True)
    # Squares of what is only finite may not be.
    y = y / level
    deviation, correlation = _noise(y)
    y = _without_outliers(y, deviation / sqrt(2.0 * (1.0 - correlation)))
    begins = _merged(y, partition(y, _penalty(y, deviation, correlation)))
    share = 1 - begins[-1] / y.size
    steady = share >= _STEADY_SHARE
    kept = y[begins[-1] :] if steady else y
    half = kept.size // 2
    shift = float(np.median(kept[half:]) - np.median(kept[:half]))
    size, rest = divmod(n, y.size)
    return Steadiness(
        begins=begins[-1] * size + min(begins[-1], rest),
        share=share,
        segments=len(begins),
        shift=shift / max(abs(float(np.median(kept))), np.finfo(float).tiny),
        steady=steady,
    )
