"""Signed-rank contrasts against enumeration, SciPy and simulation."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import wilcoxon

from partywall.stats import paired_difference, paired_ratio
from partywall.stats.nested import signed_rank_distribution


@pytest.mark.parametrize("n", [1, 4, 9])
def test_distribution_is_that_of_enumeration(n: int) -> None:
    sums = [sum(i * s for i, s in enumerate(signs, 1)) for signs in product((0, 1), repeat=n)]
    expected = np.bincount(sums) / 2**n
    np.testing.assert_allclose(signed_rank_distribution(n), expected, rtol=1e-12)


def test_interval_is_the_inversion_of_the_exact_test() -> None:
    d = np.random.default_rng(3).normal(0.4, 1.0, 12)
    interval = paired_difference(d, np.zeros(12))
    step = 1e-9
    for bound, outside in ((interval.low, -step), (interval.high, step)):
        assert wilcoxon(d - (bound + outside), method="exact").pvalue <= 0.05
        assert wilcoxon(d - (bound - outside), method="exact").pvalue > 0.05


def test_known_estimate() -> None:
    # Six differences 1, 2, 4, 8, 16, 32: the median of the 21 Walsh averages is the 11th, (8 + 8) / 2 = 8.
    d = np.array([1.0, 2, 4, 8, 16, 32])
    walsh = sorted((d[i] + d[j]) / 2 for i in range(6) for j in range(i, 6))
    interval = paired_difference(d + 5, np.full(6, 5.0))
    assert (interval.low, interval.value, interval.high) == (1.0, walsh[10], 32.0)


def test_pairing_takes_the_common_part_away() -> None:
    rng = np.random.default_rng(5)
    regime = rng.uniform(0, 100, 12)
    interval = paired_difference(regime + 1 + rng.normal(0, 0.01, 12), regime)
    assert 0.98 < interval.low < interval.high < 1.02


def test_ratio() -> None:
    b = np.geomspace(1, 1000, 9)
    interval = paired_ratio(3 * b, b)
    assert interval.unit == "1"
    assert (interval.low, interval.value, interval.high) == pytest.approx((3, 3, 3))


@pytest.mark.parametrize("n", [9, 12])
def test_simulated_coverage(n: int) -> None:
    rng = np.random.default_rng(11)
    intervals = [paired_difference(row, np.zeros(n)) for row in rng.normal(1.0, 1.0, (4000, n))]
    hit = np.mean([i.low <= 1.0 <= i.high for i in intervals])
    assert 0.94 < hit < 0.97


def test_refusals() -> None:
    six = np.arange(1.0, 7)
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_difference(six, six[1:])
    with pytest.raises(ValueError, match="too few"):
        paired_difference(six[1:], six[1:])
    with pytest.raises(ValueError, match="above zero"):
        paired_ratio(six - 1, six)
    with pytest.raises(ValueError, match="finite"):
        paired_difference(six, six * np.nan)
