"""Cost models: a straight line in several factors, and a line in pieces in one, fitted run by run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partywall.stats.intervals import median_interval

__all__ = [
    "MIN_LEVELS",
    "TOLERANCE",
    "LinearFit",
    "SegmentedFit",
    "collinear",
    "fit_linear",
    "fit_segments",
    "relative_scale",
    "segment_starts",
]

TOLERANCE = 0.10
"""The share by which a cell may lie off its model; fixed before any data."""

MIN_LEVELS = 3
"""Levels that a straight line is fitted to at least: two would leave nothing to test it with."""

_Array = NDArray[np.float64]

# A misfit that the tolerance would let pass four times over is no reason for another piece.
_RESOLUTION = TOLERANCE / 4
# A piece more is a break and a line more: three parameters, each worth ln n (Schwarz 1978; Yao 1988).
_PIECE_PARAMETERS = 3
_RANK_TOLERANCE = 1e-9
_MAD_TO_SIGMA = 1.4826
_MEDIAN_TO_MEAN = 1.2533


@dataclass(frozen=True)
class LinearFit:
    """One straight line (or plane) for each run.

    Attributes:
        coefficients: the constant, then one for each factor; shape (runs, 1 + factors).
        fitted: what it gives for each cell, shape (runs, cells).
        sensitivity: change of each coefficient with each cell's value, shape (1 + factors, cells).
    """

    coefficients: _Array
    fitted: _Array
    sensitivity: _Array


@dataclass(frozen=True)
class SegmentedFit:
    """A line in pieces for each run, all of them broken at the same places.

    Attributes:
        starts: index of each piece's first level; the first is 0.
        pieces: the line of each piece.
        breaks: for each break the two levels that it lies between, widened over the runs' own breaks.
        fitted: what it gives for each level, shape (runs, levels).
    """

    starts: tuple[int, ...]
    pieces: tuple[LinearFit, ...]
    breaks: tuple[tuple[float, float], ...]
    fitted: _Array


def relative_scale(y: ArrayLike) -> _Array:
    """What residuals are measured in: each cell's median over runs, without its sign.

    ``y`` has shape (runs, cells).  A cell whose median is zero takes the smallest of the others, or 1 if all are
    zero.  Raises ValueError if a value is not finite.
    """
    values = np.asarray(y, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a run value is not a finite number")
    size = np.abs(np.median(values, axis=0))
    least = size[size > 0].min() if size.any() else 1.0
    result: _Array = np.where(size > 0, size, least)
    return result


def _weighted(x: _Array, scale: _Array) -> tuple[_Array, _Array]:
    """The weighted design with columns of length one, and those lengths."""
    design = np.column_stack([np.ones(len(x)), x]) / scale[:, None]
    lengths = np.sqrt((design**2).sum(axis=0))
    lengths[lengths == 0] = 1.0
    return design / lengths, lengths


def _rank(design: _Array) -> int:
    singular = np.linalg.svd(design, compute_uv=False)
    return int(np.count_nonzero(singular > _RANK_TOLERANCE * singular[0]))


def collinear(x: ArrayLike, scale: ArrayLike) -> tuple[int, ...]:
    """Columns of ``x``, shape (cells, factors), that the constant and the other columns determine."""
    design, _ = _weighted(np.asarray(x, dtype=np.float64), np.asarray(scale, dtype=np.float64))
    rank = _rank(design)
    if rank == design.shape[1]:
        return ()
    return tuple(j - 1 for j in range(1, design.shape[1]) if _rank(np.delete(design, j, axis=1)) == rank)


def fit_linear(x: ArrayLike, y: ArrayLike, scale: ArrayLike) -> LinearFit:
    """Fit y = constant + sum of coefficient * x to every run, by weighted least squares.

    ``x`` has shape (cells, factors), ``y`` (runs, cells), ``scale`` (cells,).  The sum of squares of
    (y - fitted) / scale is least, so that with the scale of `relative_scale` it is relative errors that count,
    over however many orders of magnitude.  No sign is demanded of a coefficient.  Raises ValueError if the
    factors are collinear or the cells fewer than the coefficients.
    """
    factors, values = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    weights = 1 / np.asarray(scale, dtype=np.float64)
    design, lengths = _weighted(factors, 1 / weights)
    if _rank(design) < design.shape[1]:
        raise ValueError("the factors are collinear")
    sensitivity = np.linalg.pinv(design) / lengths[:, None] * weights
    coefficients = values @ sensitivity.T
    fitted = coefficients[:, :1] + coefficients[:, 1:] @ factors.T
    return LinearFit(coefficients=coefficients, fitted=fitted, sensitivity=sensitivity)


def _costs(x: _Array, z: _Array) -> _Array:
    """Weighted squares left by one line through levels i to j - 1: shape (rows, levels + 1, levels + 1).

    ``z`` holds values over their scale, shape (rows, levels); ``x`` both columns of the weighted design.
    """
    rows, n = z.shape
    cost = np.full((rows, n + 1, n + 1), np.inf)
    for i in range(n):
        for j in range(i + MIN_LEVELS, n + 1):
            part = x[i:j]
            q, _ = np.linalg.qr(part / np.maximum(np.sqrt((part**2).sum(axis=0)), np.finfo(float).tiny))
            left = z[:, i:j] - (z[:, i:j] @ q) @ q.T
            cost[:, i, j] = (left**2).sum(axis=1)
    return cost


def _partitions(cost: _Array, most: int) -> list[tuple[_Array, NDArray[np.intp]]]:
    """The least cost of 1, 2, ... ``most`` pieces in each row, and the starts of those pieces.

    Optimal partition by dynamic programming over the last piece (Auger & Lawrence 1989).
    """
    rows, n = cost.shape[0], cost.shape[1] - 1
    best = cost[:, 0, :]
    back: list[NDArray[np.intp]] = []
    found = [(best[:, n], np.zeros((rows, 1), np.intp))]
    for pieces in range(2, most + 1):
        whole = best[:, :, None] + cost
        back.append(whole.argmin(axis=1))
        best = whole.min(axis=1)
        starts = np.zeros((rows, pieces), np.intp)
        end = np.full(rows, n)
        for k in range(pieces - 1, 0, -1):
            end = back[k - 1][np.arange(rows), end]
            starts[:, k] = end
        found.append((best[:, n], starts))
    return found


def _noise(y: _Array, scale: _Array) -> float:
    """Variance of a level's median over runs, over its scale: the median of the levels'."""
    spread = np.median(np.abs(y - np.median(y, axis=0)), axis=0) / scale
    return float(np.median((_MEDIAN_TO_MEAN * _MAD_TO_SIGMA * spread) ** 2)) / len(y)


def segment_starts(x: ArrayLike, y: ArrayLike, scale: ArrayLike) -> tuple[int, ...]:
    """Index of the first level of each piece of the line in pieces that the medians over runs show.

    ``x`` has shape (levels,) and rises, ``y`` (runs, levels), ``scale`` (levels,).  Every piece has three levels
    at least, and pieces need not meet.  Their number makes the weighted sum of squares plus 3 ln(levels)
    sigma^2 for each piece least; sigma^2 is the noise of a level's median plus a resolution of 2.5 %.
    """
    levels, values, size = (np.asarray(a, dtype=np.float64) for a in (x, y, scale))
    design = np.column_stack([np.ones(levels.size), levels]) / size[:, None]
    cost = _costs(design, np.median(values, axis=0)[None, :] / size)
    found = _partitions(cost, max(1, levels.size // MIN_LEVELS))
    penalty = _PIECE_PARAMETERS * np.log(levels.size) * (_noise(values, size) + _RESOLUTION**2)
    totals = [float(left[0]) + penalty * pieces for pieces, (left, _) in enumerate(found, 1)]
    return tuple(int(start) for start in found[int(np.argmin(totals))][1][0])


def fit_segments(x: ArrayLike, y: ArrayLike, scale: ArrayLike) -> SegmentedFit:
    """Fit a line in pieces to every run: `segment_starts` says where, `fit_linear` what.

    The arguments are those of `segment_starts`.  Each run is also broken into as many pieces on its own; a break
    is given as the two levels it lies between, of all the runs' breaks in the exact interval of their median.
    Raises ValueError if there are fewer than three levels, or runs too few for an interval.
    """
    levels, values, size = (np.asarray(a, dtype=np.float64) for a in (x, y, scale))
    if levels.size < MIN_LEVELS:
        raise ValueError(f"{levels.size} levels, at least {MIN_LEVELS} are needed")
    starts = segment_starts(levels, values, size)
    ends = (*starts[1:], levels.size)
    pieces = tuple(fit_linear(levels[i:j, None], values[:, i:j], size[i:j]) for i, j in zip(starts, ends, strict=True))
    return SegmentedFit(
        starts=starts,
        pieces=pieces,
        breaks=_breaks(levels, values, size, starts),
        fitted=np.hstack([piece.fitted for piece in pieces]),
    )


def _breaks(x: _Array, y: _Array, scale: _Array, starts: Sequence[int]) -> tuple[tuple[float, float], ...]:
    if len(starts) == 1:
        return ()
    design = np.column_stack([np.ones(x.size), x]) / scale[:, None]
    own = _partitions(_costs(design, y / scale), len(starts))[-1][1]
    found = []
    for k, start in enumerate(starts[1:], 1):
        over_runs = median_interval(own[:, k])
        first, last = min(start, int(over_runs.low)), max(start, int(over_runs.high))
        found.append((float(x[first - 1]), float(x[last])))
    return tuple(found)
