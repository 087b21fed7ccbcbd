"""Where functions that differ from run to run meet a bound."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partywall.stats.intervals import widest_rank

__all__ = ["REACH", "Curves", "combine", "median_of_open", "reach"]

REACH = 2.0
"""How far beyond the highest level, as a multiple of it, a model is asked at all."""

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """One piecewise linear function of one factor for each run, all with the same knots.

    Attributes:
        x: the knots, rising, shape (knots,), at least two.
        y: the values there, shape (runs, knots).
        gaps: whether the way to the next knot only joins two pieces, shape (knots - 1,): a break lies
            somewhere in it.
    """

    x: _Array
    y: _Array
    gaps: NDArray[np.bool_]

    def at(self, x: _Array) -> _Array:
        """The values at ``x``, shape (runs, x.size); beyond the knots the outermost line goes on."""
        piece = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, self.x.size - 2)
        left, right = self.x[piece], self.x[piece + 1]
        share = (x - left) / (right - left)
        result: _Array = self.y[:, piece] * (1 - share) + self.y[:, piece + 1] * share
        return result

    def in_gap(self, x: _Array) -> NDArray[np.bool_]:
        """Whether each of ``x`` lies between two pieces."""
        piece = np.searchsorted(self.x, x, side="right") - 1
        inside = (piece >= 0) & (piece < self.gaps.size)
        return inside & self.gaps[np.clip(piece, 0, self.gaps.size - 1)]


def combine(first: Curves, second: Curves, factor: float) -> Curves:
    """``first`` - ``factor`` * ``second``, run by run, where both were measured."""
    low, high = max(first.x[0], second.x[0]), min(first.x[-1], second.x[-1])
    if not low < high:
        raise ValueError("the two were not measured over a common range")
    x = np.unique(np.concatenate([first.x, second.x, [low, high]]))
    x = x[(x >= low) & (x <= high)]
    middle = (x[:-1] + x[1:]) / 2
    return Curves(x=x, y=first.at(x) - factor * second.at(x), gaps=first.in_gap(middle) | second.in_gap(middle))


def reach(curves: Curves, slack: float = 0.0) -> tuple[_Array, _Array, _Array]:
    """The first x at which each run's function is zero or more: earliest, as fitted, latest; shape (runs,) each.

    ``slack`` is how far the functions as a whole may be off: the earliest is where the function plus ``slack``
    reaches zero, the latest where the function less ``slack`` does.  Between two pieces the one is the
    gap's lower end and the other its upper.  A run that starts at zero or more has -inf; one that gets there
    only beyond `REACH` times the highest level, or never, has +inf.
    """
    x, y = curves.x, curves.y
    limit = REACH * x[-1]
    if limit > x[-1]:
        y = np.column_stack([y, curves.at(np.array([limit]))])
        x = np.append(x, limit)
    gaps = np.append(curves.gaps, False)
    return (
        _first(x, y + slack, gaps, 0.0),
        _first(x, y, gaps, None),
        _first(x, y - slack, gaps, 1.0),
    )


def _first(x: _Array, y: _Array, gaps: NDArray[np.bool_], in_gap: float | None) -> _Array:
    """Where each row first reaches zero; in a gap the given share of it."""
    result = np.full(len(y), np.inf)
    for run, row in enumerate(y):
        there = np.flatnonzero(row >= 0)
        if there.size == 0:
            continue
        k = int(there[0])
        if k == 0:
            result[run] = -np.inf
            continue
        share = row[k - 1] / (row[k - 1] - row[k])
        if in_gap is not None and gaps[k - 1]:
            share = in_gap
        result[run] = x[k - 1] + share * (x[k] - x[k - 1])
    return result


def median_of_open(earliest: _Array, fitted: _Array, latest: _Array, confidence: float = 0.95) -> tuple[float, ...]:
    """The median of ``fitted`` over runs with its exact interval: low, value, high, each of which may be infinite.

    The interval runs from the k-th smallest of ``earliest`` to the k-th largest of ``latest``, with the rank k of
    `median_interval`: an order statistic does not ask how far away the values beyond it are, so that nothing is
    interpolated here.  Raises ValueError if the runs are too few.
    """
    n = fitted.size
    k = widest_rank(n, confidence)
    if k == 0:
        raise ValueError(f"{n} runs are too few for an interval with confidence {confidence:g}")
    middle = np.sort(fitted)[[(n - 1) // 2, n // 2]]
    value = float(middle.mean()) if np.isfinite(middle).all() else float(middle[np.isinf(middle)][-1])
    return float(np.sort(earliest)[k - 1]), value, float(np.sort(latest)[n - k])
