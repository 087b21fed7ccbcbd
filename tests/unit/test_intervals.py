"""The order-statistic interval: known ranks and coverages, and its coverage by simulation."""

import numpy as np
import pytest
from scipy.special import ndtri

from partywall.stats import interval_coverage, median_interval, round_up_runs
from partywall.stats.intervals import RUN_COUNTS, gap_beside, interpolated, widest_rank

KNOWN = [(6, 1, 0.96875), (9, 2, 0.9609), (12, 3, 0.9614), (17, 5, 0.9510), (20, 6, 0.9586), (37, 13, 0.9530)]


@pytest.mark.parametrize(("n", "k", "coverage"), KNOWN)
def test_known_ranks(n: int, k: int, coverage: float) -> None:
    values = np.arange(1.0, n + 1)
    interval = median_interval(values[::-1])
    assert interval.value == (n + 1) / 2
    if n >= 9:  # the run counts that are used cover by so little more that nothing is to be gained
        assert (interval.low, interval.high) == (k, n + 1 - k)
    assert widest_rank(n, 0.95) == k
    assert interval_coverage(n, k) == pytest.approx(coverage, abs=5e-5)
    assert interval_coverage(n, k + 1) < 0.95


@pytest.mark.parametrize("n", [0, 1, 5])
def test_too_few_runs(n: int) -> None:
    with pytest.raises(ValueError, match=f"{n} runs are too few"):
        median_interval(np.arange(float(n)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        median_interval(np.array([1.0] * 8 + [bad]))


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_senseless_confidence(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        median_interval(np.arange(9.0), confidence)


@pytest.mark.parametrize("k", [0, 6])
def test_rank_without_mirror_image(k: int) -> None:
    with pytest.raises(ValueError, match="order statistic"):
        interval_coverage(9, k)


@pytest.mark.parametrize("n", [9, 20])
def test_simulated_coverage_is_the_exact_one(n: int) -> None:
    rng = np.random.default_rng(7)
    draws = rng.exponential(size=(4000, n))
    intervals = [median_interval(row) for row in draws]
    hit = np.mean([i.low <= np.log(2) <= i.high for i in intervals])
    k = {9: 2, 20: 6}[n]
    assert hit == pytest.approx(interval_coverage(n, k), abs=0.012)


def test_round_up_runs() -> None:
    counts = (1, 9, 10, 13, 18, 21, 26, 31, 38)
    assert [round_up_runs(n) for n in counts] == [9, 9, 12, 17, 20, 25, 30, 37, 40]
    assert round_up_runs(10**6) >= 10**6


@pytest.mark.parametrize(("n", "k", "share"), [(10, 2, 0.6577), (8, 1, 0.9356), (23, 7, 0.4479)])
def test_interpolation_between_two_ranks(n: int, k: int, share: float) -> None:
    # Computed by hand from binomial coefficients; of ten: I = (0.97852 - 0.95) / (0.97852 - 0.89062) = 0.3244,
    # and 8 I / (2 + 6 I) = 0.6577.
    low, high = interpolated(np.arange(1.0, n + 1), k, 0.95)
    assert (low, high) == (pytest.approx(k + share, abs=2e-4), pytest.approx(n + 1 - k - share, abs=2e-4))
    assert median_interval(np.arange(1.0, n + 1)).low == low


def test_confidence_between_two_ranks_meets_them_at_its_ends() -> None:
    x = np.sort(np.random.default_rng(3).standard_normal(13))
    for k in (3, 4, 5):
        assert interpolated(x, k, interval_coverage(13, k)) == (x[k - 1], x[13 - k])
        assert interpolated(x, k, interval_coverage(13, k + 1)) == pytest.approx((x[k], x[12 - k]))


def test_nothing_is_interpolated_into_a_gap() -> None:
    x = np.array([1.0, 1.1, 9.0, 9.1, 9.2, 9.3, 9.4, 9.5, 9.6, 9.7])
    assert gap_beside(x, 2)
    assert (median_interval(x).low, median_interval(x).high) == (1.1, 9.6)
    assert not gap_beside(np.arange(10.0), 2)


FAMILIES = {
    "normal": lambda r, s: r.standard_normal(s),
    "lognormal": lambda r, s: np.exp(r.standard_normal(s)) - 1,
    "cauchy": lambda r, s: r.standard_cauchy(s),
    "uniform": lambda r, s: r.random(s) - 0.5,
    "exponential": lambda r, s: r.exponential(1, s) - np.log(2),
    # The median of the mixture lies in the greater part, at its 1/2 / 0.55 quantile.
    "bimodal": lambda r, s: r.standard_normal(s) - ndtri(0.5 / 0.55) + 100 * (r.random(s) < 0.45),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("n", [6, 7, 8, 10, 11, 13, 14, 16, 19, 23, 27, 33, *RUN_COUNTS])
def test_coverage(name: str, n: int) -> None:
    repetitions = 3000
    draws = FAMILIES[name](np.random.default_rng(n), (repetitions, n))
    intervals = [median_interval(row) for row in draws]
    held = np.mean([i.low <= 0 <= i.high for i in intervals])
    # 94 % is promised; three standard errors of the simulation below that.
    assert held > 0.94 - 3 * np.sqrt(0.94 * 0.06 / repetitions)
