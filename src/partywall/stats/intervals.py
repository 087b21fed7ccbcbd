"""The exact interval for a median from order statistics."""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from partywall.model import Estimate

__all__ = ["RUN_COUNTS", "checked_runs", "interval_coverage", "median_interval", "round_up_runs", "widest_rank"]

RUN_COUNTS = (9, 12, 17, 20, 25, 30, 37)
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
    """Median of one value per run with its exact order-statistic interval.

    ``values`` has shape (runs,) and is in ``unit``, as is the result.  The interval runs from the k-th
    smallest to the k-th largest value, k being the largest whose coverage (see `interval_coverage`) is
    at least ``confidence``.  Raises ValueError if a value is not finite or if the runs are too few for
    any k: at 0.95 six are needed.
    """
    x = np.sort(checked_runs(values, confidence))
    n = x.size
    k = widest_rank(n, confidence)
    if k == 0:
        raise ValueError(f"{n} runs are too few for an interval with confidence {confidence:g}")
    return Estimate(
        value=float(np.median(x)),
        low=float(x[k - 1]),
        high=float(x[n - k]),
        unit=unit,
        confidence=confidence,
    )


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
