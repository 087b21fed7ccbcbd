"""Flags: what disturbed a trial, from counters alone."""

from typing import Any

import msgspec
import pytest

from partywall.interference import flag_trial
from partywall.model import PlannedCell, Surroundings, Trial
from synthetic import CALM, counters, planned

ALONE = planned("null_syscall", image="pristine")
SAME_CPU = planned("pipe_pingpong", peer="process", placement="same-cpu")
THREADS = planned("pipe_pingpong", peer="thread", placement="same-cpu")
APART = msgspec.structs.replace(planned("pipe_pingpong", placement="same-llc"), driver_cpu=1, peer_cpu=0)
FORK = planned("fork_wait", peer="process")
SECOND = 1_000_000_000


def trial(**changes: Any) -> Trial:
    return Trial(**{"cell": 0, "run": 0, "position": 0, "seed": 0, "seconds": 1.0, **changes})


def ran(cpu: float, others: float = 0.0, **more: Any) -> Any:
    """Counters of a task that ran for these shares of one second."""
    return counters(wall_ns=SECOND, cpu_ns=int(cpu * SECOND), others_cpu_ns=int(others * SECOND), **more)


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, ()),
        ({"migrations": 1}, ("migrated",)),
        ({"major_faults": 1}, ("major-faults",)),
        ({"steal_ns": 30_000_000}, ("steal",)),
        ({"steal_ns": 19_000_000}, ()),
        (dict.fromkeys(CALM, -1), ()),
    ],
)
def test_flags(change: dict[str, int], flags: tuple[str, ...]) -> None:
    assert flag_trial(trial(driver=counters(**change)), ALONE) == flags


@pytest.mark.parametrize(
    ("cell", "driver", "party", "flags"),
    [
        (ALONE, ran(0.91), None, ()),
        (ALONE, ran(0.89), None, ("crowded",)),
        (FORK, ran(0.5, 0.45), None, ()),
        (FORK, ran(0.5, 0.35), None, ("crowded",)),
        (SAME_CPU, ran(0.5), ran(0.45), ()),
        (SAME_CPU, ran(0.5), ran(0.35), ("crowded",)),
        # A peer that is a thread is among the others of the driver.
        (THREADS, ran(0.5, 0.45), ran(0.45, 0.5), ()),
        (THREADS, ran(0.5, 0.35), ran(0.35, 0.5), ("crowded",)),
        (APART, ran(0.3), ran(0.3), ()),
    ],
)
def test_one_cpu_is_crowded_when_its_own_tasks_do_not_fill_it(
    cell: PlannedCell, driver: Any, party: Any, flags: tuple[str, ...]
) -> None:
    assert flag_trial(trial(driver=driver, party=party), cell) == flags


def test_a_trial_too_short_for_the_kernel_to_tell_is_not_crowded() -> None:
    assert flag_trial(trial(driver=counters(wall_ns=900_000, cpu_ns=100_000)), ALONE) == ()


def test_across_cpus_waiting_for_one_of_them_is_seen() -> None:
    late = counters(run_delay_ns=210_000_000)
    assert flag_trial(trial(driver=late, party=counters()), APART) == ("preempted",)
    assert flag_trial(trial(driver=counters(), party=late), APART) == ("preempted",)
    assert flag_trial(trial(driver=counters(), party=counters(run_delay_ns=190_000_000)), APART) == ()
    # On one CPU the other's turn is such a wait.
    assert flag_trial(trial(driver=late, party=counters()), SAME_CPU) == ()


def test_steal_below_one_tick_is_not_seen() -> None:
    assert flag_trial(trial(driver=counters(steal_ns=9_000_000), seconds=0.01), ALONE) == ()


def around(**of: Any) -> Surroundings:
    return Surroundings(**{"span_ns": SECOND, **of})


@pytest.mark.parametrize(
    ("of", "flags"),
    [
        ({}, ()),
        ({"device_interrupts": 2001}, ("interrupts",)),
        ({"device_interrupts": 1999, "interrupts": 100_000}, ()),
        # Three of them make a high rate of a short trial, and are nobody's fault.
        ({"device_interrupts": 3, "span_ns": 1_000_000}, ()),
        ({"softirqs": 2001}, ("softirqs",)),
        ({"softirqs": 1999}, ()),
        ({"steal_ns": 30_000_000}, ("steal",)),
        ({"steal_ns": 10_000_000}, ()),
        ({"throttled": 1, "throttled_ns": 50_000_000}, ("throttled",)),
        ({"throttled": 0, "throttled_ns": 0}, ()),
        ({"thermal": 1}, ("thermal",)),
        ({"thermal": 0}, ()),
        ({"pressure_ns": 510_000_000}, ("pressure",)),
        ({"pressure_ns": 490_000_000}, ()),
        ({"khz": 1}, ()),
    ],
)
def test_what_happens_around_a_trial(of: dict[str, int], flags: tuple[str, ...]) -> None:
    assert flag_trial(trial(driver=counters(), around=around(**of)), ALONE) == flags


def test_steal_is_said_once() -> None:
    stolen = {"steal_ns": 30_000_000}
    assert flag_trial(trial(driver=counters(**stolen), around=around(**stolen)), ALONE) == ("steal",)


def test_packets_of_the_op_are_no_interference() -> None:
    busy = around(softirqs=100_000)
    tcp, pipe = planned("tcp_message", peer="process"), planned("pipe_message", peer="process")
    assert flag_trial(trial(driver=counters(), around=busy), tcp) == ()
    assert flag_trial(trial(driver=counters(), around=busy), pipe) == ("softirqs",)


def test_waits_of_the_ops_own_tasks_are_no_pressure() -> None:
    waiting = around(pressure_ns=950_000_000)
    half = counters(run_delay_ns=480_000_000)
    assert flag_trial(trial(driver=half, party=half, around=waiting), SAME_CPU) == ()
    assert flag_trial(trial(driver=half, around=waiting), ALONE) == ()
    assert flag_trial(trial(driver=counters(), around=waiting), ALONE) == ("pressure",)
    # Nobody knows how long the children waited.
    assert flag_trial(trial(driver=counters(), around=waiting), FORK) == ()


@pytest.mark.parametrize(
    ("cell", "faults", "seconds", "flags"),
    [
        (ALONE, 10_001, 1.0, ("minor-faults",)),
        (ALONE, 9_999, 1.0, ()),
        (ALONE, 4, 1e-4, ()),
        (FORK, 100_000, 1.0, ()),
        (SAME_CPU, 10_001, 1.0, ("minor-faults",)),
    ],
)
def test_faults_count_where_no_op_faults(
    cell: PlannedCell, faults: int, seconds: float, flags: tuple[str, ...]
) -> None:
    assert flag_trial(trial(driver=counters(minor_faults=faults), seconds=seconds), cell) == flags


def test_the_party_counts_and_timings_do_not() -> None:
    moved = counters(migrations=1)
    assert flag_trial(trial(driver=counters(), party=moved, cold_ns=1e12), SAME_CPU) == ("migrated",)
    assert flag_trial(trial(), ALONE) == ()
