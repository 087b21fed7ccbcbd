"""How samples are distributed, in bounded memory: quantiles to a bin, whatever the samples are."""

from pathlib import Path

import numpy as np
import pytest

from partywall import store
from partywall.distributions import RATIO, find_distributions
from partywall.session import Session
from synthetic import planned, session

FIRST_SCHEMA = Path(__file__).parents[1] / "fixtures" / "session-1.parquet"
EMPTY = (planned("empty"), lambda run: [20.0] * 5)


@pytest.mark.parametrize("spread", [0.02, 0.3, 1.5])
def test_quantiles_are_those_of_all_samples_to_a_bin(spread: float) -> None:
    random = np.random.default_rng(5)
    x = 5e4 * np.exp(spread * random.standard_normal((9, 1001)))
    found = find_distributions(session([(planned("fork_wait"), lambda run: x[run])]))["fork_wait"]
    kept = np.sort(x.ravel()) * 1e-9
    assert found.samples == x.size, "none of these runs looks as if it had a warm-up"
    for p in (0.01, 0.25, 0.5, 0.75, 0.99):
        assert found.quantile(p) == pytest.approx(np.quantile(kept, p, method="inverted_cdf"), rel=RATIO - 1)
    assert len(found.edges) == len(found.counts) + 1
    assert found.edges[0] <= kept[-1]
    assert kept[-1] <= found.edges[-1] * (1 + 1e-9)


def test_what_takes_less_than_its_timing_is_counted_below() -> None:
    record = session([EMPTY, (planned("fork_wait"), lambda run: [15.0, 520.0, 20.0, 1020.0] * 10)])
    found = find_distributions(record)["fork_wait"]
    assert (found.below, found.samples) == (180, 360)
    assert found.quantile(0.25) == 0.0
    assert found.quantile(1.0) == pytest.approx(1e-6, rel=RATIO - 1)
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match="no quantile"):
            found.quantile(p)


def test_memory_is_bounded_by_the_range_and_not_by_the_samples() -> None:
    few, many = (
        find_distributions(session([(planned("fork_wait"), lambda run, n=n: [100.0, 1e8] * n)]))["fork_wait"]
        for n in (10, 1000)
    )
    assert len(few.counts) == len(many.counts) <= 64 * np.log2(1e6) + 2
    assert many.samples == 100 * few.samples
    assert list(many.run_medians) == list(range(9))


def test_a_session_of_the_first_schema_has_them() -> None:
    loaded = Session(store.read(FIRST_SCHEMA))
    assert loaded.distributions
    for name, found in loaded.distributions.items():
        cell = next((cell for cell in loaded.cells if cell.id == name), None)
        if cell is not None and cell.estimates is not None and found.below == 0:
            assert found.quantile(0.0) <= cell.estimates.typical.value * RATIO
            assert found.quantile(1.0) >= cell.estimates.typical.value / RATIO


def test_a_session_without_good_samples_has_none() -> None:
    from msgspec.structs import replace

    failed = session([(planned("fork_wait"), lambda run: [5e4])], change=lambda trial: replace(trial, error="it fell"))
    assert find_distributions(failed) == {}
