"""From synthetic samples to cells: the overhead, the widening, the states and the flags."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall.cells import run_summaries, summarise_cells
from partywall.model import Counters, State, Trial
from synthetic import EMPTY, counters, only, planned, session


def replace(**changes: Any) -> Callable[[Trial], Trial]:
    return lambda trial: msgspec.structs.replace(trial, **changes) if trial.cell == 1 else trial


def test_each_run_loses_the_overhead_of_its_own_block() -> None:
    empty = (planned("empty"), lambda run: [10.0 + run] * 3)
    record = session([empty, (planned("fork_wait"), lambda run: [1010.0 + run] * 3)])
    medians = [s.median for s in run_summaries(record)[1].values()]
    assert medians == pytest.approx([1e-6] * 9, rel=1e-12)
    # The empty arm itself keeps all of its time.
    assert run_summaries(record)[0][4].median == pytest.approx(14e-9)


def test_a_missing_empty_trial_falls_back_to_all_of_them() -> None:
    empty = (planned("empty"), lambda run: [10.0 + run] * 3)
    record = session(
        [empty, (planned("fork_wait"), lambda run: [1000.0])],
        change=lambda t: msgspec.structs.replace(t, error="gone") if (t.cell, t.run) == (0, 8) else t,
    )
    # Runs 0 to 7 are left: their median is 13.5.
    assert run_summaries(record)[1][8].median == pytest.approx(986.5e-9)


def test_no_empty_arm_is_flagged_and_takes_nothing_off() -> None:
    cell = only(session([(planned("fork_wait"), lambda run: [1000.0])]), "fork_wait")
    assert cell.flags == ("no-empty-arm",)
    assert cell.estimates.typical.value == pytest.approx(1e-6)


def test_never_clamped() -> None:
    record = session([EMPTY, (planned("fork_wait"), lambda run: [15.0])])
    assert run_summaries(record)[1][0].median == pytest.approx(-5e-9)


def test_batches_are_divided_by_their_ops() -> None:
    record = session([EMPTY, (planned("null_syscall", batch=100), lambda run: [10020.0] * 2000)])
    cell = only(record, "null_syscall")
    assert cell.estimates.typical.value == pytest.approx(100e-9)
    assert cell.estimates.p99 is None
    assert (cell.runs, cell.samples, cell.batch) == (9, 18000, 100)


def test_interval_is_the_exact_one_across_runs() -> None:
    record = session([EMPTY, (planned("fork_wait"), lambda run: [1020.0 + 100 * run])])
    typical = only(record, "fork_wait").estimates.typical
    assert (typical.low, typical.value, typical.high) == pytest.approx((1.1e-6, 1.4e-6, 1.7e-6))


def test_tail_of_single_ops() -> None:
    random = np.random.default_rng(1)
    record = session([EMPTY, (planned("fork_wait"), lambda run: 20.0 + 1000 * random.permutation(np.arange(1, 1002)))])
    assert only(record, "fork_wait").estimates.p99.value == pytest.approx(991e-6)


def test_widened_by_the_clock_and_by_the_overhead() -> None:
    # Overheads 10 ... 18: ranks 2 and 8 of 9 are 11 and 17, half-width 3 ns, over 10 ops 0.3 ns.
    empty = (planned("empty"), lambda run: [10.0 + run])
    arm = (planned("null_syscall", batch=10), lambda run: [1010.0 + run])
    typical = only(session([empty, arm], uncertainty=0.01), "null_syscall").estimates.typical
    assert typical.value == pytest.approx(100e-9)
    assert typical.high - typical.value == pytest.approx(1e-9 + 0.3e-9)
    assert typical.value - typical.low == pytest.approx(1e-9 + 0.3e-9)


def test_unsupported_by_plan_and_by_trials() -> None:
    cell = msgspec.structs.replace(planned("fork_wait"), state=State.UNSUPPORTED, reason="one CPU only")
    found = only(session([EMPTY, (cell, lambda run: [])]), "fork_wait")
    assert (found.state, found.reason, found.estimates) == (State.UNSUPPORTED, "one CPU only", None)
    refused = replace(unsupported=True, error="no such system call", count=0)
    record = session([EMPTY, (planned("fork_wait"), lambda run: [])], change=refused)
    found = only(record, "fork_wait")
    assert (found.state, found.reason) == (State.UNSUPPORTED, "no such system call")


@pytest.mark.parametrize(("failed", "state"), [(3, State.OK), (4, State.INVALID)])
def test_failed_trials_are_left_out_down_to_six(failed: int, state: State) -> None:
    record = session(
        [EMPTY, (planned("fork_wait"), lambda run: [1e9 if run < failed else 1020.0])],
        change=lambda t: msgspec.structs.replace(t, error="fork: out of memory") if t.cell and t.run < failed else t,
    )
    cell = only(record, "fork_wait")
    assert (cell.state, cell.runs) == (state, 9 - failed)
    if state == State.OK:
        assert cell.estimates.typical.high == pytest.approx(1e-6)
    else:
        assert (cell.reason, cell.estimates) == ("fork: out of memory", None)


@pytest.mark.parametrize(("voluntary", "valid"), [(1000, True), (991, True), (1009, True), (988, False), (760, False)])
def test_switches_must_be_those_that_the_op_demands(voluntary: int, valid: bool) -> None:
    half = counters(voluntary=voluntary - 100, involuntary=100)
    record = session(
        [EMPTY, (planned("futex_pingpong"), lambda run: [2020.0])], change=replace(driver=half, party=half)
    )
    cell = only(record, "futex_pingpong")
    assert cell.state == (State.OK if valid else State.INVALID)
    if voluntary == 760:
        assert cell.reason == "1.520 switches per op, 2 demanded"


@pytest.mark.parametrize(("foreign", "valid"), [(0, True), (95, True), (125, False), (-25, False)])
def test_a_long_op_meets_the_kernels_own_tasks(foreign: int, valid: bool) -> None:
    # 1000 ops of 1 ms make a second, in which a hundred switches may be foreign; 1 % of 2000 may be wrong as well.
    half = counters(voluntary=1000, involuntary=0, wall_ns=1_000_000_000)
    other = counters(voluntary=1000 + min(foreign, 0), involuntary=max(foreign, 0))
    record = session([EMPTY, (planned("futex_pingpong"), lambda run: [1e6])], change=replace(driver=half, party=other))
    assert only(record, "futex_pingpong").state == (State.OK if valid else State.INVALID)


def test_a_ring_has_as_many_switches_as_tasks() -> None:
    half = counters(voluntary=4000)
    cells = [EMPTY, (planned("ring_switch", tasks="8"), lambda run: [2020.0])]
    assert only(session(cells, change=replace(driver=half, party=half)), "ring_switch").state == State.OK
    cells = [EMPTY, (planned("ring_switch", tasks="6"), lambda run: [2020.0])]
    found = only(session(cells, change=replace(driver=half, party=half)), "ring_switch")
    assert (found.state, found.reason) == (State.INVALID, "8.000 switches per op, 6 demanded")


def test_a_yield_is_booked_as_involuntary() -> None:
    half = counters(involuntary=1000)
    record = session([EMPTY, (planned("yield_switch"), lambda run: [2020.0])], change=replace(driver=half, party=half))
    assert only(record, "yield_switch").state == State.OK


@pytest.mark.parametrize("driver", [None, counters(voluntary=1000, involuntary=-1)])
def test_uncounted_switches_prove_nothing(driver: Counters | None) -> None:
    record = session([EMPTY, (planned("futex_pingpong"), lambda run: [2020.0])], change=replace(driver=driver))
    assert only(record, "futex_pingpong").state == State.INVALID


def paced(lag: float, runs: int = 9, calm: int = 0) -> list[Any]:
    """A load of 1 kHz and its reading; all trials but the first ``calm`` took ``lag`` times as long as they should."""
    source = planned("pipe_message", load="1kHz")
    reading = msgspec.structs.replace(planned("pipe_message", load="1kHz"), id="there", reading="there", of=1)

    def change(trial: Trial) -> Trial:
        if trial.cell == 2:
            return msgspec.structs.replace(trial, driver=None)
        late = 1.0 if trial.run < calm else lag
        return msgspec.structs.replace(trial, driver=counters(wall_ns=int(late * 1e9))) if trial.cell else trial

    arms = [EMPTY, (source, lambda run: [2020.0]), (reading, lambda run: [1000.0])]
    return list(summarise_cells(session(arms, runs=runs, change=change)))[1:]


@pytest.mark.parametrize(("lag", "state"), [(1.0, State.OK), (1.04, State.OK), (1.06, State.INVALID)])
def test_a_queue_that_only_grows(lag: float, state: State) -> None:
    # A thousand ops at 1 kHz are due in one second.
    for cell in paced(lag):
        assert cell.state == state
        assert (cell.estimates is None) == (state == State.INVALID)
        if state == State.INVALID:
            assert cell.reason == "1000 ops a second were begun and at most 943 done: the queue only grows"


def test_one_trial_that_kept_up_shows_that_it_can_be_done() -> None:
    assert [cell.state for cell in paced(2.0, calm=1)] == [State.OK, State.OK]


def test_what_was_read_of_ops_that_did_not_happen_says_nothing() -> None:
    source = planned("futex_pingpong")
    reading = msgspec.structs.replace(planned("futex_pingpong"), id="there", reading="there", of=1)
    half = counters(voluntary=100)
    record = session(
        [EMPTY, (source, lambda run: [2020.0]), (reading, lambda run: [1000.0])],
        change=replace(driver=half, party=half),
    )
    _, invalid, read = summarise_cells(record)
    assert invalid.state == read.state == State.INVALID
    assert (read.reason, read.estimates) == (invalid.reason, None)


@pytest.mark.parametrize(("sample", "state"), [(190.0, State.TIMER_LIMITED), (210.0, State.OK)])
def test_timer_limited(sample: float, state: State) -> None:
    record = session([EMPTY, (planned("fork_wait"), lambda run: [sample])])
    assert only(record, "fork_wait").state == state
    assert only(record, "empty").state == State.OK


@pytest.mark.parametrize(("disturbed", "state"), [(2, State.OK), (3, State.NOISY)])
def test_more_than_a_fifth_disturbed(disturbed: int, state: State) -> None:
    record = session(
        [EMPTY, (planned("fork_wait"), lambda run: [1020.0])],
        runs=10,
        change=lambda t: msgspec.structs.replace(t, flags=("steal",)) if t.cell and t.run < disturbed else t,
    )
    cell = only(record, "fork_wait")
    assert (cell.state, cell.flags) == (state, ("steal",))


@pytest.mark.parametrize(("unit", "state"), [("s", State.NOISY), ("B", State.OK), ("1", State.OK)])
def test_only_a_time_is_disturbed(unit: str, state: State) -> None:
    def disturb(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, flags=("preempted",))

    read = msgspec.structs.replace(planned("idle_processes"), id="read", reading="uss", unit=unit, of=1)
    arms = [EMPTY, (planned("idle_processes"), lambda run: [1e6]), (read, lambda run: [4096.0])]
    cell = next(cell for cell in summarise_cells(session(arms, change=disturb)) if cell.id == "read")
    assert cell.state == state
    assert cell.estimates
    assert cell.estimates.typical.unit == unit


@pytest.mark.parametrize(("lowest", "state"), [(True, State.NOISY), (False, State.OK)])
def test_clean_and_all_disagree(lowest: bool, state: State) -> None:
    def disturb(trial: Trial) -> Trial:
        hit = trial.run < 200 if lowest else trial.run % 5 == 0
        return msgspec.structs.replace(trial, flags=("steal",)) if trial.cell and hit else trial

    record = session([EMPTY, (planned("fork_wait"), lambda run: [1020.0 + run])], runs=1000, change=disturb)
    assert only(record, "fork_wait").state == state


def test_cells_come_in_the_order_of_the_plan() -> None:
    arms = [(planned("fork_wait", resident=size), lambda run: [1020.0]) for size in ("2B", "0B", "1B")]
    assert [c.id for c in summarise_cells(session([*arms, EMPTY]))] == [
        "fork_wait,2B",
        "fork_wait,0B",
        "fork_wait,1B",
        "empty",
    ]
