"""Quantiles within a run: intervals that hold although samples depend on each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import norm

from partywall.stats.quantiles import autocorrelation_time, quantile_interval, tail_is_known


def correlated(random: np.random.Generator, r: float, n: int) -> np.ndarray:
    noise = random.standard_normal(n + 500)
    return np.asarray(lfilter([np.sqrt(1 - r * r)], [1, -r], noise)[500:])


@pytest.mark.parametrize("r", [0.0, 0.3, 0.7, 0.95])
def test_the_autocorrelation_time_is_that_of_the_process(r: float) -> None:
    x = correlated(np.random.default_rng(1), r, 400_000)
    assert autocorrelation_time(x) == pytest.approx((1 + r) / (1 - r), rel=0.15)


@pytest.mark.parametrize("x", [[], [1.0], [2.0] * 100, np.tile([1.0, -1.0], 500)])
def test_it_is_never_below_one(x: list[float]) -> None:
    assert autocorrelation_time(x) == 1.0


@pytest.mark.parametrize(("r", "p"), [(0.0, 0.5), (0.7, 0.5), (0.7, 0.95), (0.95, 0.5)])
def test_coverage(r: float, p: float) -> None:
    random = np.random.default_rng(7)
    repetitions, truth = 400, norm.ppf(p)
    held = 0
    for _ in range(repetitions):
        found = quantile_interval(correlated(random, r, 4000), p)
        held += found.low <= truth <= found.high
    # The time is itself estimated: two points below nominal, and four standard errors of the simulation.
    assert held / repetitions > 0.93 - 4 * np.sqrt(0.93 * 0.07 / repetitions)


def test_pretending_independence_would_not_hold() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        x = np.sort(correlated(random, 0.95, 4000))
        half = 1.96 * np.sqrt(1000)
        held += x[int(2000 - half)] <= 0 <= x[int(2000 + half)]
    assert held / 200 < 0.6


def test_a_tail_needs_ten_independent_samples_beyond_it() -> None:
    random = np.random.default_rng(3)
    assert tail_is_known(random.standard_normal(1200), 0.99)
    assert not tail_is_known(random.standard_normal(900), 0.99)
    assert not tail_is_known(correlated(random, 0.999, 4000), 0.99)


def test_ranks_beyond_the_samples_are_open() -> None:
    found = quantile_interval([1.0, 2.0, 3.0], 0.99)
    assert found.high == np.inf
    assert quantile_interval([1.0, 2.0, 3.0], 0.01).low == -np.inf


@pytest.mark.parametrize("x", [[], [np.nan], [np.inf, 1.0]])
def test_what_has_no_quantile(x: list[float]) -> None:
    with pytest.raises(ValueError, match="quantile needs"):
        quantile_interval(x, 0.5)


@pytest.mark.parametrize("p", [0.0, 1.0, -1.0, 2.0])
def test_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        quantile_interval([1.0], p)


@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.floats(-1e6, 1e6))
def test_equivariance(seed: int, scale: float, shift: float) -> None:
    x = np.random.default_rng(seed).integers(0, 50, 300).astype(float)
    one, other = quantile_interval(x, 0.5), quantile_interval(x * scale + shift, 0.5)
    assert other.low == pytest.approx(one.low * scale + shift, rel=1e-9, abs=1e-6)
    assert other.high == pytest.approx(one.high * scale + shift, rel=1e-9, abs=1e-6)


@given(st.integers(0, 1000))
def test_intervals_are_nested_in_confidence(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(500)
    narrow, wide = quantile_interval(x, 0.5, 0.9), quantile_interval(x, 0.5, 0.99)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high
