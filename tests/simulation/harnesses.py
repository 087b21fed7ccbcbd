"""What the rules of other harnesses cover, and how often they see a difference between a program and itself.

Each rule is written anew from what its documentation says; none of their code is used.  All see the same model of a
machine: the level of a process differs from that of others by 2 % (standard deviation), one value of it, the mean of
many ops, by another 1 %.  In "regimes" the whole machine is 2 % slower or faster in each burst of measuring: a harness
that measures first the one program and then the other has them in two regimes, one that interleaves in the same.

    python tests/simulation/harnesses.py [repetitions] [seed]
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from partywall.stats import median_interval, paired_difference
from partywall.stats.proportions import proportion_interval

Array = NDArray[np.float64]

BETWEEN = 0.02
VALUE = 0.01
REGIME = 0.02
EFFECT = 1.03
REPETITIONS = 4000
SEED = 1


@dataclass(frozen=True)
class Machine:
    """Draws values of shape (repetitions, processes, values) of a program whose true time is ``level``."""

    random: np.random.Generator
    repetitions: int
    between: float = BETWEEN
    regime: float = 0.0

    def measure(self, processes: int, values: int, level: float = 1.0) -> Array:
        """One burst: all processes in the same regime of the machine."""
        return self._burst() * level * self._draw(processes, values)

    def interleave(self, processes: int, values: int, level: float = 1.0) -> tuple[Array, Array]:
        """Two programs in turn, process by process; each turn of both is in one regime."""
        regime = 1 + self.regime * self.random.standard_normal((self.repetitions, processes, 1))
        return regime * self._draw(processes, values), regime * level * self._draw(processes, values)

    def _burst(self) -> Array:
        return 1 + self.regime * self.random.standard_normal((self.repetitions, 1, 1))

    def _draw(self, processes: int, values: int) -> Array:
        shape = (self.repetitions, processes, values)
        level = 1 + self.between * self.random.standard_normal((*shape[:2], 1))
        return level + VALUE * self.random.standard_normal(shape)


Interval = Callable[[Array], tuple[Array, Array]]
Alarm = Callable[[Array, Array], NDArray[np.bool_]]


@dataclass(frozen=True)
class Rule:
    """A harness: how much it measures by default, what it prints of one program, and when it says that two differ.

    ``nominal`` is the confidence that is claimed for the interval; None where it is a spread and claims none.
    """

    name: str
    processes: int
    values: int
    interval: Interval | None
    nominal: float | None
    alarm: Alarm | None
    interleaved: bool = False


def flat(x: Array) -> Array:
    """All values of a repetition in one row, whatever process they are of."""
    return x.reshape(len(x), -1)


def spread(x: Array) -> tuple[Array, Array]:
    """Mean minus and plus the standard deviation."""
    y = flat(x)
    return y.mean(1) - y.std(1, ddof=1), y.mean(1) + y.std(1, ddof=1)


def extremes(x: Array) -> tuple[Array, Array]:
    y = flat(x)
    return y.min(1), y.max(1)


def pooled_t(confidence: float) -> Interval:
    """Student's interval of the mean as if all values were independent."""

    def interval(x: Array) -> tuple[Array, Array]:
        y = flat(x)
        half = stats.t.ppf((1 + confidence) / 2, y.shape[1] - 1) * y.std(1, ddof=1) / y.shape[1] ** 0.5
        return y.mean(1) - half, y.mean(1) + half

    return interval


def t_of_processes(x: Array) -> tuple[Array, Array]:
    return pooled_t(0.95)(x.mean(2, keepdims=True))


def bootstrap(x: Array, resamples: int = 1000) -> tuple[Array, Array]:
    """Percentiles 2.5 and 97.5 of the means of resampled values; the same resamples for all repetitions."""
    y = flat(x)
    n = y.shape[1]
    weights = np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), resamples) / n
    low, high = np.quantile(y @ weights.T, (0.025, 0.975), axis=1)
    return low, high


