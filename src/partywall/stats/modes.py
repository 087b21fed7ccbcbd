"""Whether values gather around more than one level, and around which."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partywall.model import Mode

__all__ = ["FEWEST", "POINTS", "critical_excess", "excess_mass", "find_modes", "modes_within", "order_points"]

FEWEST = 6
"""Values without which two modes cannot be told from one."""

POINTS = 64
"""Order statistics that stand for one run's samples."""

_MOST_POINTS = 256
_MOST_MODES = 4
_SAME = 0.01
_TIED = 0.5
# Levels of density, relative to that of the middle 80 %, at which mass is compared: a factor of 2^(1/4) apart.
_DENSITIES = 0.8 * np.exp2(np.arange(-12, 13) / 4.0)
# 95th percentile of excess_mass x sqrt(n) for n values from the uniform distribution, 200,000 samples each.
_SIZES = (6, 7, 8, 9, 10, 12, 15, 17, 20, 25, 30, 37, 50, 64, 100, 150, 256)
_CRITICAL = (
    0.803,
    0.825,
    0.851,
    0.861,
    0.864,
    0.876,
    0.893,
    0.898,
    0.908,
    0.918,
    0.925,
    0.929,
    0.934,
    0.933,
    0.929,
    0.923,
    0.912,
)


def critical_excess(n: int) -> float:
    """What `excess_mass` of ``n`` values exceeds in 5 % of the samples from a uniform distribution.

    Of all distributions with one mode the uniform one is that with most excess (Hartigan & Hartigan, The dip
    test of unimodality, Annals of Statistics 13, 1985): others exceed it less often.
    """
    return float(np.interp(np.log(n), np.log(_SIZES), _CRITICAL)) / float(np.sqrt(n))


