"""The order-statistic interval: known ranks and coverages, and its coverage by simulation."""

import numpy as np
import pytest

from partywall.stats import interval_coverage, median_interval, round_up_runs, summarise

KNOWN = [(6, 1, 0.96875), (9, 2, 0.9609), (12, 3, 0.9614), (17, 5, 0.9510), (20, 6, 0.9586), (37, 13, 0.9530)]


@pytest.mark.parametrize(("n", "k", "coverage"), KNOWN)
def test_known_ranks(n: int, k: int, coverage: float) -> None:
    values = np.arange(1.0, n + 1)
    interval = median_interval(values[::-1])
    assert (interval.low, interval.value, interval.high) == (k, (n + 1) / 2, n + 1 - k)
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


def test_summary_percentiles() -> None:
    x = np.random.default_rng(1).permutation(np.arange(1001.0))
    summary = summarise(x, per_op=True)
    assert (summary.median, summary.mean, summary.floor, summary.p99) == (500.0, 500.0, 10.0, 990.0)


def test_no_tail_without_ten_samples_above_or_from_batches() -> None:
    x = np.arange(1000.0)
    assert summarise(x, per_op=True).p99 is not None
    assert summarise(x[:-1], per_op=True).p99 is None
    assert summarise(x, per_op=False).p99 is None


def test_summary_rejects_nothing_and_nan() -> None:
    with pytest.raises(ValueError, match="without samples"):
        summarise(np.empty(0), per_op=True)
    with pytest.raises(ValueError, match="finite"):
        summarise(np.array([1.0, np.nan]), per_op=True)
