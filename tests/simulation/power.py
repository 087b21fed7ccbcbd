"""How often a true difference is seen, at equal numbers of samples: our contrast beside a pooled t-test.

The data are clean first: all samples of all runs independent, which is what a pooled t-test assumes.  The effects are
those that it sees in 50, 80 and 95 % of cases if the data are normal, whatever they are.  Then the runs differ, by
half of the spread of the samples, and there is nothing to be seen.

    python tests/simulation/power.py [repetitions] [seed]
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from partywall.stats import paired_difference
from partywall.stats.proportions import proportion_interval

Array = NDArray[np.float64]
Method = Callable[[Array, Array], NDArray[np.bool_]]

REPETITIONS = 2000
SEED = 1
TOTAL = 2000
RUNS = 20
BETWEEN = 0.5
POWERS = (0.5, 0.8, 0.95)


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return random.standard_normal(shape)


def lognormal(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Skewed as durations are, with variance 1."""
    s = 0.5
    return np.exp(s * random.standard_normal(shape)) / (np.exp(s * s / 2) * np.sqrt(np.exp(s * s) - 1))


def interrupted(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal, and one sample in a hundred takes ten spreads longer."""
    return random.standard_normal(shape) + 10 * (random.random(shape) < 0.01)


DATA = {"normal": normal, "lognormal": lognormal, "1 % interrupted": interrupted}


def signed_rank(x: Array, y: Array) -> NDArray[np.bool_]:
    """Whether the interval of the paired difference of run values leaves out zero."""
    found = [paired_difference(a, b) for a, b in zip(x, y, strict=True)]
    return np.array([not e.low <= 0 <= e.high for e in found])


def pooled_t(x: Array, y: Array) -> NDArray[np.bool_]:
    flat = (len(x), -1)
    result: NDArray[np.bool_] = stats.ttest_ind(x.reshape(flat), y.reshape(flat), axis=1).pvalue < 0.05
    return result


def paired_t(x: Array, y: Array) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = stats.ttest_rel(x.mean(2), y.mean(2), axis=1).pvalue < 0.05
    return result


def trimmed(x: Array) -> Array:
    """The mean of each run without the lowest and the highest tenth of its samples."""
    cut = x.shape[2] // 10
    ordered = np.sort(x, axis=2)
    result: Array = ordered[:, :, cut:-cut].mean(2)
    return result


# Name, runs, what is done with samples of shape (repetitions, runs, samples).
METHODS: tuple[tuple[str, int, Method], ...] = (
    ("pooled t", RUNS, pooled_t),
    ("ours on run medians", RUNS, lambda x, y: signed_rank(np.median(x, axis=2), np.median(y, axis=2))),
    ("ours on run medians", 37, lambda x, y: signed_rank(np.median(x, axis=2), np.median(y, axis=2))),
    ("ours on run means", RUNS, lambda x, y: signed_rank(x.mean(2), y.mean(2))),
    ("ours on run means", 37, lambda x, y: signed_rank(x.mean(2), y.mean(2))),
    ("ours on trimmed means", RUNS, lambda x, y: signed_rank(trimmed(x), trimmed(y))),
    ("ours on trimmed means", 37, lambda x, y: signed_rank(trimmed(x), trimmed(y))),
    ("paired t of run means", RUNS, paired_t),
)


def effects() -> list[float]:
    """Differences, in spreads of a sample, that a pooled t-test of normal data sees with each of `POWERS`."""
    error = (2 / TOTAL) ** 0.5
    return [float(stats.norm.ppf(0.975) + stats.norm.ppf(power)) * error for power in POWERS]


def rate(
    method: Method, draw: Callable[..., Array], runs: int, effect: float, between: float, n: int, seed: int
) -> int:
    """How many of ``n`` repetitions see a difference."""
    random = np.random.default_rng([seed, runs, round(1e6 * effect), round(1e6 * between)])
    shape = (min(n, 200), runs, TOTAL // runs)
    seen = 0
    for _ in range(0, n, shape[0]):
        arms = [draw(random, shape) + between * random.standard_normal((*shape[:2], 1)) for _ in range(2)]
        seen += int(np.count_nonzero(method(arms[0] + effect, arms[1])))
    return seen


def simulate(repetitions: int = REPETITIONS, seed: int = SEED) -> str:
    """A table in Markdown: power in percent for each kind of data and effect, and alarms where runs differ."""
    names = [f"{name}, {power:.0%}" for name in DATA for power in POWERS]
    lines = [f"| method | {' | '.join(names)} | alarms, runs differ |", "|---|" + "---|" * (len(names) + 1)]
    for name, runs, method in METHODS:
        cells = [f"{name}, {runs} x {TOTAL // runs}"]
        for draw in DATA.values():
            for effect in effects():
                cells.append(f"{100 * rate(method, draw, runs, effect, 0.0, repetitions, seed) / repetitions:.0f}")
        alarms = rate(method, normal, runs, 0.0, BETWEEN, repetitions, seed)
        low, high = proportion_interval(alarms, repetitions)
        cells.append(f"{100 * alarms / repetitions:.1f} [{100 * low:.1f}, {100 * high:.1f}]")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    print(simulate(*arguments))
