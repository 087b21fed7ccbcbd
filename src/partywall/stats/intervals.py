"""The interval for a median from order statistics."""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from partywall.model import Estimate

__all__ = [
    "RUN_COUNTS",
    "checked_runs",
    "gap_beside",
    "interpolated",
    "interval_coverage",
    "median_interval",
    "round_up_runs",
    "seen_range",
    "widest_rank",
]

RUN_COUNTS = (9, 12, 17, 20, 25, 30, 37)
_GAP = 1.0
_TIGHT_COVERAGE = 0.962  # the most that a run count of the list above wastes


def interval_coverage(n: int, k: int) -> float:
    """Probability that the k-th smallest and k-th largest of ``n`` values enclose the median.

    It is 1 - 2 P(B <= k - 1) with B from the binomial(n, 1/2), and holds for every continuous
    distribution (David & Nagaraja, Order Statistics, 2003, section 7.1).  Raises ValueError unless
    1 <= k <= (n + 1) / 2.
    """
    if not 1 <= k <= (n + 1) // 2:
        raise ValueError(f"order statistic {k} of {n} values has no mirror image above it")
    return 1.0 - 2.0 * float(bdtr(k - 1, n, 0.5))


def widest_rank(n: int, confidence: float) -> int:
    """The largest k whose interval covers with at least ``confidence``; 0 if there is none."""
    ranks = range(1, n // 2 + 1)
    return bisect_left(ranks, True, key=lambda k: interval_coverage(n, k) < confidence)


def checked_runs(values: ArrayLike, confidence: float) -> NDArray[np.float64]:
    """``values`` as floats, shape (runs,); ValueError if one is not finite or ``confidence`` is senseless."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"run values have {x.ndim} dimensions, not one")
    if not np.isfinite(x).all():
        raise ValueError("a run value is not a finite number")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence {confidence} does not lie between 0 and 1")
    return x


def median_interval(values: ArrayLike, confidence: float = 0.95, unit: str = "s") -> Estimate:
    """Median of one value per run with its interval from order statistics.

    ``values`` has shape (runs,) and is in ``unit``, as is the result.  The interval runs from the k-th smallest
    to the k-th largest value, k being the largest whose coverage (see `interval_coverage`) is at least
    ``confidence``: exact for every continuous distribution.  Where that covers by more than 1.2 points too much,
    which it does not for the run counts of `round_up_runs`, and no gap lies beside the ends, they are moved
    towards the next order statistic (see `interpolated`).  Raises ValueError if a value is not finite or if
    the runs are too few for any k: at 0.95 six are needed.
    """
    x = np.sort(checked_runs(values, confidence))
    n = x.size
    k = widest_rank(n, confidence)
    if k == 0:
        raise ValueError(f"{n} runs are too few for an interval with confidence {confidence:g}")
    low, high = float(x[k - 1]), float(x[n - k])
    spare = interval_coverage(n, k) - confidence
    if spare > _TIGHT_COVERAGE - 0.95 and k < (n + 1) // 2 and not gap_beside(x, k):
        low, high = interpolated(x, k, confidence)
    return Estimate(value=float(np.median(x)), low=low, high=high, unit=unit, confidence=confidence)


def seen_range(values: ArrayLike, unit: str = "s") -> Estimate:
    """Median and range of values too few for an interval, in ``unit``, with the confidence that the range has.

    The least and the greatest of n values enclose the median with probability 1 - 2^(1 - n).  ``values`` has shape
    (n,), n of 1 at least.  Raises ValueError if one is not finite.
    """
    x = checked_runs(values, 0.95)
    return Estimate(
        value=float(np.median(x)),
        low=float(x.min()),
        high=float(x.max()),
        unit=unit,
        confidence=1 - 2.0 ** (1 - x.size),
    )


def interpolated(x: NDArray[np.float64], k: int, confidence: float) -> tuple[float, float]:
    """Ends between the k-th and the next order statistics of sorted values, for the confidence between theirs.

    With g(k) the coverage of rank k and I = (g(k) - confidence) / (g(k) - g(k + 1)) the ends are moved by the share
    (n - k) I / (k + (n - 2 k) I) of the spacing (Hettmansperger & Sheather, Confidence intervals based on
    interpolated order statistics, Statistics & Probability Letters 4, 1986).  It is exact for the double
    exponential distribution and nearly so for all whose density has no gap there.
    """
    n = x.size
    part = (interval_coverage(n, k) - confidence) / (interval_coverage(n, k) - interval_coverage(n, k + 1))
    share = (n - k) * part / (k + (n - 2 * k) * part)
    low = x[k - 1] + share * (x[k] - x[k - 1])
    high = x[n - k] - share * (x[n - k] - x[n - k - 1])
    return float(low), float(high)


def gap_beside(x: NDArray[np.float64], k: int) -> bool:
    """Whether a spacing that an end of the interval would be moved into is a gap in the distribution.

    It is if it is wider than all of the interval between the two such spacings: between two modes no
    value lies, and an end moved into there would leave out the mode that holds the median.
    """
    n = x.size
    inner = float(x[n - k - 1] - x[k])
    return max(float(x[k] - x[k - 1]), float(x[n - k] - x[n - k - 1])) > _GAP * inner


def round_up_runs(n: int) -> int:
    """The next number of runs, ``n`` or more, whose 95 % interval wastes little: 9, 12, 17, 20, 25, ...

    Up to 37 the list is fixed; beyond, a number counts if the coverage of its interval is at most 96.2 %.
    """
    for count in RUN_COUNTS:
        if n <= count:
            return count
    while interval_coverage(n, widest_rank(n, 0.95)) > _TIGHT_COVERAGE:
        n += 1
    return n
