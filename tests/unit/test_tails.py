"""Hill's index: heavy tails are seen, and what has none is not refused a mean."""

import numpy as np
import pytest

from partywall.stats import summarise, tail_index
from partywall.stats.tails import excess_count, tail_excess

RANDOM = np.random.default_rng


def index(draw: object, n: int, runs: int = 20, seed: int = 0) -> float:
    random = RANDOM(seed)
    found = tail_index(summarise([draw(random, n)], per_op=True).excess for _ in range(runs))  # type: ignore[operator]
    if found is None:  # what is left out as a warm-up may leave too few
        return np.inf
    assert found.low <= found.value <= found.high
    return found.value


@pytest.mark.parametrize("n", [200, 1000, 10_000])
@pytest.mark.parametrize("alpha", [1.3, 1.6, 2.0, 2.5])
def test_the_index_of_a_pareto_distribution(alpha: float, n: int) -> None:
    # A standard error of one over the root of the tail, four of them.
    error = 4 * alpha / np.sqrt(20 * excess_count(n))
    assert index(lambda r, n: 1 + r.pareto(alpha, n), n) == pytest.approx(alpha, abs=error)


LIGHT = {
    "normal": lambda r, n: r.normal(100, 5, n),
    "lognormal": lambda r, n: r.lognormal(0, 1, n),
    "exponential": lambda r, n: r.exponential(1, n),
    "uniform": lambda r, n: r.random(n),
    "coarse": lambda r, n: np.round(r.normal(3, 1, n)).clip(1),
    "constant": lambda r, n: np.full(n, 5.0),
    "pareto 2.5": lambda r, n: 1 + r.pareto(2.5, n),
}


@pytest.mark.parametrize("n", [100, 1000, 10_000])
@pytest.mark.parametrize("name", LIGHT)
def test_what_has_a_mean_keeps_it(name: str, n: int) -> None:
    held = [index(LIGHT[name], n, seed=seed) >= 2 for seed in range(20)]
    # At a hundred samples a run, a heavy but allowed tail may be mistaken once in ten times.
    assert np.mean(held) == 1 if n > 100 else np.mean(held) >= 0.8


@pytest.mark.parametrize("n", [100, 1000, 10_000])
@pytest.mark.parametrize("alpha", [1.3, 1.5])
def test_a_heavy_tail_is_refused(alpha: float, n: int) -> None:
    assert all(index(lambda r, n: 1 + r.pareto(alpha, n), n, seed=seed) < 2 for seed in range(20))


def test_few_samples_know_nothing_of_a_tail() -> None:
    assert tail_index([tail_excess(np.arange(1.0, 6.0))] * 20) is None
    assert tail_index([]) is None
    assert tail_index([tail_excess(np.arange(1.0, 7.0))] * 20) is not None
    assert excess_count(19) == 0


@pytest.mark.parametrize("x", [[], [1.0], [-1.0, 5.0], [0.0, 1.0]])
def test_there_are_no_logarithms_of_what_is_not_above_zero(x: list[float]) -> None:
    assert tail_excess(np.array(x)) == (0.0, 0)


def test_the_scale_does_not_matter() -> None:
    x = RANDOM(1).pareto(1.5, 5000) + 1
    one, other = (tail_index([summarise([x * scale], per_op=True).excess] * 5) for scale in (1.0, 1e-9))
    assert one
    assert other
    assert other.value == pytest.approx(one.value)
