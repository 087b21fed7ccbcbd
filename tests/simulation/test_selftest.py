"""The synthetic self-test: it passes with what is there, and fails with what is wrong."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.stats import binom

import tables
from partywall.model import Estimate
from partywall.selftest import coverage, sessions, synthetic, within
from partywall.selftest.checks import Check, Demand, Judged, Status, Tally, judge_checks
from partywall.selftest.coverage import Truth
from partywall.selftest.families import FAMILIES, Family
from partywall.stats import median_interval
from partywall.stats.proportions import proportion_interval

SEED = 1
TINY = synthetic.Size(repetitions=200, run_counts=(9, 20), sessions=20, session_runs=9, truth_runs=20_000)
PLAIN = FAMILIES[1]


def family(name: str) -> Family:
    return next(one for one in FAMILIES if one.name == name)


def judged(checks: tuple[Check, ...]) -> dict[tuple[str, int], Judged]:
    return {(one.check.what, one.check.runs): one for one in judge_checks(checks)[1]}


@pytest.mark.parametrize("name", ["iid", "AR 0.95 in runs", "two levels, even", "clock of 1 %, quiet", "Pareto 1.3"])
def test_nothing_fails(name: str) -> None:
    found = judged(synthetic.check_family(family(name), TINY, SEED))
    assert [key for key, one in found.items() if one.status == Status.FAILED] == []
    assert found["typical", 20].check.trials == TINY.repetitions
    assert found["wrong WITHIN", 9].check.demand == Demand.AT_MOST


def test_the_figures_follow_from_the_seed() -> None:
    size = replace(TINY, repetitions=20, sessions=2, truth_runs=1000)
    once, again, other = (synthetic.check_family(PLAIN, size, seed) for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_an_interval_that_is_too_narrow_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(values: Any) -> Estimate:
        return median_interval(values, confidence=0.8)

    monkeypatch.setattr(coverage, "median_interval", narrow)
    random = np.random.default_rng(SEED)
    truth = Truth.of(random, PLAIN, 20_000)
    values = coverage.simulate(random, PLAIN, 1000, 20)
    found = judged(tuple(coverage.check_estimates(PLAIN, truth, values, (20,))))
    assert found["typical", 20].status == Status.FAILED
    assert found["wrong WITHIN", 20].status == Status.FAILED


def test_a_wrong_truth_fails() -> None:
    random = np.random.default_rng(SEED)
    truth = Truth.of(random, PLAIN, 20_000, scale=1.01)
    values = coverage.simulate(random, PLAIN, 400, 20)
    found = judged(tuple(coverage.check_estimates(PLAIN, truth, values, (20,))))
    assert found["typical", 20].status == Status.FAILED


def test_a_session_without_its_clock_s_uncertainty_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = family("iid")
    clock = sessions._CLOCK
    truth = Truth.of(np.random.default_rng(SEED), quiet, 20_000)
    honest, silent = (
        _session_checks(monkeypatch, quiet, truth, clock.uncertainty * 4, admitted) for admitted in (True, False)
    )
    assert honest["typical, session", 9].status == Status.OK
    assert silent["typical, session", 9].status == Status.FAILED


def _session_checks(
    monkeypatch: pytest.MonkeyPatch, one: Family, truth: Truth, off: float, admitted: bool
) -> dict[tuple[str, int], Judged]:
    monkeypatch.setattr(sessions, "_CLOCK", msgspec.structs.replace(sessions._CLOCK, uncertainty=off))
    made = sessions.synthetic_session

    def forgetful(*arguments: Any) -> Any:
        record = made(*arguments)
        return replace(record, clock=msgspec.structs.replace(record.clock, uncertainty=0.0))

    with monkeypatch.context() as patched:
        if not admitted:
            patched.setattr(sessions, "synthetic_session", forgetful)
        random = np.random.default_rng(SEED)
        return judged(tuple(sessions.check_sessions(random, one, truth, 60, 9)))


def test_a_tail_that_is_not_known_is_refused() -> None:
    found = judged(tuple(within.check_within(np.random.default_rng(SEED), family("AR 0.95 in runs"), 20)))
    assert found["p99 in a run", 1].check.refused > 10
    assert "independent" in found["p99 in a run", 1].check.why_refused
    assert found["median in a run", 1].check.refused == 0


def check(hits: int, trials: int, **about: Any) -> Check:
    return Check(part="synthetic", what="typical", condition="some", hits=hits, trials=trials, **about)


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (check(950, 1000), Status.OK),
        (check(1000, 1000), Status.OK),
        (check(927, 1000), Status.LOW),
        (check(900, 1000), Status.FAILED),
        (check(900, 1000, exception="a reason"), Status.LOW),
        (check(0, 0, refused=5), Status.REFUSED),
        (check(0, 0), Status.UNSUPPORTED),
        (check(10, 10, refused=100), Status.REFUSED),
        (check(50, 1000, demand=Demand.AT_MOST, nominal=0.05), Status.OK),
        (check(66, 1000, demand=Demand.AT_MOST, nominal=0.05), Status.HIGH),
        (check(90, 1000, demand=Demand.AT_MOST, nominal=0.05), Status.FAILED),
        (check(1, 1000, demand=Demand.TOLD), Status.TOLD),
    ],
)
def test_status(one: Check, status: Status) -> None:
    assert judge_checks([one])[1][0].status == status


def test_more_checks_need_more_to_fail() -> None:
    bad = check(908, 1000)
    assert judge_checks([bad])[1][0].status == Status.FAILED
    confidence, many = judge_checks([bad, *[check(950, 1000)] * 499])
    assert many[0].status == Status.LOW
    assert confidence == pytest.approx(1 - 0.01 / 500)


def test_a_tally_keeps_the_reason_given_most() -> None:
    tally = Tally()
    for reason in ("one", "other", "other"):
        tally.refuse(reason)
    assert (tally.why_refused, tally.width) == ("other", None)
    tally.add(0.9, 1.1, 1.0)
    tally.add(1.1, 1.3, 1.0)
    assert (tally.hits, tally.trials, tally.width) == (1, 2, pytest.approx(0.2))


def test_proportions_are_exact() -> None:
    assert proportion_interval(0, 10) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert proportion_interval(10, 10) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    low, high = proportion_interval(3, 20)
    # At its ends as few, or as many, hits as seen have a probability of 2.5 %.
    assert binom.sf(2, 20, low) == pytest.approx(0.025)
    assert binom.cdf(3, 20, high) == pytest.approx(0.025)
    for wrong in ((3, 2, 0.95), (-1, 2, 0.95), (0, 0, 0.95), (1, 2, 1.0)):
        with pytest.raises(ValueError, match=r"proportion|confidence"):
            proportion_interval(*wrong)


def test_the_tables_of_the_document_have_their_places() -> None:
    document = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8")
    for part in tables.PARTS:
        assert document.count(f"<!-- {part} begin -->\n") == document.count(f"<!-- {part} end -->") == 1
