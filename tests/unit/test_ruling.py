"""Verdicts that stand together: nested intervals, p-values of decisions, Holm's method."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from partywall.model import Estimate, Verdict, VerdictKind
from partywall.ruling import Figure, Ruling, judge_together
from partywall.stats import median_interval, paired_difference
from partywall.stats.nested import holm, nested_difference, nested_median, nested_shift, rank_sum_distribution

ABOVE_ALL = (0.0, 1.0)


def runs(count: int, centre: float = 10.0) -> NDArray[np.float64]:
    return centre + np.random.default_rng(count).normal(size=count)


def figure(values: NDArray[np.float64], by: float = 0.0) -> Figure:
    found = median_interval(values)
    estimate = Estimate(value=found.value, low=found.low - by, high=found.high + by)
    return Figure(runs=values.size, estimate=estimate, nested=nested_median(values).widened(by))


def ruling(
    found: Figure | None, source: str = "a book", kind: VerdictKind = VerdictKind.INVALID, **more: Any
) -> Ruling:
    verdict = Verdict(
        claim="c", says="", cell="", quantity="", verdict=kind, why="gate", source=source, bounds=ABOVE_ALL
    )
    return Ruling(verdict, found, **more)


@pytest.mark.parametrize("count", [6, 9, 12, 20, 37])
def test_every_confidence_gives_the_interval_that_is_given_for_it_alone(count: int) -> None:
    a, b = runs(count), runs(count + 1)[:count]
    for confidence in (0.5, 0.8, 0.95):
        alone = median_interval(a, confidence)
        found = nested_median(a).at(confidence)
        # That of one cell may be interpolated between two ranks, and then lies inside.
        assert found is not None
        assert found[0] <= alone.low <= alone.high <= found[1]
        paired = paired_difference(a, b, confidence)
        assert nested_difference(a, b).at(confidence) == pytest.approx((paired.low, paired.high))


def test_too_few_runs_have_no_interval() -> None:
    assert nested_median(runs(5)).at(0.95) is None
    assert nested_shift(runs(3), runs(3)).at(0.95) is None
    assert nested_shift(runs(4), runs(4)).at(0.95) is not None
    with pytest.raises(ValueError, match="both sides"):
        nested_shift(runs(3), [])
    with pytest.raises(ValueError, match="cannot be paired"):
        nested_difference(runs(3), runs(4))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (5, 4), (6, 6), (1, 7), (7, 1)])
def test_the_rank_sum_distribution_is_that_of_all_orders(n: int, m: int) -> None:
    counts = np.zeros(n * m + 1)
    for places in itertools.combinations(range(n + m), n):
        counts[sum(places) - n * (n - 1) // 2] += 1
    assert rank_sum_distribution(n, m) == pytest.approx(counts / counts.sum())


def test_a_shift_holds_for_unequal_numbers_of_runs_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        low, high = nested_shift(random.exponential(size=9) + 1, random.exponential(size=14)).at(0.95) or (0, 0)
        held += low <= 1 <= high
    # A binomial of 2000 trials at 95.0 % lies outside 93.5 to 97.5 % once in a thousand times.
    assert 0.935 <= held / 2000 <= 0.975


def test_the_p_value_of_a_decision_is_the_error_of_the_widest_interval_that_makes_it() -> None:
    values = runs(12)
    assert figure(values).p_value((0.0, 1.0)) == pytest.approx(2 / 2**12)
    ordered = np.sort(values)
    between = float((ordered[0] + ordered[1]) / 2)
    assert figure(values).p_value((0.0, between)) == pytest.approx(2 * (1 + 12) / 2**12)
    assert figure(values).p_value((0.0, float(np.median(values)))) == 1.0
    assert figure(values, by=5.0).p_value((0.0, between)) == 1.0, "what the clock may be wrong by is part of it"


def test_holm() -> None:
    # The worked example of Holm 1979 in other numbers: 0.01 x 4, 0.02 x 3, 0.03 x 2, and never falling.
    assert holm([0.02, 0.01, 0.04, 0.03]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]).size == 0


def test_nine_runs_decide_a_dozen_verdicts_and_no_more() -> None:
    twelve = judge_together([ruling(figure(runs(9)))] * 12)
    assert {verdict.verdict for verdict in twelve} == {VerdictKind.ABOVE}
    thirteen = judge_together([ruling(figure(runs(9)))] * 13)
    assert {verdict.verdict for verdict in thirteen} == {VerdictKind.INDETERMINATE}
    first = thirteen[0]
    assert first.why == "ABOVE by itself, but not among 13 verdicts on this document (p 0.0039, 0.051 by Holm)"
    assert (first.together, first.runs_to_decide) == (13, 12)
    enough = judge_together([ruling(figure(runs(first.runs_to_decide)))] * 13)
    assert {verdict.verdict for verdict in enough} == {VerdictKind.ABOVE}


def test_another_document_and_what_a_gate_has_ruled_do_not_count() -> None:
    gated = ruling(None, kind=VerdictKind.NOISY)
    found = judge_together([ruling(figure(runs(9)))] * 12 + [gated] + [ruling(figure(runs(9)), source="another")])
    assert [verdict.verdict for verdict in found] == [VerdictKind.ABOVE] * 12 + [VerdictKind.NOISY, VerdictKind.ABOVE]
    assert (found[12].why, found[12].together, found[12].p) == ("gate", 0, None)


def test_what_is_undecided_by_itself_counts_among_the_others() -> None:
    across = ruling(figure(runs(9, centre=1.0)))
    found = judge_together([ruling(figure(runs(9)))] * 12 + [across])
    assert {verdict.verdict for verdict in found} == {VerdictKind.INDETERMINATE}
    assert found[-1].p is None
    assert "neither" in found[-1].why


def test_own_words_are_for_the_verdict_that_stands() -> None:
    words = {"ABOVE": "because", "INDETERMINATE": "who knows"}
    (alone,) = judge_together([ruling(figure(runs(9)), why=words)])
    assert alone.why == "because"
    assert judge_together([ruling(figure(runs(9)), why=words)] * 13)[0].why.startswith("ABOVE by itself")
