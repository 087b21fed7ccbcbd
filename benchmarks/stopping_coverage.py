"""How often intervals of a run to a target cover the truth: with the pilot's runs in them, and without.

Run values are drawn, a pilot of ten fixes how many more there are, and the interval for the median over runs is
computed once.  Nothing is measured.  Prints the table of docs/design.md.
"""

import sys
from collections.abc import Callable
from functools import cache
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from partywall.stats.intervals import round_up_runs, widest_rank
from partywall.stopping import LEAST_RUNS, MOST_RUNS, PILOT_RUNS

Draw = Callable[[int], NDArray[np.float64]]

RANDOM = np.random.default_rng(1)
NEEDED = (10, 20, 40, 60, 100, 200)
_ROUNDED = cache(round_up_runs)
_RANK = cache(lambda n: widest_rank(n, 0.95))


def bimodal(n: int) -> NDArray[np.float64]:
    """Seven in ten runs in one mode, three in another, ten standard deviations away."""
    return RANDOM.standard_normal(n) * 0.3 + 3.0 * (RANDOM.random(n) < 0.3)


def pareto(index: float) -> Draw:
    """Runs with a tail of that index."""
    return lambda n: (1 - RANDOM.random(n)) ** (-1 / index)


DISTRIBUTIONS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda n: RANDOM.standard_normal(n), 0.0),
    "uniform": (lambda n: RANDOM.random(n), 0.5),
    "exponential": (lambda n: RANDOM.exponential(size=n), log(2)),
    "lognormal, sigma 1": (lambda n: RANDOM.lognormal(0, 1, n), 1.0),
    "lognormal, sigma 1.5": (lambda n: RANDOM.lognormal(0, 1.5, n), 1.0),
    "bimodal": (bimodal, brentq(lambda m: 0.7 * norm.cdf(m / 0.3) + 0.3 * norm.cdf((m - 3) / 0.3) - 0.5, -3, 3)),
    "Pareto 2.5": (pareto(2.5), 2 ** (1 / 2.5)),
    "Pareto 1.3": (pareto(1.3), 2 ** (1 / 1.3)),
}


def interval(x: NDArray[np.float64]) -> tuple[float, float]:
    """The exact order-statistic interval for the median."""
    k = _RANK(x.size)
    ordered = np.sort(x)
    return float(ordered[k - 1]), float(ordered[x.size - k])


def coverage(draw: Draw, median: float, needed: int, times: int) -> NDArray[np.float64]:
    """Shares of sessions whose interval covers, and is as narrow as asked: pooled, then fresh."""
    half = np.median([high - low for low, high in (interval(draw(PILOT_RUNS)) for _ in range(4000))]) / 2
    target = half / (needed / PILOT_RUNS) ** 0.5
    found = np.zeros(4)
    for _ in range(times):
        pilot = draw(PILOT_RUNS)
        low, high = interval(pilot)
        wanted = PILOT_RUNS * ((high - low) / 2 / target) ** 2
        runs = min(_ROUNDED(max(LEAST_RUNS, ceil(min(wanted, MOST_RUNS)))), MOST_RUNS)
        fresh = draw(runs)
        pooled = np.concatenate([pilot, fresh[: max(0, runs - PILOT_RUNS)]])
        for i, x in enumerate((pooled, fresh)):
            low, high = interval(x)
            found[2 * i : 2 * i + 2] += low <= median <= high, (high - low) / 2 <= target
    return 100 * found / times


def main() -> None:
    """Print one row for each distribution: the least coverage over the numbers of runs that are needed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| runs come from | pooled, least | fresh, least | fresh, most | as narrow as asked, fresh |")
    print("|---|---|---|---|---|")
    for name, (draw, median) in DISTRIBUTIONS.items():
        rows = np.array([coverage(draw, median, needed, times) for needed in NEEDED])
        pooled, fresh, narrow = rows[:, 0], rows[:, 2], rows[:, 3]
        at = NEEDED[int(np.argmin(pooled))]
        print(
            f"| {name} | {pooled.min():.1f} % (N near {at}) | {fresh.min():.1f} % | {fresh.max():.1f} % "
            f"| {narrow.min():.0f}-{narrow.max():.0f} % |"
        )


if __name__ == "__main__":
    main()
