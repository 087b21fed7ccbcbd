"""Modes: shown where there are several, and not where there is one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partywall.stats.modes import POINTS, critical_excess, excess_mass, find_modes, modes_within, order_points

RANDOM = np.random.default_rng

UNIMODAL = {
    "normal": lambda r, s: r.normal(100, 5, s),
    "uniform": lambda r, s: r.random(s),
    "exponential": lambda r, s: 1 + r.exponential(1, s),
    "lognormal": lambda r, s: r.lognormal(0, 1, s),
    "pareto": lambda r, s: 1 + r.pareto(1.3, s),
    "cauchy": lambda r, s: r.standard_cauchy(s),
    "triangular": lambda r, s: r.triangular(1, 1.2, 2, s),
}


@pytest.mark.parametrize("n", [6, 9, 12, 20, 37, 64, 300])
@pytest.mark.parametrize("name", UNIMODAL)
def test_one_mode_is_seldom_taken_for_two(name: str, n: int) -> None:
    repetitions = 1500 if n < 100 else 300
    draws = UNIMODAL[name](RANDOM(n), (repetitions, n))
    false = np.mean([len(find_modes(row)) > 1 for row in draws])
    # Five in a hundred are allowed, and three standard errors of the simulation.
    assert false <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repetitions)


@pytest.mark.parametrize("n", [9, 20, 37])
@pytest.mark.parametrize("step", [0.5, 1.0, 2.0])
def test_ticks_of_a_clock_are_no_modes(n: int, step: float) -> None:
    draws = step * np.round(RANDOM(n).normal(100, 1, (1000, n)) / step)
    assert np.mean([len(find_modes(row, grid=step)) > 1 for row in draws]) <= 0.05 + 0.02
    # Nor if nobody says what the step is, as long as most values are tied.
    tied = np.round(RANDOM(n).normal(100, 0.4, (1000, n)))
    assert np.mean([len(find_modes(row)) > 1 for row in tied]) <= 0.05 + 0.02


@pytest.mark.parametrize(("n", "least"), [(12, 0.5), (20, 0.7), (37, 0.95)])
def test_two_distant_modes_are_found(n: int, least: float) -> None:
    random = RANDOM(n)
    found = [find_modes(random.normal(100, 1, n) + 50 * (random.random(n) < 0.5)) for _ in range(300)]
    assert np.mean([len(modes) == 2 for modes in found]) >= least
    two = next(modes for modes in found if len(modes) == 2)
    assert [mode.value for mode in two] == pytest.approx([100, 150], abs=2)


def test_value_and_share_of_each() -> None:
    random = RANDOM(5)
    x = np.concatenate([random.normal(1.2, 0.02, 1200), random.normal(1.9, 0.02, 800)])
    low, high = find_modes(random.permutation(x))
    assert (low.value, high.value) == (pytest.approx(1.2, abs=0.01), pytest.approx(1.9, abs=0.01))
    assert (low.share, high.share) == (pytest.approx(0.6, abs=0.01), pytest.approx(0.4, abs=0.01))


def test_three_modes() -> None:
    random = RANDOM(6)
    x = np.concatenate([random.normal(level, 0.1, 300) for level in (5, 6, 7)])
    assert [mode.share for mode in find_modes(x)] == pytest.approx([1 / 3] * 3, abs=0.02)


def test_levels_closer_than_a_percent_are_one() -> None:
    x = np.concatenate([RANDOM(7).normal(100, 0.01, 100), RANDOM(8).normal(100.5, 0.01, 100)])
    assert len(find_modes(x)) == 1


@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0], [3.0] * 50, [0.0] * 9, [1.0] * 5 + [2.0]])
def test_what_has_but_one(x: list[float]) -> None:
    (mode,) = find_modes(x)
    assert (mode.value, mode.share) == (np.median(x), 1.0)


@pytest.mark.parametrize("x", [[], [np.nan] * 9, [1.0, np.inf]])
def test_what_has_none(x: list[float]) -> None:
    with pytest.raises(ValueError, match="modes need values"):
        find_modes(x)


def within(draw: object, runs: int = 20) -> tuple[float, ...]:
    random = RANDOM(9)
    rows = [order_points(draw(random, run, 2000), POINTS) for run in range(runs)]  # type: ignore[operator]
    return tuple(mode.share for mode in modes_within(rows))


def test_modes_within_runs_whatever_lies_between_them() -> None:
    def two(r: np.random.Generator, run: int, n: int) -> np.ndarray:
        return (1 + 0.05 * run) * (r.normal(100, 2, n) + 60 * (r.random(n) < 0.3))

    assert within(two) == pytest.approx((0.7, 0.3), abs=0.03)
    assert within(lambda r, run, n: (1 + 0.5 * run) * r.lognormal(0, 0.5, n)) == ()
    assert within(lambda r, run, n: two(r, run, n) if run < 9 else r.normal(100, 2, n)) == ()
    assert modes_within([]) == ()


def test_the_critical_value_is_that_of_uniform_points() -> None:
    for n in (9, 20, 64):
        exceeded = excess_mass(np.sort(RANDOM(n).random((20_000, n)), axis=1)) > critical_excess(n)
        assert np.mean(exceeded) == pytest.approx(0.05, abs=0.006)


def test_excess_mass_against_brute_force() -> None:
    x = np.sort(RANDOM(11).random(12))
    low, high = np.quantile(x, (0.1, 0.9))
    best = 0.0
    for power in range(-12, 13):
        density = 0.8 * 2 ** (power / 4) / (high - low)
        mass = {(i, j): (j - i + 1) / 12 - density * (x[j] - x[i]) for i in range(12) for j in range(i, 12)}
        one = max(mass.values())
        two = max(a + b for (i, j), a in mass.items() for (k, _), b in mass.items() if k > j)
        best = max(best, max(one, two) - one)
    assert excess_mass(x[None, :])[0] == pytest.approx(best)


@given(st.integers(0, 500), st.sampled_from([0.25, 1.0, 8.0]))
def test_scale(seed: int, scale: float) -> None:
    random = RANDOM(seed)
    x = random.normal(100, 3, 30) + 40 * (random.random(30) < 0.4)
    one, other = find_modes(x), find_modes(x * scale)
    assert [(m.value * scale, m.share) for m in one] == [(m.value, m.share) for m in other]


@given(st.integers(0, 500))
def test_the_order_does_not_matter(seed: int) -> None:
    x = RANDOM(seed).normal(100, 3, 30)
    assert find_modes(RANDOM(seed + 1).permutation(x)) == find_modes(x)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60))
def test_shares_sum_to_one(x: list[int]) -> None:
    modes = find_modes(np.array(x, float))
    assert sum(mode.share for mode in modes) == pytest.approx(1)
    assert [mode.value for mode in modes] == sorted(mode.value for mode in modes)
