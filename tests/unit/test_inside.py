"""The share of single ops inside of a claim's range: of runs, not of pooled samples, and only of single ops."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from partywall.cells import summarise_cells
from partywall.judge import judge
from partywall.model import Claim, ClaimKind, Quantity, Verdict, VerdictKind
from partywall.record import Record
from partywall.report.layout import console_for, written
from partywall.report.text_verdicts import print_verdicts
from synthetic import planned, session

EMPTY = (planned("empty"), lambda run: [20.0] * 5)


def mixed(ns: float, share: float, many: int = 200) -> Callable[[int], Any]:
    """Samples of a run at ``ns``, overhead included, of which a share that grows with the run takes ten times that."""

    def samples(run: int) -> Any:
        slow = np.arange(many) % 100 < 100 * share + run
        return 20.0 + ns * np.where(slow, 10.0, 1.0)

    return samples


def verdict(record: Record, low: float | None, high: float | None, **quantity: Any) -> Verdict:
    given = Claim(
        id="c",
        says="It is so.",
        kind=ClaimKind.RANGE,
        source="a book",
        low=low,
        high=high,
        quantities=(Quantity(**quantity),),
    )
    (found,) = judge(record, summarise_cells(record), (), (given,))
    return found


def test_it_is_the_median_over_runs_with_their_interval() -> None:
    found = verdict(session([EMPTY, (planned("fork_wait"), mixed(5e4, 0.2))]), 1e-5, 1e-4, primitive="fork_wait")
    assert found.verdict == VerdictKind.WITHIN
    assert found.inside is not None
    # Nine runs with 80, 79, ... 72 %: the exact interval is from the second to the eighth.
    assert (found.inside.value, found.inside.low, found.inside.high) == pytest.approx((0.76, 0.73, 0.79))
    assert found.inside.unit == "1"


def test_a_bound_that_is_none_keeps_nothing_out() -> None:
    record = session([(planned("fork_wait"), lambda run: [1000.0, 2000.0, 2000.0, 3000.0] * 25)])
    shares = [(0.9e-6, 2.1e-6, 0.75), (1.9e-6, None, 0.75), (None, 1.1e-6, 0.25), (4e-6, 5e-6, 0.0)]
    for low, high, share in shares:
        found = verdict(record, low, high, primitive="fork_wait")
        assert found.inside is not None
        assert found.inside.value == pytest.approx(share)


def test_a_claim_on_one_switch_asks_ops_that_are_two() -> None:
    record = session([EMPTY, (planned("pipe_pingpong", peer="process", placement="same-cpu"), mixed(1000.0, 0.2))])
    found = verdict(record, 4e-7, 6e-7, primitive="pipe_pingpong", per_switch=True)
    assert found.inside is not None
    assert found.inside.value == pytest.approx(0.76)


@pytest.mark.parametrize(
    ("batch", "quantity"),
    [
        (3, {"primitive": "fork_wait"}),
        (1, {"primitive": "fork_wait", "minus": {"primitive": "vfork_wait"}}),
        (1, {"primitive": "fork_wait", "estimate": "cold"}),
    ],
)
def test_there_is_none_of_batches_contrasts_and_first_ops(batch: int, quantity: dict[str, Any]) -> None:
    arms = [(planned(name, batch=batch), mixed(5e4, 0.2)) for name in ("fork_wait", "vfork_wait")]
    assert verdict(session([EMPTY, *arms]), 1e-5, 1e-4, **quantity).inside is None


def test_the_report_tells_it_where_it_says_more_than_the_verdict() -> None:
    def said(share: float, low: float, high: float, spread: bool = True) -> str:
        arms = mixed(5e4, share) if spread else (lambda run: [20.0 + 5e4] * 50)
        console = console_for(colour=False, width=120)
        print_verdicts(
            console, (verdict(session([EMPTY, (planned("fork_wait"), arms)]), low, high, primitive="fork_wait"),)
        )
        return written(console)

    assert "76.0 % [73.0, 79.0]" in said(0.2, 1e-5, 1e-4)
    for low, high in ((1e-5, 1e-4), (1e-6, 2e-6), (1e-4, 2e-4)):
        assert "single ops" not in said(0.2, low, high, spread=False)


def test_few_runs_have_none() -> None:
    record = session([EMPTY, (planned("fork_wait"), mixed(5e4, 0.2))], runs=5)
    assert verdict(record, 1e-5, 1e-4, primitive="fork_wait").inside is None
