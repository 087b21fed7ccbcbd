"""Synthetic durations whose truth is known: dependence, modes, tails, drift and coarse clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAMILIES", "MOST_RUNS", "ORDINARY", "SAMPLES", "Family"]

SAMPLES = 1001
"""Samples of a run: of 1001 the percentiles 1, 50 and 99 are order statistics, with nothing to interpolate."""

MOST_RUNS = 37
"""Runs of a repetition; intervals of fewer runs take the first of them."""

_Array = NDArray[np.float64]
_Within = Callable[[np.random.Generator, int, int], _Array]
_Between = Callable[[np.random.Generator, int, int], _Array]
_PHI = NormalDist().cdf


@dataclass(frozen=True)
class Family:
    """One kind of data, as multiples of a level of 1.

    Attributes:
        name: short, for tables.
        within: (random, runs, samples) to what the samples of each run are, shape (runs, samples).
        between: (random, repetitions, runs) to the level of each run, shape (repetitions, runs).
        cdf: distribution function of one sample of a run at level 1.
        step: of the clock; 0 for none.
        same_within: the samples of a run are those of an earlier family, so that nothing new is to be seen there.
    """

    name: str
    within: _Within
    between: _Between
    cdf: Callable[[float], float]
    step: float = 0.0
    same_within: bool = False

    def draw(self, random: np.random.Generator, repetitions: int, runs: int, scale: float = 1.0) -> _Array:
        """Durations of shape (repetitions, runs, `SAMPLES`), ``scale`` times as long as the level of 1."""
        x = self.within(random, repetitions * runs, SAMPLES).reshape(repetitions, runs, SAMPLES)
        x *= scale * self.between(random, repetitions, runs)[:, :, None]
        return self._clocked(random, x)

    def draw_runs(self, random: np.random.Generator, runs: int, samples: int) -> _Array:
        """The samples of so many runs, all of them at level 1, shape (runs, samples)."""
        return self._clocked(random, self.within(random, runs, samples))

    def quantile(self, p: float) -> float:
        """The exact quantile of one sample of a run at level 1."""
        if self.step:
            return self._coarse_quantile(p)
        low, high = 0.0, 1.0
        while self.cdf(high) < p:
            high *= 2
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.cdf(middle) < p else (low, middle)
        return high

    def _clocked(self, random: np.random.Generator, x: _Array) -> _Array:
        """What a clock with steps shows: it is read at the beginning, anywhere in a step, and at the end."""
        if not self.step:
            return x
        ticks: _Array = np.floor(random.random(x.shape) + x / self.step) * self.step
        return ticks

    def _coarse_quantile(self, p: float) -> float:
        phases = (np.arange(200) + 0.5) / 200
        k = 0
        while float(np.mean([self.cdf((k + 1 - phase) * self.step) for phase in phases])) < p:
            k += 1
        return float(np.floor(k) * self.step)


def _normal(spread: float) -> _Within:
    return lambda random, runs, samples: 1 + spread * random.standard_normal((runs, samples))


def _autoregressive(correlation: float, spread: float) -> _Within:
    def draw(random: np.random.Generator, runs: int, samples: int) -> _Array:
        z = random.standard_normal((samples, runs))
        z[1:] *= (1 - correlation**2) ** 0.5
        for t in range(1, samples):
            z[t] += correlation * z[t - 1]
        return np.ascontiguousarray(1 + spread * z.T)

    return draw


def _two_modes(share: float, gap: float, stay: int, spread: float) -> _Within:
    """Samples change between two modes; after ``stay`` samples on average the mode is drawn anew."""

    def draw(random: np.random.Generator, runs: int, samples: int) -> _Array:
        upper = random.random((samples, runs)) < share
        drawn = random.random((samples, runs)) < 1 / stay
        drawn[0] = True
        last = np.maximum.accumulate(np.where(drawn, np.arange(samples)[:, None], 0), axis=0)
        mode = np.take_along_axis(upper, last, axis=0).T
        return np.ascontiguousarray(1 + gap * mode + spread * random.standard_normal((runs, samples)))

    return draw


def _pareto(shape: float) -> _Within:
    return lambda random, runs, samples: (1 - random.random((runs, samples))) ** (-1 / shape)


def _lognormal(spread: float) -> _Within:
    return lambda random, runs, samples: np.exp(spread * random.standard_normal((runs, samples)))


def _drifting(fall: float, spread: float) -> _Within:
    def draw(random: np.random.Generator, runs: int, samples: int) -> _Array:
        level = 1 + fall * (0.5 - (np.arange(samples) + 0.5) / samples)
        return level + spread * random.standard_normal((runs, samples))

    return draw


def _constant(random: np.random.Generator, repetitions: int, runs: int) -> _Array:
    return np.ones((repetitions, runs))


def _spread(spread: float) -> _Between:
    return lambda random, repetitions, runs: 1 + spread * random.standard_normal((repetitions, runs))


def _two_levels(share: float, gap: float, spread: float) -> _Between:
    """A run is in one of two modes for all of its life, as with where memory happens to lie."""

    def draw(random: np.random.Generator, repetitions: int, runs: int) -> _Array:
        upper = random.random((repetitions, runs)) < share
        return 1 + gap * upper + spread * random.standard_normal((repetitions, runs))

    return draw


def _session_drift(rise: float, spread: float) -> _Between:
    def draw(random: np.random.Generator, repetitions: int, runs: int) -> _Array:
        return 1 + rise * np.arange(runs) / (MOST_RUNS - 1) + spread * random.standard_normal((repetitions, runs))

    return draw


def _normal_cdf(spread: float) -> Callable[[float], float]:
    return lambda x: _PHI((x - 1) / spread)


def _mixture_cdf(share: float, gap: float, spread: float) -> Callable[[float], float]:
    return lambda x: (1 - share) * _PHI((x - 1) / spread) + share * _PHI((x - 1 - gap) / spread)


def _pareto_cdf(shape: float) -> Callable[[float], float]:
    return lambda x: 1 - x**-shape if x > 1 else 0.0


def _lognormal_cdf(spread: float) -> Callable[[float], float]:
    return lambda x: _PHI(log(x) / spread) if x > 0 else 0.0


def _drifting_cdf(fall: float, spread: float) -> Callable[[float], float]:
    levels = [1 + fall * (0.5 - (t + 0.5) / 500) for t in range(500)]
    return lambda x: sum(_PHI((x - level) / spread) for level in levels) / len(levels)


def _autoregression(correlation: float) -> Family:
    return Family(f"AR {correlation:g} in runs", _autoregressive(correlation, 0.05), _spread(0.02), _normal_cdf(0.05))


def _heavy(shape: float) -> Family:
    return Family(f"Pareto {shape:g}", _pareto(shape), _spread(0.02), _pareto_cdf(shape))


ORDINARY = "2 % between runs"
"""The family that stands for ordinary cells: normal within runs, and between them."""

FAMILIES = (
    Family("iid", _normal(0.05), _constant, _normal_cdf(0.05)),
    Family(ORDINARY, _normal(0.05), _spread(0.02), _normal_cdf(0.05), same_within=True),
    _autoregression(0.3),
    _autoregression(0.7),
    _autoregression(0.95),
    Family("two modes in runs", _two_modes(0.3, 0.2, 25, 0.02), _spread(0.02), _mixture_cdf(0.3, 0.2, 0.02)),
    Family("two levels of runs", _normal(0.05), _two_levels(0.3, 0.2, 0.02), _normal_cdf(0.05), same_within=True),
    Family("two levels, even", _normal(0.05), _two_levels(0.5, 0.2, 0.02), _normal_cdf(0.05), same_within=True),
    _heavy(1.3),
    _heavy(1.9),
    _heavy(2.5),
    Family("lognormal", _lognormal(0.5), _spread(0.02), _lognormal_cdf(0.5)),
    Family("drift in runs", _drifting(0.05, 0.02), _spread(0.02), _drifting_cdf(0.05, 0.02)),
    Family("drift of session", _normal(0.05), _session_drift(0.04, 0.005), _normal_cdf(0.05), same_within=True),
    Family("clock of 1 %", _normal(0.05), _spread(0.02), _normal_cdf(0.05), step=0.01),
    Family("clock of 1 %, quiet", _normal(0.003), _spread(0.002), _normal_cdf(0.003), step=0.01),
)
"""Levels of runs differ by 2 % (standard deviation) unless the name says otherwise; samples of a run by 5 %."""
