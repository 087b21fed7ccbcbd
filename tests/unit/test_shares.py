"""Variance components: unbiased, whatever the sizes, and an allocation that is the cheapest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from partywall.stats.shares import Components, allocation, batches, variance_components


def nested(
    random: np.random.Generator, sizes: list[list[int]], run: float, trial: float, sample: float, r: float = 0.0
) -> list[list[np.ndarray]]:
    found = []
    for trials in sizes:
        level = random.normal(100, run)
        parts = []
        for n in trials:
            noise = lfilter([np.sqrt(1 - r * r)], [1, -r], random.standard_normal(n + 200))[200:]
            parts.append(random.normal(level, trial) + sample * noise)
        found.append(parts)
    return found


@pytest.mark.parametrize(
    "sizes", [[[40] * 3] * 8, [[10, 200], [60], [33, 5, 100], [40] * 4, [400], [70, 70]]], ids=["equal", "unequal"]
)
def test_they_are_unbiased(sizes: list[list[int]]) -> None:
    random = np.random.default_rng(1)
    n = 1500
    found = [variance_components(nested(random, sizes, 2.0, 1.0, 3.0)) for _ in range(n)]
    for name, truth in (("run", 4.0), ("trial", 1.0), ("sample", 9.0)):
        values = np.array([getattr(one, name) for one in found])
        assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(n)


def test_dependence_belongs_to_the_samples() -> None:
    random = np.random.default_rng(2)
    found = [variance_components(nested(random, [[20_000]] * 10, 0.0, 0.0, 1.0, r=0.7)) for _ in range(20)]
    # A mean of dependent samples varies by (1 + r) / (1 - r) times more.
    assert np.mean([one.sample for one in found]) == pytest.approx(1.7 / 0.3, rel=0.05)
    assert abs(np.mean([one.run for one in found])) < 1e-4


def test_one_trial_a_run_and_one_sample_a_trial_hide_their_level() -> None:
    random = np.random.default_rng(3)
    single = variance_components([[random.normal(0, 1, 50)] for _ in range(20)])
    assert single.trial == 0
    lone = variance_components([[random.normal(0, 1, 1)] for _ in range(400)])
    assert (lone.trial, lone.sample) == (0, 0)
    assert lone.run == pytest.approx(1, rel=0.3)


def test_medians_do_not_see_outliers() -> None:
    random = np.random.default_rng(4)
    runs = [[random.normal(level, 0.1, 2000)] for level in random.normal(100, 1, 20)]
    runs[3][0][7] = 1e6
    assert variance_components(runs).shares[2] > 0.99
    assert variance_components(runs, np.median).shares[0] > 0.9


def test_shares_sum_to_one_and_are_never_negative() -> None:
    assert Components(run=-1.0, trial=1.0, sample=3.0).shares == (0.0, 0.25, 0.75)
    assert Components(run=0.0, trial=0.0, sample=0.0).shares == (0.0, 0.0, 0.0)
    constant = variance_components([[np.full(50, 3.0)] * 2] * 3)
    assert constant == Components(run=0.0, trial=0.0, sample=0.0)


@pytest.mark.parametrize("runs", [[], [[]], [[np.array([])]], [[np.array([1.0, np.nan])]], [[np.array([1.0, np.inf])]]])
def test_what_has_no_components(runs: list[list[np.ndarray]]) -> None:
    with pytest.raises(ValueError, match=r"variance components need|finite"):
        variance_components(runs)


@given(st.integers(0, 500), st.sampled_from([0.25, 1.0, 8.0]), st.integers(-1000, 1000))
def test_scale_and_shift(seed: int, scale: float, shift: int) -> None:
    runs = nested(np.random.default_rng(seed), [[30, 41], [5], [100]], 2.0, 1.0, 3.0)
    one = variance_components(runs)
    other = variance_components([[x * scale + shift for x in trials] for trials in runs])
    for name in ("run", "trial", "sample"):
        assert getattr(other, name) == pytest.approx(getattr(one, name) * scale**2, rel=1e-6, abs=1e-6)


@given(st.integers(0, 500), st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(seed: int, shuffle: object) -> None:
    runs = nested(np.random.default_rng(seed), [[30, 41], [5], [100]], 2.0, 1.0, 3.0)
    one = variance_components(runs)
    shuffle.shuffle(runs)  # type: ignore[attr-defined]
    assert variance_components(runs).shares == pytest.approx(one.shares)


@given(st.integers(1, 3000))
def test_batches_are_the_last_samples_in_groups_of_one_size(n: int) -> None:
    values, size = batches(np.arange(n, dtype=float))
    assert values[-1] == n - 1 - (size - 1) / 2
    assert values.size == n // size
    assert n < 20 or 20 <= values.size < 40


def total(components: Components, costs: tuple[float, float, float], trials: int, samples: int) -> float:
    """Variance of the mean of as many runs as fit into a minute."""
    runs = 60 / (costs[0] + trials * (costs[1] + samples * costs[2]))
    within = components.trial / trials + components.sample / (trials * samples)
    return (components.run + within) / runs


@pytest.mark.parametrize(
    "components", [Components(1.0, 4.0, 900.0), Components(0.01, 0.5, 1e5), Components(2.0, 0.0, 500.0)]
)
def test_the_allocation_is_nearly_the_best_there_is(components: Components) -> None:
    costs = 0.3, 0.01, 0.0001
    trials, samples = allocation(components, *costs)
    best = min(total(components, costs, t, s) for t in range(1, 60) for s in range(1, 3000, 7))
    assert total(components, costs, trials, samples) <= 1.05 * best


def test_levels_that_add_nothing() -> None:
    assert allocation(Components(1.0, -0.1, -0.1), 1.0, 1.0, 1.0) == (1, 1)
    assert allocation(Components(-1.0, 0.0, 2.0), 1.0, 1.0, 1.0, most=500) == (1, 500)
    assert allocation(Components(0.0, 1.0, 9.0), 1.0, 4.0, 1.0, most=500) == (500, 6)
    with pytest.raises(ValueError, match="above zero"):
        allocation(Components(1.0, 1.0, 1.0), 1.0, 0.0, 1.0)
