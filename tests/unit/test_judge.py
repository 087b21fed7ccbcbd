"""Verdicts on synthetic records: from whole intervals, behind the gates."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall.cells import summarise_cells
from partywall.judge import judge
from partywall.model import (
    Cell,
    Claim,
    ClaimKind,
    Control,
    Outcome,
    Quantity,
    State,
    Trial,
    Verdict,
    VerdictKind,
    WallResult,
)
from partywall.record import Record
from partywall.ruling import compare
from synthetic import planned, session

EMPTY = (planned("empty"), lambda run: [20.0])
MICRO = 1e-6


def around(ns: float, spread: float = 0.01) -> Callable[[int], Any]:
    """Run values from -4 to 4 spreads around ``ns``, the overhead of 20 ns included; the interval is +-3."""
    return lambda run: [20.0 + ns * (1 + spread * ((run * 4) % 9 - 4))]


def claim(kind: ClaimKind = ClaimKind.RANGE, low: Any = None, high: Any = None, **quantity: Any) -> Claim:
    return Claim(
        id="c",
        says="It is so.",
        kind=kind,
        source="a book",
        low=low,
        high=high,
        quantities=(Quantity(**quantity),),
    )


def verdicts(record: Record, given: Claim, cells: tuple[Cell, ...] | None = None) -> tuple[Verdict, ...]:
    return judge(record, summarise_cells(record) if cells is None else cells, (), (given,))


def one(record: Record, given: Claim) -> Verdict:
    (verdict,) = verdicts(record, given)
    return verdict


@pytest.mark.parametrize(
    ("ns", "kind", "factor"),
    [
        (1000, VerdictKind.BELOW, 10 / 1.03),
        (50_000, VerdictKind.WITHIN, 1.0),
        (200_000, VerdictKind.ABOVE, 194 / 100),
        (10_000, VerdictKind.INDETERMINATE, None),
        (100_500, VerdictKind.INDETERMINATE, None),
    ],
)
def test_range(ns: float, kind: VerdictKind, factor: float | None) -> None:
    record = session([EMPTY, (planned("fork_wait"), around(ns))])
    verdict = one(record, claim(low=10 * MICRO, high=100 * MICRO, primitive="fork_wait"))
    assert verdict.verdict == kind
    assert verdict.factor == (None if factor is None else pytest.approx(factor))
    assert verdict.value == pytest.approx(ns * 1e-9)
    assert verdict.low == pytest.approx(0.97 * ns * 1e-9)
    assert (verdict.source, verdict.bounds) == ("a book", (10 * MICRO, 100 * MICRO))


@pytest.mark.parametrize(
    ("interval", "kind"),
    [
        ((1.0, 2.0), VerdictKind.WITHIN),
        ((0.5, 1.0), VerdictKind.INDETERMINATE),
        ((0.5, 0.999), VerdictKind.BELOW),
        ((2.0, 3.0), VerdictKind.INDETERMINATE),
        ((2.001, 3.0), VerdictKind.ABOVE),
        ((0.0, 9.0), VerdictKind.INDETERMINATE),
    ],
)
def test_the_edges_of_the_range(interval: tuple[float, float], kind: VerdictKind) -> None:
    assert compare(*interval, (1.0, 2.0)) == kind


def test_compare_refuses_what_is_no_interval() -> None:
    with pytest.raises(ValueError, match="no interval"):
        compare(2.0, 1.0, (0.0, 1.0))
    with pytest.raises(ValueError, match="no interval"):
        compare(float("nan"), 1.0, (0.0, 1.0))


def test_generated_sentences() -> None:
    record = session([EMPTY, (planned("fork_wait"), around(1565, 0.01))])
    below = one(record, claim(low=10 * MICRO, high=100 * MICRO, primitive="fork_wait"))
    assert below.why == "all of 1.52-1.61 us lies below 10.0 us, by a factor of 6.2"
    record = session([EMPTY, (planned("fork_wait"), around(10_000))])
    open_end = one(record, claim(low=1 * MICRO, primitive="fork_wait"))
    assert open_end.why == "all of 9.70-10.3 us lies at or above 1.00 us"


def test_own_words_come_first_and_for_their_verdict_only() -> None:
    record = session([EMPTY, (planned("fork_wait"), around(1000))])
    why = {"BELOW": "it is quick", "ABOVE": "it is slow"}
    assert one(record, claim(low=1e-3, primitive="fork_wait", why=why)).why == "it is quick"
    assert one(record, claim(high=1e-7, primitive="fork_wait", why=why)).why == "it is slow"
    assert one(record, claim(high=1e-3, primitive="fork_wait", why=why)).why.startswith("all of")


def test_runs_to_decide() -> None:
    # Half-width 3 %, the bound 1.5 % away: four times the runs, 36, rounded up to 37.
    record = session([EMPTY, (planned("fork_wait"), around(10_000))])
    assert one(record, claim(low=9.85 * MICRO, primitive="fork_wait")).runs_to_decide == 37
    on_the_bound = one(record, claim(low=10 * MICRO, primitive="fork_wait"))
    assert (on_the_bound.verdict, on_the_bound.runs_to_decide) == (VerdictKind.INDETERMINATE, None)
    assert one(record, claim(low=1 * MICRO, primitive="fork_wait")).runs_to_decide is None


def test_the_clock_widens_what_is_judged() -> None:
    arms = [EMPTY, (planned("fork_wait"), around(9600))]
    sharp = one(session(arms), claim(low=10 * MICRO, primitive="fork_wait"))
    blurred = one(session(arms, uncertainty=0.03), claim(low=10 * MICRO, primitive="fork_wait"))
    assert (sharp.verdict, blurred.verdict) == (VerdictKind.BELOW, VerdictKind.INDETERMINATE)


SWITCHES = [
    EMPTY,
    (planned("futex_pingpong", peer="process", placement="same-cpu"), around(3000, 0.02)),
    (planned("futex_pingpong", peer="process", placement="same-llc"), around(40_000)),
    (planned("futex_pingpong", peer="thread", placement="same-cpu"), around(2000, 0.03)),
]


def test_free_factors_are_judged_each_on_its_own() -> None:
    given = claim(
        low=10 * MICRO,
        high=100 * MICRO,
        primitive="futex_pingpong",
        factors={"peer": "process"},
        per_switch=True,
    )
    found = verdicts(session(SWITCHES), given)
    assert [v.verdict for v in found] == [VerdictKind.BELOW, VerdictKind.WITHIN]
    assert [v.value for v in found] == pytest.approx([1.5 * MICRO, 20 * MICRO])
    assert found[0].quantity == "one switch of futex ping-pong, same-cpu, process"


def test_difference_is_paired_and_per_switch() -> None:
    given = claim(
        low=10 * MICRO,
        primitive="futex_pingpong",
        factors={"peer": "process", "placement": "same-cpu"},
        per_switch=True,
        minus={"peer": "thread"},
    )
    verdict = one(session(SWITCHES), given)
    # Both arms move by 60 ns per step of the run, so the difference is 1000 ns in every run, 500 per switch.
    assert (verdict.low, verdict.high) == pytest.approx((0.5 * MICRO, 0.5 * MICRO))
    assert verdict.verdict == VerdictKind.BELOW
    assert verdict.quantity == "one switch of futex ping-pong, same-cpu, process minus thread"


def test_a_switch_is_a_round_trip_without_its_calls() -> None:
    cells = [
        EMPTY,
        (planned("pipe_pingpong", image="pristine", peer="thread", placement="same-cpu"), around(5000)),
        (planned("pipe_calls", image="pristine"), around(1400)),
        (planned("pipe_calls", image="caller"), around(9000)),
    ]
    given = claim(high=1.0, primitive="pipe_pingpong", minus={"primitive": "pipe_calls"}, per_switch=True)
    verdict = one(session(cells), given)
    assert verdict.value == pytest.approx(1.8 * MICRO)
    assert verdict.quantity == ("one switch of pipe ping-pong, same-cpu, thread minus the calls of a pipe ping-pong")


def test_a_ring_is_paired_with_its_parts_by_the_factors_they_take() -> None:
    tasks = {"image": "pristine", "tasks": "2"}
    memory = {"working_set": "64KiB", "pattern": "random"}
    cells = [
        EMPTY,
        (planned("ring_switch", **tasks, **memory, peer="thread", placement="same-cpu"), around(14_000)),
        (planned("ring_calls", **tasks), around(1400)),
        (planned("ring_calls", image="pristine", tasks="8"), around(5600)),
        (planned("ring_touch", **tasks, **memory), around(7000)),
        (planned("ring_touch", **tasks, working_set="0B", pattern="random"), around(10)),
    ]
    for part, left in (("ring_calls", 6.3), ("ring_touch", 3.5)):
        given = claim(high=1.0, primitive="ring_switch", minus={"primitive": part}, per_switch=True)
        assert one(session(cells), given).value == pytest.approx(left * MICRO)


def test_a_difference_below_zero_has_no_factor() -> None:
    given = claim(low=10 * MICRO, primitive="futex_pingpong", factors={"peer": "thread"}, minus={"peer": "process"})
    verdict = one(session(SWITCHES), given)
    assert (verdict.verdict, verdict.factor) == (VerdictKind.BELOW, None)
    assert verdict.value == pytest.approx(-1 * MICRO)


MESSAGES = [
    EMPTY,
    (planned("pipe_message", peer="process", placement="same-cpu", message="64B"), around(6000)),
    (planned("pipe_message", peer="process", placement="same-cpu", message="64KiB"), around(9000)),
    (planned("memcpy_message", message="64B"), around(1000)),
    (planned("memcpy_message", message="64KiB"), around(9010, 0.02)),
]


def test_ratio_pairs_the_same_message() -> None:
    given = claim(ClaimKind.RATIO, low=1.0, primitive="pipe_message", over={"primitive": "memcpy_message"})
    small, large = verdicts(session(MESSAGES), given)
    assert (small.verdict, small.value, small.unit) == (VerdictKind.WITHIN, pytest.approx(6.0), "1")
    assert large.verdict == VerdictKind.INDETERMINATE
    assert small.quantity == (
        "message through a pipe and back, same-cpu, 64B, process over message through memory and back"
    )


def test_ratio_below_one() -> None:
    given = claim(ClaimKind.RATIO, low=1.0, primitive="memcpy_message", over={"primitive": "pipe_message"})
    small = verdicts(session(MESSAGES), given)[0]
    assert (small.verdict, small.factor) == (VerdictKind.BELOW, pytest.approx(6.0))


def test_what_was_not_measured_has_no_verdict() -> None:
    record = session(SWITCHES)
    assert verdicts(record, claim(low=1.0, primitive="fork_wait")) == ()
    assert verdicts(record, claim(low=1.0, primitive="futex_pingpong", factors={"placement": "cross-node"})) == ()
    only_large = claim(low=1.0, primitive="futex_pingpong", factors={"placement": "same-llc"}, minus={"peer": "thread"})
    assert verdicts(record, only_large) == ()


@pytest.mark.parametrize("state", [state for state in State if state != State.OK])
@pytest.mark.parametrize("which", [1, 3])
def test_gates_come_before_the_bounds(state: State, which: int) -> None:
    record = session(SWITCHES)
    cells = list(summarise_cells(record))
    cells[which] = msgspec.structs.replace(cells[which], state=state, reason="so it is")
    given = claim(
        low=10 * MICRO,
        primitive="futex_pingpong",
        factors={"peer": "process", "placement": "same-cpu"},
        minus={"peer": "thread"},
    )
    (verdict,) = verdicts(record, given, tuple(cells))
    assert verdict.verdict.value == state.value.upper()
    assert verdict.why == f"{cells[which].id}: so it is"
    assert (verdict.value, verdict.low, verdict.factor) == (None, None, None)


def test_contrast_needs_runs_in_common() -> None:
    record = session(
        SWITCHES,
        runs=12,
        change=lambda t: (
            msgspec.structs.replace(t, error="x") if (t.cell == 1 and t.run < 4) or (t.cell == 3 and t.run >= 9) else t
        ),
    )
    given = claim(
        low=1.0,
        primitive="futex_pingpong",
        factors={"peer": "process", "placement": "same-cpu"},
        minus={"peer": "thread"},
    )
    verdict = one(record, given)
    assert (verdict.verdict, verdict.why) == (VerdictKind.INVALID, "5 runs in common, at least 6 are needed")


def test_a_tail_that_the_samples_cannot_carry() -> None:
    record = session([EMPTY, (planned("fork_wait"), around(1000))])
    verdict = one(record, claim(low=1.0, primitive="fork_wait", estimate="p99"))
    assert verdict.verdict == VerdictKind.INVALID
    assert verdict.why.startswith("fork_wait: the samples cannot carry p99: ten independent ones beyond it")


@pytest.mark.parametrize(
    ("outcome", "control", "kind"),
    [
        (Outcome.HOLDS, Control.DETECTED, VerdictKind.HOLDS),
        (Outcome.HOLDS, Control.BLIND, VerdictKind.INVALID),
        (Outcome.HOLDS, Control.NOT_RUN, VerdictKind.INVALID),
        (Outcome.BROKEN, Control.DETECTED, VerdictKind.BROKEN),
        (Outcome.BROKEN, Control.NOT_RUN, VerdictKind.BROKEN),
        (Outcome.INVALID, Control.DETECTED, VerdictKind.INVALID),
        (Outcome.UNSUPPORTED, Control.NOT_RUN, VerdictKind.UNSUPPORTED),
    ],
)
def test_walls(outcome: Outcome, control: Control, kind: VerdictKind) -> None:
    walls = tuple(
        WallResult(id=name, host=host, outcome=outcome, control=control, evidence={})
        for name, host in (("crash.bus", "process"), ("crash.bus", "thread"), ("mem.cow_child", "process"))
    )
    (verdict,) = judge(session([EMPTY]), (), walls, (claim(ClaimKind.HOLDS, wall="crash.*", host="process"),))
    assert (verdict.verdict, verdict.cell, verdict.quantity) == (kind, "crash.*", "crash.*, process")
    assert verdict.why


def test_the_overhead_widens_contrasts() -> None:
    # Overheads 10 ... 18 have the interval 11 to 17: a half-width of 3 ns, shared by the ops of a batch.
    arms = [
        (planned("empty"), lambda run: [10.0 + run]),
        (planned("pipe_message", batch=3, message="64B"), lambda run: [10.0 + run + 9000]),
        (planned("memcpy_message", batch=10, message="64B"), lambda run: [10.0 + run + 1000]),
    ]
    other = {"primitive": "memcpy_message"}
    difference = one(session(arms), claim(low=1.0, primitive="pipe_message", minus=other))
    assert (difference.low, difference.high) == pytest.approx((2900e-9 - 1.3e-9, 2900e-9 + 1.3e-9), rel=1e-9)
    blurred = one(session(arms, uncertainty=0.01), claim(low=1.0, primitive="pipe_message", minus=other))
    assert blurred.high == pytest.approx(2900e-9 + 29e-9 + 1.3e-9, rel=1e-9)
    ratio = one(session(arms), claim(ClaimKind.RATIO, low=1.0, primitive="pipe_message", over=other))
    relative = 1 / 3000 + 0.3 / 100
    assert (ratio.low, ratio.high) == pytest.approx((30 * (1 - relative), 30 * (1 + relative)), rel=1e-9)


def cold(trial: Trial) -> Trial:
    first = {0: 20.0, 1: 5020.0, 2: 15020.0}[trial.cell] + 10.0 * trial.run * (trial.cell > 0)
    return msgspec.structs.replace(trial, cold_ns=first)


def test_the_first_op_is_judged_by_itself() -> None:
    cells = [
        EMPTY,
        (planned("fork_wait", image="pristine", batch=10), around(1000)),
        (planned("fork_wait", image="caller"), around(1000)),
    ]
    record = session(cells, change=cold)
    pristine = {"primitive": "fork_wait", "factors": {"image": "pristine"}, "estimate": "cold"}
    verdict = one(record, claim(high=6 * MICRO, **pristine))
    assert (verdict.verdict, verdict.value) == (VerdictKind.WITHIN, pytest.approx(5.04 * MICRO))
    assert verdict.quantity.startswith("cold of ")
    less = one(record, claim(low=1 * MICRO, **pristine, minus={"image": "caller"}))
    assert (less.verdict, less.value) == (VerdictKind.BELOW, pytest.approx(-10 * MICRO))
    assert less.low == pytest.approx(-10 * MICRO)


def test_a_first_op_that_nobody_timed_is_told() -> None:
    record = session([EMPTY, (planned("fork_wait"), around(1000))])
    verdict = one(record, claim(high=1.0, primitive="fork_wait", estimate="cold"))
    assert verdict.verdict == VerdictKind.INVALID
    assert verdict.why == "fork_wait: the first op was timed in 0 runs, at least 6 are needed"


@pytest.mark.parametrize("samples", [20, 40_000])
def test_the_far_tail_needs_samples(samples: int) -> None:
    random = np.random.default_rng(3)
    record = session([EMPTY, (planned("fork_wait"), lambda run: 20.0 + random.uniform(900, 1100, samples))])
    verdict = one(record, claim(high=2 * MICRO, primitive="fork_wait", estimate="p999"))
    if samples == 20:
        assert (verdict.verdict, verdict.value) == (VerdictKind.INVALID, None)
        assert "cannot carry p999" in verdict.why
    else:
        assert (verdict.verdict, verdict.value) == (VerdictKind.WITHIN, pytest.approx(1.0998 * MICRO, rel=1e-3))
    both = one(record, claim(kind=ClaimKind.RATIO, high=1.1, primitive="fork_wait", over={"primitive": "fork_wait"}))
    assert both.verdict == VerdictKind.WITHIN, "typical is there in any case"
