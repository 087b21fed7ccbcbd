"""Differences and ratios of two cells, paired run by run."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partywall.model import Estimate
from partywall.stats.intervals import checked_runs

__all__ = ["paired_difference", "paired_ratio", "signed_rank_distribution"]


def signed_rank_distribution(n: int) -> NDArray[np.float64]:
    """Null distribution of Wilcoxon's signed-rank statistic for ``n`` pairs.

    Returns P(W = w) for w = 0 ... n (n + 1) / 2.  Under the null each rank counts or not with
    probability 1/2, so the distribution is the product of (1 + z^i) / 2 over the ranks i
    (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 2014, section 3.1).
    """
    p = np.zeros(n * (n + 1) // 2 + 1)
    p[0] = 1.0
    for rank in range(1, n + 1):
        shifted = np.zeros_like(p)
        shifted[rank:] = p[:-rank]
        p = (p + shifted) / 2
    return p


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95, unit: str = "s") -> Estimate:
    """Hodges-Lehmann estimate of a - b with its exact signed-rank interval.

    ``a`` and ``b`` hold one value per run in ``unit``, shape (runs,), the same run at the same place.
    The estimate is the median of the Walsh averages (d_i + d_j) / 2, i <= j, of d = a - b; the interval
    runs from the k-th smallest to the k-th largest of them, k being the largest with
    1 - 2 P(W <= k - 1) >= ``confidence`` (Hollander, Wolfe & Chicken, 2014, sections 3.2 and 3.3).  It
    assumes that the differences are symmetric about their centre.  Raises ValueError if the shapes
    differ, a value is not finite, or the runs are too few: at 0.95 six are needed.
    """
    first, second = checked_runs(a, confidence), checked_runs(b, confidence)
    if first.size != second.size:
        raise ValueError(f"{first.size} runs cannot be paired with {second.size}")
    d = first - second
    n = d.size
    below = np.cumsum(signed_rank_distribution(n))
    k = int(np.count_nonzero(1.0 - 2.0 * below >= confidence))
    if k == 0:
        raise ValueError(f"{n} paired runs are too few for an interval with confidence {confidence:g}")
    i, j = np.triu_indices(n)
    walsh = np.sort((d[i] + d[j]) / 2)
    return Estimate(
        value=float(np.median(walsh)),
        low=float(walsh[k - 1]),
        high=float(walsh[-k]),
        unit=unit,
        confidence=confidence,
    )


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