def until_tight(random: np.random.Generator, repetitions: int, target: float = 0.01) -> tuple[Array, Array, Array]:
    """One value of a fresh process after the other until Student's 95 % half-width is below ``target`` of the mean.

    At least 5 and at most 300; the last column is how many were taken.
    """
    x = 1 + np.hypot(BETWEEN, VALUE) * random.standard_normal((repetitions, 300))
    n = np.arange(1, 301)
    mean = np.cumsum(x, 1) / n
    variance = np.maximum(np.cumsum(x**2, 1) / n - mean**2, 0) * n / np.maximum(n - 1, 1)
    half = stats.t.ppf(0.975, np.maximum(n - 1, 1)) * np.sqrt(variance / n)
    enough = (half <= target * mean) & (n >= 5)
    stop = np.where(enough.any(1), enough.argmax(1), 299)
    rows = np.arange(repetitions)
    return mean[rows, stop] - half[rows, stop], mean[rows, stop] + half[rows, stop], stop + 1.0


def t_test(x: Array, y: Array) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = stats.ttest_ind(flat(x), flat(y), axis=1).pvalue < 0.05
    return result


def rank_test(x: Array, y: Array) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = stats.mannwhitneyu(flat(x), flat(y), axis=1).pvalue < 0.05
    return result


def t_test_beyond(x: Array, y: Array, noise: float = 0.01) -> NDArray[np.bool_]:
    """A significant t-test, and all of the 95 % interval of the relative change beyond the noise threshold."""
    a, b = flat(x), flat(y)
    change = b.mean(1) / a.mean(1) - 1
    error = np.hypot(a.std(1, ddof=1) / a.shape[1] ** 0.5, b.std(1, ddof=1) / b.shape[1] ** 0.5)
    return t_test(x, y) & (np.abs(change) - 1.96 * error > noise)


def apart(interval: Interval) -> Alarm:
    """Two intervals without a common point."""

    def alarm(x: Array, y: Array) -> NDArray[np.bool_]:
        (a, b), (c, d) = interval(x), interval(y)
        return (b < c) | (d < a)

    return alarm


def ratio_of_spreads(x: Array, y: Array) -> NDArray[np.bool_]:
    """Whether 1 lies outside of the ratio of the means, give or take its propagated standard deviation."""
    a, b = flat(x), flat(y)
    ratio = b.mean(1) / a.mean(1)
    sigma = ratio * np.hypot(a.std(1, ddof=1) / a.mean(1), b.std(1, ddof=1) / b.mean(1))
    return np.abs(ratio - 1) > sigma


def ours(x: Array) -> tuple[Array, Array]:
    found = [median_interval(row) for row in np.median(x, axis=2)]
    return np.array([e.low for e in found]), np.array([e.high for e in found])


def our_contrast(x: Array, y: Array) -> NDArray[np.bool_]:
    found = [paired_difference(a, b) for a, b in zip(np.median(x, axis=2), np.median(y, axis=2), strict=True)]
    return np.array([not e.low <= 0 <= e.high for e in found])


RULES = (
    Rule("pyperf: mean +- std dev; t-test", 20, 3, spread, None, t_test),
    Rule("hyperfine: mean +- sigma; ratio +- sigma", 10, 1, spread, None, ratio_of_spreads),
    Rule("hyperfine: min ... max", 10, 1, extremes, None, apart(extremes)),
    Rule("Google Benchmark: mean, stddev; U test", 1, 10, spread, None, rank_test),
    Rule("criterion: bootstrap in a process; t-test, 1 %", 1, 100, bootstrap, 0.95, t_test_beyond),
    Rule("JMH: 99.9 % t of forks x iterations", 5, 5, pooled_t(0.999), 0.999, apart(pooled_t(0.999))),
    Rule("pooled t, processes x values", 20, 50, pooled_t(0.95), 0.95, t_test),
    Rule("pooled ranks (Mann-Whitney)", 20, 50, None, None, rank_test),
    Rule("bootstrap of 10 process means", 10, 50, lambda x: bootstrap(x.mean(2, keepdims=True)), 0.95, None),
    Rule("t of process means", 20, 50, t_of_processes, 0.95, lambda x, y: t_test(x.mean(2), y.mean(2))),
    Rule("partywall, 9 runs", 9, 50, ours, 0.95, our_contrast, interleaved=True),
    Rule("partywall, 20 runs", 20, 50, ours, 0.95, our_contrast, interleaved=True),
)