def excess_mass(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much two intervals hold more than one does, of each row; ``points`` has shape (rows, n), rows sorted.

    The excess mass of intervals at a density is the share of the points in them less the share that this density
    would put there.  Two modes are seen where two intervals have more of it than one, at the density where the
    difference is largest (Mueller & Sawitzki, Excess mass estimates and tests for multimodality, JASA 86,
    1991; twice Hartigan's dip if all densities are tried).  Here 25 densities are, relative to that of the middle
    80 % of the points.  Neither scale nor shift matter.
    """
    return _scan(points)[0]


def _scan(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`excess_mass` and the density at which it is found, of each row."""
    n = points.shape[1]
    low, high = np.quantile(points, (0.1, 0.9), axis=1)
    width = np.where(high > low, high - low, np.inf)
    density = _DENSITIES / width[:, None]
    gaps = np.diff(points, axis=1)
    share = 1.0 / n
    # Best one interval that ends at the point and best anywhere so far; the same for two.
    ends = np.full(density.shape, share)
    one, two = ends.copy(), ends.copy()
    ends_second = np.full(density.shape, -1.0)
    for i in range(n - 1):
        toll = density * gaps[:, i : i + 1]
        ends_second = np.maximum(ends_second - toll, one) + share
        ends = np.maximum(ends - toll, 0.0) + share
        np.maximum(one, ends, out=one)
        np.maximum(two, ends_second, out=two)
    excess = two - one
    best = excess.argmax(axis=1)
    rows = np.arange(points.shape[0])
    return excess[rows, best], density[rows, best]


def _valley(x: NDArray[np.float64], density: float) -> int:
    """Index of the first point of the second of the two intervals with most excess mass, or after the first one.

    The cut is the widest gap between the two.
    """
    share = 1.0 / x.size
    ends, begin = share, 0
    one, first = share, (0, 0)
    ends_second, pair = -1.0, ((0, 0), 0)
    two, best = -1.0, ((0, 0), 0)
    for i in range(1, x.size):
        toll = density * (x[i] - x[i - 1])
        if ends_second - toll > one:
            ends_second += share - toll
        else:
            ends_second, pair = one + share, (first, i)
        if ends - toll > 0.0:
            ends += share - toll
        else:
            ends, begin = share, i
        if ends > one:
            one, first = ends, (begin, i)
        if ends_second > two:
            two, best = ends_second, pair
    (_, last), second = best
    return last + 1 + int(np.argmax(np.diff(x[last : second + 1])))


def _spread_ties(x: NDArray[np.float64], grid: float) -> NDArray[np.float64]:
    """Sorted values with those that a grid made equal spread evenly over its step.

    Values that only a coarse clock makes equal would else be as many modes as there are ticks.
    """
    distinct = np.unique(x)
    if distinct.size < _TIED * x.size and distinct.size > 1:
        grid = max(grid, float(np.diff(distinct).min()))
    if grid <= 0.0:
        return x
    _, first, count = np.unique(np.round((x - x[0]) / grid), return_index=True, return_counts=True)
    place = (np.arange(x.size) - np.repeat(first, count) + 0.5) / np.repeat(count, count) - 0.5
    return np.asarray(np.sort(np.repeat(x[first], count) + grid * place))


def order_points(x: NDArray[np.float64], n: int, grid: float = 0.0) -> NDArray[np.float64]:
    """``n`` order statistics, evenly spaced, that stand for all values; ties of a coarse clock are spread."""
    ordered = _spread_ties(np.sort(x), grid)
    places = ((np.arange(n) + 0.5) * (ordered.size / n)).astype(int)
    return np.asarray(ordered[places])


def find_modes(values: ArrayLike, grid: float = 0.0) -> tuple[Mode, ...]:
    """The levels around which the values gather, lowest first: the median of those about it, and their share.

    One unless `excess_mass` is larger than chance makes it in 5 % of samples from a uniform distribution; then the
    values are cut at the widest gap between the two intervals, and both parts are looked at again.  Levels
    closer than 1 % are one.  ``grid`` is the step in which the values come, 0 if it is fine.  Raises
    ValueError if there is no value or one is not finite.
    """
    x = np.sort(np.asarray(values, np.float64))
    if x.size == 0 or not np.isfinite(x).all():
        raise ValueError("modes need values, all of them finite")
    parts = _parts(x, grid, _MOST_MODES)
    return tuple(Mode(value=float(np.median(part)), share=part.size / x.size) for part in parts)


def _parts(x: NDArray[np.float64], grid: float, most: int) -> list[NDArray[np.float64]]:
    if x.size < FEWEST or most < 2 or x[0] == x[-1]:
        return [x]
    n = min(x.size, _MOST_POINTS)
    points = order_points(x, n, grid)[None, :]
    excess, density = _scan(points)
    if excess[0] <= critical_excess(n):
        return [x]
    cut = _valley(points[0], float(density[0]))
    border = (points[0, cut - 1] + points[0, cut]) / 2
    below, above = x[x <= border], x[x > border]
    if min(below.size, above.size) == 0 or not _apart(below, above):
        return [x]
    lower = _parts(below, grid, most - 1)
    return [*lower, *_parts(above, grid, most - len(lower))]


def _apart(below: NDArray[np.float64], above: NDArray[np.float64]) -> bool:
    low, high = float(np.median(below)), float(np.median(above))
    return high - low >= _SAME * max(abs(low), abs(high))


def modes_within(runs: Sequence[NDArray[np.float64]]) -> tuple[Mode, ...]:
    """The modes of the samples of single runs; one item, or none, if most runs show no more than one.

    Each run is given by its `order_points`, of one number for all.  A cell has as many modes as more than
    half of its runs show, so that chance hardly ever makes any; value and share of each are the medians over the
    runs that show exactly as many, shares made to sum to one.
    """
    if not runs:
        return ()
    points = np.stack(runs)
    seen = excess_mass(points) > critical_excess(points.shape[1])
    if 2 * np.count_nonzero(seen) <= len(runs):
        return ()
    found = [find_modes(row) for row in points[seen]]
    counts = sorted((len(modes) for modes in found), reverse=True)
    count = counts[len(runs) // 2]
    alike = [modes for modes in found if len(modes) == count]
    if count < 2:
        return ()
    shares = [float(np.median([modes[i].share for modes in alike])) for i in range(count)]
    return tuple(
        Mode(value=float(np.median([modes[i].value for modes in alike])), share=shares[i] / sum(shares))
        for i in range(count)
    )
