"""What is kept of one run's samples."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partywall.stats.modes import POINTS, order_points
from partywall.stats.quantiles import TAIL_EVENTS, autocorrelation_time, events_beyond
from partywall.stats.shares import Batches, batches
from partywall.stats.steady import Steadiness, steadiness
from partywall.stats.tails import Excess, excess_count, tail_excess

__all__ = ["TAILS", "TRIM", "RunSummary", "kept_samples", "summarise"]

TAILS = {"floor": 0.01, "p99": 0.99, "p999": 0.999}
"""The percentiles of a run that only many samples know, and what they are."""

TRIM = 0.1
"""The share of a run's samples that its trimmed mean leaves out at each end."""

_MOST_FOR_MODES = 2048


@dataclass(frozen=True)
class RunSummary:
    """One run of one cell, in seconds per op or in the unit of a reading, from the steady part of its trials.

    Attributes:
        median: what `typical` is made of.
        mean: mean of the samples; None where the cell's tail is too heavy for one.
        trimmed: mean of the samples without the lowest and the highest tenth of them.
        floor: first percentile, of batches where a sample is a batch; None unless ten samples lie below it.
        p99: 99th percentile; None unless samples are single ops and ten of them lie above it.
        p999: the 99.9th, likewise.
        beyond: how many independent samples' worth lies beyond each of the percentiles that are given.
        samples: how many samples were taken.
        left_out: how many of them were warm-up.
        trials: what the change points of each trial say.
        batches: of each trial, for the shares of variance.
        excess: what the run knows of its upper tail.
        points: order statistics that stand for the samples, to look for modes in; None unless as many samples are
            independent.
    """

    median: float
    mean: float | None
    floor: float | None
    p99: float | None
    p999: float | None
    trimmed: float
    samples: int
    left_out: int = 0
    beyond: Mapping[str, float] = field(default_factory=dict)
    trials: tuple[Steadiness, ...] = ()
    batches: tuple[Batches, ...] = field(default=(), compare=False, repr=False)
    excess: Excess = (0.0, 0)
    points: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)


def kept_samples(x: NDArray[np.float64], seen: Steadiness) -> NDArray[np.float64]:
    """The samples of one trial that figures are made of: its last segment if it holds half, else all.

    Where no level holds for half of the trial there is no steady part, and none is chosen.
    """
    return x[seen.begins :] if seen.steady else x


def summarise(trials: Sequence[NDArray[np.float64]], per_op: bool, grid: float = 0.0) -> RunSummary:
    """Summarise one run from the samples of each of its trials, in the order taken.

    ``trials`` hold seconds per op, shape (samples,); ``per_op`` says that each sample is a single op, ``grid``
    in which step they come (0 if it is fine).  Percentiles interpolate linearly between order
    statistics (Hyndman & Fan 1996, type 7).  Raises ValueError if there is no sample or one is not finite.
    """
    if not trials or any(x.size == 0 for x in trials):
        raise ValueError("a run without samples has no summary")
    seen = tuple(map(steadiness, trials))
    kept = [kept_samples(x, one) for x, one in zip(trials, seen, strict=True)]
    x = kept[0] if len(kept) == 1 else np.concatenate(kept)
    wanted = {name: p for name, p in TAILS.items() if x.size * min(p, 1 - p) >= TAIL_EVENTS and (per_op or p < 0.5)}
    largest = excess_count(x.size)
    cut = int(TRIM * x.size)
    values, ordered = _order_statistics(x, [0.5, *wanted.values()], [cut, x.size - 1 - cut, x.size - largest - 1])
    with np.errstate(over="raise"):
        try:
            mean, trimmed = float(np.mean(x)), float(np.mean(ordered[cut : x.size - cut]))
        except FloatingPointError:
            raise ValueError("the sum of the samples is not a finite number") from None
    return RunSummary(
        median=values[0.5],
        mean=mean,
        trimmed=trimmed,
        floor=values.get(TAILS["floor"]),
        p99=values.get(TAILS["p99"]),
        p999=values.get(TAILS["p999"]),
        beyond={name: events_beyond(x, values[p], p) for name, p in wanted.items()},
        samples=sum(x.size for x in trials),
        left_out=sum(x.size for x in trials) - x.size,
        trials=seen,
        batches=tuple(batches(part, np.median) for part in kept),
        excess=tail_excess(ordered[x.size - largest - 1 :] if largest else ordered[:0]),
        points=_points(x, grid),
    )


def _order_statistics(
    x: NDArray[np.float64], wanted: list[float], places: list[int]
) -> tuple[dict[float, float], NDArray[np.float64]]:
    """Quantiles, and the samples so that none before one of the ``places`` is greater, none after it less."""
    last = x.size - 1
    ranks = {min(int(p * last) + i, last) for p in wanted for i in (0, 1)}
    ordered = np.partition(x, sorted(ranks.union(places)))
    found = {}
    for p in wanted:
        below, part = divmod(p * last, 1.0)
        low, high = float(ordered[int(below)]), float(ordered[min(int(below) + 1, last)])
        found[p] = low * (1.0 - part) + high * part if low != high else low
    return found, ordered


def _points(x: NDArray[np.float64], grid: float) -> NDArray[np.float64] | None:
    if x.size < POINTS:
        return None
    some = x[:: math.ceil(x.size / _MOST_FOR_MODES)]
    independent = some.size / autocorrelation_time(some <= np.median(some))
    return order_points(some, POINTS, grid) if independent >= POINTS else None
