"""What must hold for any values: of the intervals, the contrasts and the verdicts."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partywall.model import Estimate, VerdictKind
from partywall.ruling import compare
from partywall.stats import interval_coverage, median_interval, paired_difference, paired_ratio
from partywall.stats.intervals import widest_rank

# Integers, so that shifts and scales by powers of two are exact.
RUNS = st.lists(st.integers(-10_000, 10_000), min_size=6, max_size=30).map(lambda x: np.array(x, float))
POSITIVE = st.lists(st.floats(1e-9, 1e3), min_size=6, max_size=20).map(np.array)
CONFIDENCE = st.floats(0.5, 0.95)
FINITE = st.floats(-1e6, 1e6)


def three(e: Estimate) -> tuple[float, float, float]:
    return e.low, e.value, e.high


@given(RUNS, CONFIDENCE)
def test_the_value_lies_in_its_interval(x: np.ndarray, confidence: float) -> None:
    for e in (median_interval(x, confidence), paired_difference(x, x[::-1], confidence)):
        assert e.low <= e.value <= e.high


@given(RUNS, st.integers(-1000, 1000), st.sampled_from([0.25, 1.0, 8.0]))
def test_shift_and_scale(x: np.ndarray, shift: int, scale: float) -> None:
    expected = tuple(scale * v + shift for v in three(median_interval(x)))
    assert three(median_interval(scale * x + shift)) == pytest.approx(expected)
    zero = np.zeros_like(x)
    expected = tuple(scale * v + shift for v in three(paired_difference(x, zero)))
    assert three(paired_difference(scale * x + shift, zero)) == expected


@given(RUNS)
def test_mirror(x: np.ndarray) -> None:
    low, value, high = three(median_interval(x))
    assert three(median_interval(-x)) == pytest.approx((-high, -value, -low))
    y = np.roll(x, 1)
    low, value, high = three(paired_difference(x, y))
    assert three(paired_difference(y, x)) == (-high, -value, -low)


@given(RUNS, st.randoms(use_true_random=False))
def test_order_of_runs_does_not_matter(x: np.ndarray, random: object) -> None:
    order = list(range(x.size))
    random.shuffle(order)  # type: ignore[attr-defined]
    y = np.roll(x, 1)
    assert median_interval(x[order]) == median_interval(x)
    assert paired_difference(x[order], y[order]) == paired_difference(x, y)


@given(RUNS, CONFIDENCE, CONFIDENCE)
def test_more_confidence_never_narrows(x: np.ndarray, a: float, b: float) -> None:
    less, more = sorted((a, b))
    for interval in (median_interval, lambda v, c: paired_difference(v, np.zeros_like(v), c)):
        inner, outer = interval(x, less), interval(x, more)
        assert outer.low <= inner.low
        assert inner.high <= outer.high
        assert outer.value == inner.value


@given(st.integers(6, 400), CONFIDENCE)
def test_the_rank_is_the_largest_that_covers(n: int, confidence: float) -> None:
    k = widest_rank(n, confidence)
    assert interval_coverage(n, k) >= confidence
    assert k == n // 2 or interval_coverage(n, k + 1) < confidence
    # Interpolated or not, the ends lie between that rank and the next.
    assert k <= median_interval(np.arange(1.0, n + 1), confidence).low <= k + 1


@given(POSITIVE, st.floats(1e-3, 1e3))
def test_ratio_scales_and_inverts(x: np.ndarray, scale: float) -> None:
    y = np.roll(x, 1)
    low, value, high = three(paired_ratio(x, y))
    assert three(paired_ratio(scale * x, y)) == pytest.approx((scale * low, scale * value, scale * high))
    assert three(paired_ratio(y, x)) == pytest.approx((1 / high, 1 / value, 1 / low))


@given(FINITE, FINITE, st.floats(0, 1e6), FINITE, FINITE)
def test_a_wider_interval_never_decides_otherwise(a: float, b: float, by: float, first: float, second: float) -> None:
    low, high = sorted((a, b))
    bounds = tuple(sorted((first, second)))
    wide = compare(low - by, high + by, bounds)
    assert wide in (compare(low, high, bounds), VerdictKind.INDETERMINATE)


@given(FINITE, FINITE, st.floats(0, 1e6), FINITE, FINITE)
def test_verdicts_rise_with_the_interval(a: float, b: float, by: float, first: float, second: float) -> None:
    low, high = sorted((a, b))
    bounds = tuple(sorted((first, second)))
    rank = {VerdictKind.BELOW: 0, VerdictKind.WITHIN: 1, VerdictKind.INDETERMINATE: 1, VerdictKind.ABOVE: 2}
    assert rank[compare(low, high, bounds)] <= rank[compare(low + by, high + by, bounds)]


@given(FINITE, FINITE, FINITE)
def test_decided_verdicts_speak_for_every_point(a: float, b: float, bound: float) -> None:
    low, high = sorted((a, b))
    kind = compare(low, high, (bound, None))
    assume(kind != VerdictKind.INDETERMINATE)
    assert all(compare(p, p, (bound, None)) == kind for p in (low, (low + high) / 2, high))
