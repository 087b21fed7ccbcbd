"""The synthetic data are what they are said to be, and their truths are true."""

import numpy as np
import pytest

from partywall.selftest.coverage import ESTIMATES, Truth, summarise_runs
from partywall.selftest.families import FAMILIES, MOST_RUNS, ORDINARY, SAMPLES, Family
from partywall.stats import summarise
from partywall.stats.quantiles import autocorrelation_time

RUNS = 2000
SIGMAS = 5.0  # a deviation of a mean that no seed of a sound generator shows


def named(family: Family) -> str:
    return family.name


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_the_exact_quantile_is_that_of_the_samples(family: Family) -> None:
    random = np.random.default_rng(1)
    for p in (0.5, 0.99):
        exact = family.quantile(p)
        below = (family.draw_runs(random, RUNS, SAMPLES) <= exact).mean(axis=1)
        error = SIGMAS * below.std() / RUNS**0.5
        # A clock with steps has much of its mass on the quantile itself.
        assert below.mean() >= p - error
        assert family.step or below.mean() <= p + error


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_runs_are_summarised_as_sessions_do(family: Family) -> None:
    x = family.draw(np.random.default_rng(2), 3, 4)
    expected = [[summarise([run], per_op=True) for run in repetition] for repetition in x.copy()]
    # Whose first samples look like a warm-up is another matter; few do.
    whole = np.array([[s.left_out == 0 for s in row] for row in expected])
    assert whole.mean() > 0.75
    found = summarise_runs(x)
    for name, field in zip(ESTIMATES, ("median", "mean", "floor", "p99"), strict=True):
        values = np.array([[getattr(s, field) for s in row] for row in expected])
        assert found[name][whole] == pytest.approx(values[whole].astype(float))


@pytest.mark.parametrize(("name", "correlation"), [("AR 0.3 in runs", 0.3), ("AR 0.95 in runs", 0.95)])
def test_autoregressions_depend_as_they_say(name: str, correlation: float) -> None:
    family = next(family for family in FAMILIES if family.name == name)
    random = np.random.default_rng(3)
    times = [autocorrelation_time(x) for x in family.draw_runs(random, 20, 20_000)]
    assert np.mean(times) == pytest.approx((1 + correlation) / (1 - correlation), rel=0.15)


def test_the_truth_of_symmetric_data_is_their_level() -> None:
    family = next(family for family in FAMILIES if family.name == ORDINARY)
    truth = Truth.of(np.random.default_rng(4), family, 20_000)
    count = truth.values["typical"].size
    error = SIGMAS * 1.2533 * 0.0201 / count**0.5
    for name in ("typical", "mean"):
        assert truth.value(name, MOST_RUNS) == pytest.approx(1.0, abs=error)


def test_a_drifting_session_has_its_own_truth() -> None:
    family = next(family for family in FAMILIES if family.name == "drift of session")
    truth = Truth.of(np.random.default_rng(5), family, 20_000)
    assert truth.value("typical", 9) < truth.value("typical", 20) < truth.value("typical", MOST_RUNS)


def test_a_scale_is_one_of_all() -> None:
    family = FAMILIES[0]
    one, three = (family.draw(np.random.default_rng(6), 2, 3, scale) for scale in (1.0, 3.0))
    assert three == pytest.approx(3 * one)
