"""What other rules do on clustered data, beside ours; seeds are fixed, bounds are exact intervals of the rates."""

import numpy as np
import pytest

import harnesses
import power
from partywall.stats.proportions import proportion_interval

REPETITIONS = 400
SURE = 0.9999


def bounds(count: tuple[int, int] | None) -> tuple[float, float]:
    assert count is not None
    return proportion_interval(*count, SURE)


@pytest.fixture(scope="module")
def rows() -> dict[str, harnesses.Row]:
    return {row.name: row for row in harnesses.simulate(REPETITIONS, seed=3)}


def test_ours_covers_and_does_not_cry_wolf(rows: dict[str, harnesses.Row]) -> None:
    for name in ("partywall, 9 runs", "partywall, 20 runs"):
        row = rows[name]
        assert bounds(row.covered)[1] >= 0.95
        assert bounds(row.alarms)[0] <= 0.05
        assert bounds(row.regimes)[0] <= 0.05


def test_pooling_does_not(rows: dict[str, harnesses.Row]) -> None:
    pooled = rows["pooled t, processes x values"]
    assert bounds(pooled.covered)[1] < 0.5
    assert bounds(pooled.alarms)[0] > 0.5
    assert bounds(rows["criterion: bootstrap in a process; t-test, 1 %"].covered)[1] < 0.5
    assert bounds(rows["JMH: 99.9 % t of forks x iterations"].covered)[1] < 0.99
    assert bounds(rows["pooled ranks (Mann-Whitney)"].alarms)[0] > 0.5


def test_rules_hold_where_their_assumption_does() -> None:
    machine = harnesses.Machine(np.random.default_rng(1), REPETITIONS, between=0.0)
    for interval, confidence in ((harnesses.pooled_t(0.95), 0.95), (harnesses.pooled_t(0.999), 0.999)):
        low, high = interval(machine.measure(20, 5))
        covered = int(np.count_nonzero((low <= 1) & (high >= 1)))
        least, most = proportion_interval(covered, REPETITIONS, SURE)
        assert least <= confidence <= most
    for test in (harnesses.t_test, harnesses.rank_test):
        alarms = int(np.count_nonzero(test(machine.measure(20, 5), machine.measure(20, 5))))
        least, most = proportion_interval(alarms, REPETITIONS, SURE)
        assert least <= 0.05 <= most


def test_the_effects_of_the_power_table_are_what_they_are_called() -> None:
    for effect, wanted in zip(power.effects(), power.POWERS, strict=True):
        seen = power.rate(power.pooled_t, power.normal, power.RUNS, effect, 0.0, REPETITIONS, seed=1)
        low, high = proportion_interval(seen, REPETITIONS, SURE)
        assert low <= wanted <= high


def test_no_false_alarms_where_runs_differ() -> None:
    for name, runs, method in power.METHODS:
        alarms = power.rate(method, power.normal, runs, 0.0, power.BETWEEN, 200, seed=1)
        low, high = proportion_interval(alarms, 200, SURE)
        assert (low > 0.2) if name == "pooled t" else (low <= 0.05), name
        assert high > 0
