"""Differences and ratios of two cells, paired run by run."""

import numpy as np
from numpy.typing import ArrayLike

from partywall.model import Estimate
from partywall.stats.intervals import checked_runs
from partywall.stats.nested import nested_difference

__all__ = ["paired_difference", "paired_ratio"]


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95, unit: str = "s") -> Estimate:
    """Hodges-Lehmann estimate of a - b with its exact signed-rank interval.

    ``a`` and ``b`` hold one value per run in ``unit``, shape (runs,), the same run at the same place.
    The estimate is the median of the Walsh averages (d_i + d_j) / 2, i <= j, of d = a - b; the interval
    runs from the k-th smallest to the k-th largest of them, k being the largest with
    1 - 2 P(W <= k - 1) >= ``confidence`` (Hollander, Wolfe & Chicken, 2014, sections 3.2 and 3.3).  It
    assumes that the differences are symmetric about their centre.  Raises ValueError if the shapes
    differ, a value is not finite, or the runs are too few: at 0.95 six are needed.
    """
    difference = nested_difference(checked_runs(a, confidence), checked_runs(b, confidence))
    interval = difference.at(confidence)
    if interval is None:
        raise ValueError(f"{np.size(a)} paired runs are too few for an interval with confidence {confidence:g}")
    return Estimate(value=difference.middle, low=interval[0], high=interval[1], unit=unit, confidence=confidence)


def paired_ratio(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The ratio a / b with its interval: `paired_difference` of the logarithms, taken back.

    ``a`` and ``b`` have shape (runs,) and one common unit; the result has unit "1".  Raises ValueError as
    `paired_difference` does, and if a value is not above zero.
    """
    first, second = checked_runs(a, confidence), checked_runs(b, confidence)
    if (first <= 0).any() or (second <= 0).any():
        raise ValueError("a ratio needs run values above zero")
    logs = paired_difference(np.log(first), np.log(second), confidence)
    value, low, high = (float(x) for x in np.exp([logs.value, logs.low, logs.high]))
    return Estimate(value=value, low=low, high=high, unit="1", confidence=confidence)
