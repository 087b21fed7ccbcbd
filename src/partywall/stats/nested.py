"""Intervals of every confidence that the runs can give, one inside the other, and what they decide together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from partywall.stats.intervals import checked_runs

__all__ = [
    "Nested",
    "holm",
    "nested_difference",
    "nested_median",
    "nested_shift",
    "rank_sum_distribution",
    "signed_rank_distribution",
]

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Nested:
    """Intervals from the widest to the narrowest, each of shape (intervals,).

    Attributes:
        low, high: their ends, in the unit of the values.
        error: probability that an interval does not hold the truth: 1 - coverage; it rises.
    """

    low: _Array
    high: _Array
    error: _Array

    def at(self, confidence: float) -> tuple[float, float] | None:
        """The narrowest interval whose coverage is at least ``confidence``; None if even the widest has less."""
        place = int(np.count_nonzero(self.error <= 1.0 - confidence)) - 1
        return None if place < 0 else (float(self.low[place]), float(self.high[place]))

    @property
    def middle(self) -> float:
        """The median of what the intervals are made of: the middle of the narrowest."""
        return float(self.low[-1] + self.high[-1]) / 2

    def widened(self, by: float) -> "Nested":
        """The same intervals, ``by`` wider on each side."""
        return Nested(self.low - by, self.high + by, self.error)

    def mapped(self, increasing: Callable[[_Array], _Array]) -> "Nested":
        """The intervals of a quantity that rises with this one."""
        return Nested(increasing(self.low), increasing(self.high), self.error)

    def least_error(self, decides: Callable[[float, float], bool]) -> float:
        """The p-value of a decision: the error of the widest interval that still makes it; 1 if none does.

        A decision that a wider interval makes, a narrower one inside of it must make as well.
        """
        first, last = 0, self.error.size
        while first < last:
            middle = (first + last) // 2
            if decides(float(self.low[middle]), float(self.high[middle])):
                last = middle
            else:
                first = middle + 1
        return float(self.error[first]) if first < self.error.size else 1.0


def _nest(ordered: _Array, tail: _Array) -> Nested:
    """Intervals from the k-th smallest to the k-th largest value; ``tail[k - 1]`` is P(statistic <= k - 1)."""
    half = (ordered.size + 1) // 2
    error = np.minimum(2.0 * tail[:half], 1.0)
    return Nested(ordered[:half], ordered[::-1][:half], error)


def nested_median(values: ArrayLike) -> Nested:
    """The order-statistic intervals of `median_interval`, of every rank; ``values`` has shape (runs,)."""
    x = np.sort(checked_runs(values, 0.95))
    return _nest(x, bdtr(np.arange(x.size), x.size, 0.5))


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


def nested_difference(a: ArrayLike, b: ArrayLike) -> Nested:
    """The signed-rank intervals of `paired_difference`, of every rank; both arguments have shape (runs,)."""
    first, second = checked_runs(a, 0.95), checked_runs(b, 0.95)
    if first.size != second.size:
        raise ValueError(f"{first.size} runs cannot be paired with {second.size}")
    d = first - second
    i, j = np.triu_indices(d.size)
    return _nest(np.sort((d[i] + d[j]) / 2), np.cumsum(signed_rank_distribution(d.size)))


def rank_sum_distribution(n: int, m: int) -> _Array:
    """Null distribution of the Mann-Whitney statistic U of samples of ``n`` and ``m`` values.

    Returns P(U = u) for u = 0 ... n m.  The counts are the coefficients of the Gaussian binomial
    (n + m choose n), the product of (1 - z^(m + i)) / (1 - z^i) over i = 1 ... n (Mann & Whitney, Annals of
    Mathematical Statistics 18, 1947; Andrews, The Theory of Partitions, 1976, section 3.2); each is divided by the
    number of orders as it grows, so that none overflows.
    """
    p = np.zeros(n * m + 1)
    p[0] = 1.0
    for i in range(1, n + 1):
        # The quotient is exact: multiply by 1 - z^(m + i), then sum with stride i.
        if m + i <= n * m:
            p[m + i :] -= p[: -(m + i)].copy()
        for start in range(i):
            p[start::i] = np.cumsum(p[start::i])
        p *= i / (m + i)
    return np.maximum(p, 0.0)


def nested_shift(a: ArrayLike, b: ArrayLike) -> Nested:
    """Intervals of the shift from ``b`` to ``a``, two independent samples of shape (runs,), not necessarily equal.

    They run from the k-th smallest to the k-th largest of all differences a_i - b_j, and cover with
    1 - 2 P(U <= k - 1) where the two distributions differ in their place only (Hodges & Lehmann 1963; Hollander, Wolfe
    & Chicken, Nonparametric Statistical Methods, 2014, section 4.3).
    """
    first, second = checked_runs(a, 0.95), checked_runs(b, 0.95)
    if not first.size or not second.size:
        raise ValueError("a shift needs runs on both sides")
    ordered = np.sort((first[:, None] - second[None, :]).ravel())
    return _nest(ordered, np.cumsum(rank_sum_distribution(first.size, second.size)))


def holm(p: ArrayLike) -> _Array:
    """The p-values adjusted for being many, in their order, shape (decisions,).

    Holm's step-down: the i-th smallest of m is multiplied by m - i + 1, and none is less than the one before.
    Deciding all that are at most 5 % decides anything falsely with probability 5 % at most, whatever depends on what
    (Holm, Scandinavian Journal of Statistics 6, 1979).
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    scaled = values[order] * np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
