"""Whether values taken one after the other are of one level or of several: by time and by value."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_BLOCKS", "Groups", "find_groups"]

MIN_BLOCKS = 6
"""Values of a series, at least, of which anything is said."""

_LEAST = 3  # blocks of a group of values
_LEAST_ARC = 2  # blocks of a stretch of time
_PARTED = 0.9
_PARTED_BY_BLOCKS = 0.6
_LEVEL = 0.02
_PERMUTATIONS = 999
_APART = 0.01
_CLIP_SIGMAS = 5.0
_MAD_TO_SIGMA = 1.4826
_DEEPEST = 4


@dataclass(frozen=True)
class Groups:
    """Groups of blocks.

    Attributes:
        groups: the blocks of each group in rising order; the group of the first block first.
        series: number of the series that tells the groups apart; -1 if there is one group.
    """

    groups: tuple[tuple[int, ...], ...]
    series: int


def find_groups(series: ArrayLike) -> Groups:
    """Judge several series over the same blocks; ``series`` has shape (series, blocks), all of it above zero.

    What is judged are logarithms, so that units do not matter.  There are several groups if

    - by value: parted in two groups of three blocks or more, at the best place, the groups explain more than
      0.9 + 0.6 / blocks of the sum of squares.  Of stable series less than 0.4 % do, whatever their distribution
      (normal, uniform, exponential, lognormal, t of 3 degrees, one in ten ten times as wide); or
    - by time: a stretch of blocks stands out from the rest.  The statistic is that of circular binary segmentation
      (Olshen et al., Biostatistics 5, 2004), the share of the sum of squares that a stretch explains, the largest
      over all stretches and series; its level of 2 % comes from 999 permutations of the blocks, the same for all
      series, and so is exact whatever the distribution, and however the series hang together.  Values farther
      than five sigma (by the median absolute deviation) from the median are moved there first.

    and only as far as their medians differ by 1 % or more.  Groups are divided further by the same rules, and
    stretches of one level are one group wherever they lie.

    ValueError if there are fewer than six blocks, or a value is not a positive finite number.
    """
    given = np.atleast_2d(np.asarray(series, np.float64))
    if given.shape[1] < MIN_BLOCKS:
        raise ValueError(f"{given.shape[1]} blocks are too few, at least {MIN_BLOCKS} are needed")
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise ValueError("a value is not a positive finite number")
    y = np.log(given)
    found = [(i, groups) for i, groups in enumerate(map(_by_value, y)) if len(groups) > 1]
    found += _by_time(y)
    best = max(found, key=lambda pair: _spread(y[pair[0]], pair[1]), default=None)
    if best is None:
        return Groups(groups=(tuple(range(y.shape[1])),), series=-1)
    return Groups(groups=tuple(sorted(tuple(sorted(map(int, group))) for group in best[1])), series=best[0])


_Parts = list[NDArray[np.intp]]


def _spread(y: NDArray[np.float64], groups: _Parts) -> float:
    levels = [float(np.median(y[group])) for group in groups]
    return max(levels) - min(levels)


def _by_value(y: NDArray[np.float64]) -> _Parts:
    """Groups of places that differ in their values, in rising order of these."""
    waiting = [np.argsort(y, kind="stable")]
    done: _Parts = []
    while waiting:
        group = waiting.pop()
        cut = _parting(y[group])
        if cut:
            waiting += [group[cut:], group[:cut]]
        else:
            done.append(group)
    return done


def _parting(values: NDArray[np.float64]) -> int:
    """Where values in rising order part into two groups; 0 if they do not."""
    n = values.size
    cuts = np.array([(0, cut) for cut in range(_LEAST, n - _LEAST + 1)], np.intp)
    if n < MIN_BLOCKS or not cuts.size:
        return 0
    explained = _explained(values, cuts)
    cut = int(cuts[np.argmax(explained), 1])
    apart = float(np.median(values[cut:]) - np.median(values[:cut]))
    parted = float(explained.max()) > _PARTED + _PARTED_BY_BLOCKS / n
    return cut if parted and apart >= np.log1p(_APART) else 0


def _by_time(y: NDArray[np.float64]) -> list[tuple[int, _Parts]]:
    """The series that a stretch stands out of, each with its groups; none unless one does among all of them."""
    clipped = _clipped(y)
    random = np.random.default_rng(0)
    most = _stretch(clipped, random)
    if most is None:
        return []
    found = []
    for one in range(y.shape[0]):
        known = most[1:] if one == most[0] else None
        edges = [0, *sorted(_cuts(clipped[one], 0, random, _DEEPEST, known)), y.shape[1]]
        groups = _levelled(y[one], [np.arange(a, b) for a, b in pairwise(edges)])
        if len(groups) > 1:
            found.append((one, groups))
    return found


def _clipped(y: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = np.median(y, axis=1, keepdims=True)
    sigma = _MAD_TO_SIGMA * np.median(np.abs(y - middle), axis=1, keepdims=True)
    # With more than half of the values equal nothing is known of their spread.
    reach = np.where(sigma > 0, _CLIP_SIGMAS * sigma, np.inf)
    return np.clip(y, middle - reach, middle + reach)


def _cuts(
    y: NDArray[np.float64], first: int, random: np.random.Generator, deeper: int, known: tuple[int, int] | None = None
) -> set[int]:
    """Borders of stretches in one series that begins at block ``first``; ``known`` is the first to be cut out."""
    n = y.size
    if known is None:
        found = _stretch(y[np.newaxis], random) if deeper and n >= MIN_BLOCKS else None
        if found is None:
            return set()
        known = found[1:]
    edges = sorted({0, *known, n})
    cuts = {first + edge for edge in edges[1:-1]}
    for a, b in pairwise(edges):
        cuts |= _cuts(y[a:b], first + a, random, deeper - 1)
    return cuts


def _stretch(y: NDArray[np.float64], random: np.random.Generator) -> tuple[int, int, int] | None:
    """Series, begin and end of the stretch that stands out most; None if none does."""
    n = y.shape[1]
    arcs = np.array(
        [(a, b) for a in range(n) for b in range(a + _LEAST_ARC, n + 1) if n - (b - a) >= _LEAST_ARC], np.intp
    )
    seen = _explained(y, arcs)
    most = float(seen.max())
    if most <= 0.0:
        return None
    order = np.argsort(random.random((_PERMUTATIONS, n)), axis=1)
    shuffled = _explained(y[:, order], arcs).max(axis=(0, 2))
    # Ties count against the finding.
    as_much = 1 + int((shuffled >= most * (1 - 1e-9)).sum())
    if as_much > _LEVEL * (_PERMUTATIONS + 1):
        return None
    one, arc = divmod(int(np.argmax(seen)), len(arcs))
    return one, int(arcs[arc, 0]), int(arcs[arc, 1])


def _explained(y: NDArray[np.float64], arcs: NDArray[np.intp]) -> NDArray[np.float64]:
    """Share of the sum of squares of ``y``, shape (..., blocks), that each stretch explains, shape (..., arcs)."""
    n = y.shape[-1]
    centred = y - y.mean(axis=-1, keepdims=True)
    sums = np.concatenate([np.zeros((*y.shape[:-1], 1)), np.cumsum(centred, axis=-1)], axis=-1)
    inside = sums[..., arcs[:, 1]] - sums[..., arcs[:, 0]]
    length = arcs[:, 1] - arcs[:, 0]
    total = (centred**2).sum(axis=-1, keepdims=True)
    # Rounding alone makes squares of a constant.
    known = total > 1e-24 * n
    return np.where(known, inside**2 * (1 / length + 1 / (n - length)) / np.where(known, total, 1.0), 0.0)


def _levelled(y: NDArray[np.float64], stretches: _Parts) -> _Parts:
    """Stretches of one level as one group: those less than 1 %, or less than two sigma of their noise, apart."""
    noise = np.concatenate([y[stretch] - np.median(y[stretch]) for stretch in stretches])
    least = max(float(np.log1p(_APART)), 2 * _MAD_TO_SIGMA * float(np.median(np.abs(noise))))
    groups = sorted(stretches, key=lambda stretch: float(np.median(y[stretch])))
    done = [groups[0]]
    for group in groups[1:]:
        if np.median(y[group]) - np.median(y[done[-1]]) < least:
            done[-1] = np.concatenate([done[-1], group])
        else:
            done.append(group)
    return done