@dataclass(frozen=True)
class Row:
    """What came of one rule; shares of the repetitions, None where there is no such rule."""

    name: str
    measured: str
    nominal: float | None
    covered: tuple[int, int] | None
    width: float | None
    alarms: tuple[int, int] | None
    regimes: tuple[int, int] | None
    found: tuple[int, int] | None


def simulate(repetitions: int = REPETITIONS, seed: int = SEED) -> list[Row]:
    """Every rule against the same model; the truth is 1, the effect to be found `EFFECT`."""
    rows = [_simulate(rule, repetitions, np.random.default_rng([seed, i])) for i, rule in enumerate(RULES)]
    low, high, count = until_tight(np.random.default_rng([seed, len(RULES)]), repetitions)
    covered = int(np.count_nonzero((low <= 1) & (high >= 1)))
    tight = Row(
        name="t until its half-width is 1 %",
        measured=f"{count.mean():.0f} x 1",
        nominal=0.95,
        covered=(covered, repetitions),
        width=float(np.mean(high - low)),
        alarms=None,
        regimes=None,
        found=None,
    )
    lmbench = _lmbench(repetitions, np.random.default_rng([seed, len(RULES) + 1]))
    return [lmbench, *rows[:-2], tight, *rows[-2:]]


def _lmbench(repetitions: int, random: np.random.Generator) -> Row:
    """The median of 11 tries in one process, a bare number; its width is four times its standard deviation."""
    x = Machine(random, repetitions).measure(1, 11)
    width = 4 * float(np.median(flat(x), axis=1).std())
    return Row("lmbench: median of 11 tries", "1 x 11", None, None, width, None, None, None)


def _simulate(rule: Rule, repetitions: int, random: np.random.Generator) -> Row:
    plain, regimes = Machine(random, repetitions), Machine(random, repetitions, regime=REGIME)
    covered, width = None, None
    if rule.interval:
        low, high = rule.interval(plain.measure(rule.processes, rule.values))
        covered = int(np.count_nonzero((low <= 1) & (high >= 1))), repetitions
        width = float(np.mean(high - low))
    return Row(
        name=rule.name,
        measured=f"{rule.processes} x {rule.values}",
        nominal=rule.nominal,
        covered=covered,
        width=width,
        alarms=_alarms(rule, plain, 1.0),
        regimes=_alarms(rule, regimes, 1.0),
        found=_alarms(rule, plain, EFFECT),
    )


def _alarms(rule: Rule, machine: Machine, level: float) -> tuple[int, int] | None:
    if rule.alarm is None:
        return None
    if rule.interleaved:
        x, y = machine.interleave(rule.processes, rule.values, level)
    else:
        x = machine.measure(rule.processes, rule.values)
        y = machine.measure(rule.processes, rule.values, level)
    return int(np.count_nonzero(rule.alarm(x, y))), machine.repetitions


def percent(count: tuple[int, int] | None) -> str:
    """A share with its exact 95 % interval."""
    if count is None:
        return "-"
    low, high = proportion_interval(*count)
    return f"{100 * count[0] / count[1]:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown, shares in percent."""
    lines = [
        "| rule | processes x values | nominal | covers | width | alarms on itself | ... with regimes | finds 3 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        nominal = "none" if row.nominal is None else f"{100 * row.nominal:g}"
        width = "-" if row.width is None else f"{100 * row.width:.2g}"
        cells = [row.name, row.measured, nominal, percent(row.covered), width]
        cells += [percent(row.alarms), percent(row.regimes), percent(row.found)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    print(table(simulate(*arguments)))
