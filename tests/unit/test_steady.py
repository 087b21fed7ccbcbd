"""Change points: found where the level changes, and not where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from partywall.stats.steady import MIN_BATCHES, batch_medians, partition, steadiness

RANDOM = np.random.default_rng


def correlated(seed: int, r: float, n: int = 2000) -> np.ndarray:
    noise = RANDOM(seed).standard_normal(n + 200)
    return np.asarray(100 + 2 * lfilter([np.sqrt(1 - r * r)], [1, -r], noise)[200:])


def brute_force(y: np.ndarray, penalty: float, shortest: int) -> float:
    n = y.size
    best = {0: -penalty}
    for end in range(shortest, n + 1):
        best[end] = min(
            (best[a] + ((y[a:end] - y[a:end].mean()) ** 2).sum() + penalty for a in best if end - a >= shortest),
            default=np.inf,
        )
    return float(best[n])


def cost(y: np.ndarray, begins: list[int], penalty: float) -> float:
    parts = np.split(y, begins[1:])
    return float(sum(((p - p.mean()) ** 2).sum() for p in parts) + penalty * (len(parts) - 1))


@pytest.mark.parametrize("seed", range(10))
def test_the_partition_is_the_best_there_is(seed: int) -> None:
    y = RANDOM(seed).standard_normal(40) + np.repeat([0, 3, 1, 1], 10)
    begins = partition(y, 4.0)
    assert cost(y, begins, 4.0) == pytest.approx(brute_force(y, 4.0, 5))
    assert min(np.diff([*begins, y.size])) >= 5


@pytest.mark.parametrize("at", [100, 250, 500, 900])
def test_a_step_is_found_where_it_is(at: int) -> None:
    x = RANDOM(1).normal(100, 1, 1000)
    x[at:] *= 1.1
    found = steadiness(x)
    assert abs(found.begins - at) <= 20
    assert found.segments == 2
    assert found.steady == (at <= 500)


def test_drift_is_not_steady() -> None:
    assert steadiness(RANDOM(2).normal(100, 0.5, 3000) + np.linspace(0, 50, 3000)).steady is False


def test_a_warm_up_is_cut_off_and_the_rest_is_steady() -> None:
    x = RANDOM(3).normal(100, 1, 2000) + 300 * np.exp(-np.arange(2000) / 50)
    found = steadiness(x)
    assert found.steady
    assert 0 < found.begins < 1000


@pytest.mark.parametrize(
    ("name", "most"), [("iid", 0.03), ("ar0.3", 0.03), ("ar0.7", 0.05), ("heavy", 0.08), ("coarse", 0.03)]
)
def test_false_alarms_are_few(name: str, most: float) -> None:
    def sample(seed: int) -> np.ndarray:
        if name.startswith("ar"):
            return correlated(seed, float(name[2:]))
        random = RANDOM(seed)
        if name == "heavy":
            return np.asarray(random.pareto(1.5, 2000) + 1)
        if name == "coarse":
            return np.asarray(np.round(random.normal(100, 0.4, 2000)))
        return np.asarray(random.normal(100, 5, 2000))

    n = 200
    alarms = sum(steadiness(sample(seed)).steady is False for seed in range(n))
    # Three standard errors above what is promised.
    assert alarms <= n * most + 3 * np.sqrt(n * most * (1 - most))


def test_levels_that_differ_by_less_than_one_percent_are_one() -> None:
    x = np.repeat([100.0, 100.5], 500) + RANDOM(4).normal(0, 0.01, 1000)
    assert steadiness(x).segments == 1


@pytest.mark.parametrize("x", [np.full(1000, 3.0), np.full(1000, 0.0), np.zeros(50)])
def test_constant_samples_are_steady(x: np.ndarray) -> None:
    found = steadiness(x)
    assert (found.segments, found.steady, found.begins) == (1, True, 0)


@pytest.mark.parametrize("n", [0, 1, 2, MIN_BATCHES - 1])
def test_too_few_samples_say_nothing(n: int) -> None:
    assert steadiness(np.arange(n)).steady is None


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        steadiness([1.0] * 50 + [np.nan])


@given(st.integers(0, 10_000), st.floats(1e-9, 1e9))
def test_the_unit_does_not_matter(seed: int, scale: float) -> None:
    x = RANDOM(seed).normal(100, 1, 400)
    x[300:] *= 1.2
    one, other = steadiness(x), steadiness(x * scale)
    assert other.shift == pytest.approx(one.shift)
    assert (other.begins, other.segments, other.steady) == (one.begins, one.segments, one.steady)


@given(st.integers(1, 5000))
def test_batches_hold_every_sample_once(n: int) -> None:
    medians = batch_medians(np.ones(n))
    assert medians.size == min(n, 100)
    assert (medians == 1).all()
