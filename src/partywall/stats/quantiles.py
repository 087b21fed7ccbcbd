"""Quantiles of the samples of one run, which may depend on each other."""

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from scipy.special import ndtri

__all__ = [
    "TAIL_EVENTS",
    "QuantileInterval",
    "autocorrelation_time",
    "events_beyond",
    "quantile_interval",
    "tail_is_known",
]

TAIL_EVENTS = 10
"""Independent samples that must lie beyond a quantile for it to be known."""

_MOST_TRANSFORMED = 1 << 16


@dataclass(frozen=True)
class QuantileInterval:
    """A quantile of one run with its interval, in the samples' unit.

    Attributes:
        value: the sample quantile (Hyndman & Fan 1996, type 7).
        low: order statistic below; minus infinity where the rank lies below the first sample.
        high: order statistic above; infinity where the rank lies above the last sample.
        effective: number of independent samples that know as much of this quantile.
    """

    value: float
    low: float
    high: float
    effective: float


def autocorrelation_time(x: ArrayLike) -> float:
    """Integrated autocorrelation time of the sequence, in samples; at least 1.

    One plus twice the sum of autocorrelations, cut off by Geyer's initial monotone positive sequence: sums
    of neighbouring pairs of autocovariances are added as long as they are positive, each no larger than
    the one before (Geyer, Practical Markov chain Monte Carlo, Statistical Science 7, 1992, section 3.3).
    Autocovariances come from one FFT.  A constant sequence has time 1.

    Of more than 2^16 samples, sums of neighbours are transformed instead: their total is the same and so is its
    variance, which is all that the time says (batch means, with Geyer's sequence for what is between
    batches).  Memory and time of the FFT are bounded so.
    """
    values = np.asarray(x, np.float64)
    if values.size < 4:
        return 1.0
    values = values - values.mean()
    largest = float(np.abs(values).max())
    if largest == 0.0:
        return 1.0
    values = values / largest
    group = -(-values.size // _MOST_TRANSFORMED)
    alone = float(np.mean(values**2))
    if group > 1:
        values = values[: values.size - values.size % group].reshape(-1, group).sum(axis=1)
    n = values.size
    size = fft.next_fast_len(2 * n, real=True)
    spectrum = fft.rfft(values, size)
    covariance = fft.irfft(np.abs(spectrum) ** 2, size)[:n] / n
    if covariance[0] <= 0:
        return 1.0
    even = covariance[: n - n % 2]
    pairs = even[0::2] + even[1::2]
    negative = np.flatnonzero(pairs <= 0)
    positive: NDArray[np.float64] = pairs[: negative[0]] if negative.size else pairs
    total = float(np.minimum.accumulate(positive).sum()) if positive.size else 0.0
    time = 2.0 * total / float(covariance[0]) - 1.0
    return float(max(1.0, time * float(covariance[0]) / (group * alone)))


def quantile_interval(x: ArrayLike, p: float, confidence: float = 0.95) -> QuantileInterval:
    """The quantile ``p`` of one run's samples, in the order taken, with an interval that knows of their dependence.

    The ranks are n p -+ z sqrt(n p (1 - p) t), t being the autocorrelation time of the indicator that a sample
    does not exceed the quantile: what dependence does to the count of such samples.  Raises ValueError
    unless 0 < p < 1, or if there is no sample or one is not finite.
    """
    samples = np.asarray(x, np.float64)
    if not 0 < p < 1:
        raise ValueError(f"{p} is no probability of a quantile")
    if samples.size == 0 or not np.isfinite(samples).all():
        raise ValueError("a quantile needs samples, all of them finite")
    n = samples.size
    value = float(np.quantile(samples, p))
    time = autocorrelation_time(samples <= value)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(n * p * (1 - p) * time)
    below, above = floor(n * p - half), ceil(n * p + half)
    ranks = [rank for rank in (below - 1, above - 1) if 0 <= rank < n]
    ordered = np.partition(samples, ranks) if ranks else samples
    return QuantileInterval(
        value=value,
        low=float(ordered[below - 1]) if below >= 1 else -np.inf,
        high=float(ordered[above - 1]) if above <= n else np.inf,
        effective=n / time,
    )


def events_beyond(x: NDArray[np.float64], value: float, p: float) -> float:
    """How many independent samples' worth lies beyond the quantile ``p``, whose value is given: the lesser side."""
    return float(x.size / autocorrelation_time(x <= value) * min(p, 1 - p))


def tail_is_known(x: ArrayLike, p: float) -> bool:
    """Whether at least ten independent samples' worth lies beyond the quantile ``p``: without, none is printed."""
    samples = np.asarray(x, np.float64)
    if samples.size * min(p, 1 - p) < TAIL_EVENTS:
        return False
    return events_beyond(samples, float(np.quantile(samples, p)), p) >= TAIL_EVENTS
