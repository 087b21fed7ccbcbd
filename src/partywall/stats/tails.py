"""How heavy the upper tail of a run's samples is, and whether a mean of them means anything."""

from collections.abc import Iterable
from math import ceil, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partywall.model import Estimate

__all__ = ["LEAST_INDEX", "Excess", "excess_count", "tail_excess", "tail_index"]

LEAST_INDEX = 2.0
"""Below it the variance is infinite, and a mean does not settle as one over the root of the samples."""

Excess = tuple[float, int]
"""Sum of the logarithms of a run's largest samples over the next smaller one, and how many these are."""

_LARGEST_SHARE = 20
_LEAST_EXCESSES = 100  # the index is then known to a tenth


def excess_count(n: int) -> int:
    """How many of ``n`` samples are the tail: the root of n, and no more than one in twenty.

    The root is the usual compromise (de Haan & Ferreira, Extreme Value Theory, 2006, section 3.2, ask only that
    the number grows and its share vanishes).  Of few samples it would reach into the body of the
    distribution, where even a normal one looks heavy.
    """
    return min(ceil(sqrt(n)), n // _LARGEST_SHARE)


def tail_excess(largest: NDArray[np.float64]) -> Excess:
    """What one run knows of its tail; ``largest`` holds its largest samples, one more than are the tail, in any order.

    Nothing (0 of 0) if the smallest of them is not above zero, as there are no logarithms then.
    """
    threshold = float(largest.min()) if largest.size else 0.0
    if largest.size < 2 or threshold <= 0:
        return 0.0, 0
    return float(np.sum(np.log(largest))) - largest.size * log(threshold), largest.size - 1


def tail_index(runs: Iterable[Excess], confidence: float = 0.95) -> Estimate | None:
    """Hill's estimate of the tail index from what each run knows; unit "1", infinite where there is no tail.

    The probability of a sample above x falls as x^-index.  The estimate is one over the mean logarithm of the
    largest samples over the next smaller one (Hill, A simple general approach to inference about the tail of a
    distribution, Annals of Statistics 3, 1975), here over the tails of all runs, each from its own threshold on.  Its
    standard error is the index over the root of their number.  None if they are fewer than a hundred.
    """
    known = list(runs)
    count = sum(number for _, number in known)
    if count < _LEAST_EXCESSES:
        return None
    # What rounding makes of equal samples is no excess.
    total = sum(excess for excess, _ in known)
    index = count / total if total > count * 1e-12 else float("inf")
    half = float(ndtri((1 + confidence) / 2)) / sqrt(count)
    return Estimate(value=index, low=index * (1 - half), high=index * (1 + half), unit="1", confidence=confidence)
