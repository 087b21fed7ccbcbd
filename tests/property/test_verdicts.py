"""What must hold of verdicts and intervals when bounds or confidence change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from partywall.model import VerdictKind
from partywall.ruling import compare
from partywall.stats import median_interval, paired_difference, paired_ratio
from partywall.stats.proportions import proportion_interval
from partywall.stats.quantiles import quantile_interval

FINITE = st.floats(-1e6, 1e6)
WIDER = st.floats(0, 1e6)
CONFIDENCE = st.floats(0.5, 0.95)
TIMES = st.lists(st.floats(1e-3, 1e3), min_size=6, max_size=30).map(np.array)


@given(FINITE, FINITE, FINITE, FINITE, WIDER, WIDER)
def test_wider_bounds_never_take_a_within_away(
    a: float, b: float, first: float, second: float, left: float, right: float
) -> None:
    low, high = sorted((a, b))
    least, most = sorted((first, second))
    if compare(low, high, (least, most)) == VerdictKind.WITHIN:
        for bounds in ((least - left, most + right), (None, most), (least, None), (None, None)):
            assert compare(low, high, bounds) == VerdictKind.WITHIN


@given(FINITE, FINITE, FINITE, FINITE, WIDER, WIDER)
def test_wider_bounds_never_bring_a_miss(
    a: float, b: float, first: float, second: float, left: float, right: float
) -> None:
    low, high = sorted((a, b))
    least, most = sorted((first, second))
    wide = compare(low, high, (least - left, most + right))
    if wide in (VerdictKind.BELOW, VerdictKind.ABOVE):
        assert compare(low, high, (least, most)) == wide


@given(TIMES, CONFIDENCE, CONFIDENCE)
def test_every_interval_is_nested_in_that_of_more_confidence(x: np.ndarray, a: float, b: float) -> None:
    less, more = sorted((a, b))
    y = np.roll(x, 1)
    for interval in (
        lambda c: median_interval(x, c),
        lambda c: paired_difference(x, y, c),
        lambda c: paired_ratio(x, y, c),
        lambda c: quantile_interval(x, 0.5, c),
    ):
        inner, outer = interval(less), interval(more)
        assert outer.low <= inner.low
        assert inner.high <= outer.high


@given(st.integers(0, 50), st.integers(1, 50), CONFIDENCE, CONFIDENCE)
def test_proportions_are_nested_and_hold_the_rate(hits: int, trials: int, a: float, b: float) -> None:
    hits = min(hits, trials)
    less, more = sorted((a, b))
    inner, outer = proportion_interval(hits, trials, less), proportion_interval(hits, trials, more)
    assert outer[0] <= inner[0] <= hits / trials <= inner[1] <= outer[1]
