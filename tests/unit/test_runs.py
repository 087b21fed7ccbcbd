"""What is kept of a run: from its steady part, and only what the samples know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import trim_mean

from partywall.stats import summarise

RANDOM = np.random.default_rng


def test_percentiles() -> None:
    x = RANDOM(1).permutation(np.arange(1001.0))
    summary = summarise([x], per_op=True)
    assert (summary.median, summary.mean, summary.floor, summary.p99) == (500.0, 500.0, 10.0, 990.0)
    assert summary.p999 is None
    assert summary.beyond["p99"] == pytest.approx(10.01)


@pytest.mark.parametrize("n", [1, 2, 7, 20, 999, 1000, 1001, 10_000])
def test_they_are_those_of_numpy(n: int) -> None:
    x = RANDOM(n).lognormal(0, 1, n)
    summary = summarise([x], per_op=True)
    assert summary.median == pytest.approx(np.median(x))
    assert summary.trimmed == pytest.approx(trim_mean(x, 0.1))
    assert summary.p99 == (pytest.approx(np.quantile(x, 0.99)) if n >= 1000 else None)
    assert summary.floor == (pytest.approx(np.quantile(x, 0.01)) if n >= 1000 else None)
    assert summary.p999 == (pytest.approx(np.quantile(x, 0.999)) if n >= 10_000 else None)


def test_batches_have_a_floor_and_no_tail() -> None:
    summary = summarise([RANDOM(2).normal(10, 1, 20_000)], per_op=False)
    assert (summary.p99, summary.p999) == (None, None)
    assert summary.floor == pytest.approx(10 - 2.326, abs=0.1)


def test_dependence_leaves_less_beyond() -> None:
    noise = lfilter([1], [1, -0.99], RANDOM(3).standard_normal(5000))
    assert summarise([noise], per_op=True).beyond["p99"] < 10
    assert summarise([RANDOM(3).permutation(noise)], per_op=True).beyond["p99"] > 30


def test_warm_up_is_left_out() -> None:
    x = np.concatenate([RANDOM(4).normal(200, 1, 400), RANDOM(5).normal(100, 1, 1600)])
    summary = summarise([x, x[400:]], per_op=True)
    assert 360 <= summary.left_out <= 460
    assert summary.samples == 3600
    assert summary.mean == pytest.approx(100, abs=2)
    assert [trial.segments for trial in summary.trials] == [2, 1]


def test_where_no_level_holds_nothing_is_left_out() -> None:
    x = RANDOM(6).normal(np.repeat([100, 120, 140, 160, 180], 400), 1)
    summary = summarise([x], per_op=True)
    assert summary.trials[0].steady is False
    assert summary.left_out == 0
    assert summary.median == pytest.approx(140, abs=1)


@pytest.mark.parametrize("n", [1, 2, 5, 19, 20, 63, 64, 5000])
def test_constant_samples(n: int) -> None:
    summary = summarise([np.full(n, 3.0)], per_op=True)
    assert (summary.median, summary.mean, summary.left_out) == (3.0, 3.0, 0)


@pytest.mark.parametrize("x", [[-3.0, -2.0, -1.0], [0.0] * 50, [5e-324] * 30, [1e300, 1.0]])
def test_what_is_odd_but_finite(x: list[float]) -> None:
    assert summarise([np.array(x * 50)], per_op=True).median == np.median(x * 50)


@pytest.mark.parametrize("trials", [[], [np.empty(0)], [np.ones(3), np.empty(0)]])
def test_nothing_has_no_summary(trials: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="without samples"):
        summarise(trials, per_op=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [1, 500])
def test_what_is_not_finite_is_refused(bad: float, n: int) -> None:
    with pytest.raises(ValueError, match="finite"):
        summarise([np.array([1.0] * n + [bad])], per_op=True)


def test_a_sum_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        summarise([np.full(10, 1e308)], per_op=True)


@given(st.integers(0, 1000), st.sampled_from([0.25, 8.0, 1024.0]), st.integers(0, 100_000))
def test_scale_and_shift(seed: int, scale: float, shift: int) -> None:
    x = RANDOM(seed).integers(1000, 1050, 1500).astype(float)
    one, other = summarise([x], per_op=True), summarise([x * scale + shift], per_op=True)
    for name in ("median", "mean", "floor", "p99"):
        assert getattr(other, name) == pytest.approx(getattr(one, name) * scale + shift)


@given(st.integers(0, 1000))
def test_the_order_does_not_matter_where_nothing_is_left_out(seed: int) -> None:
    x = RANDOM(seed).normal(100, 1, 1500)
    one, other = summarise([x], per_op=True), summarise([RANDOM(seed + 1).permutation(x)], per_op=True)
    if one.left_out == other.left_out == 0:
        assert (other.median, other.floor, other.p99) == (one.median, one.floor, one.p99)
