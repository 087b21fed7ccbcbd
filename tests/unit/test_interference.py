"""Flags: what disturbed a trial, from counters alone."""

from typing import Any

import msgspec
import pytest

from partywall.interference import flag_trial
from partywall.model import PlannedCell, Trial
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


def test_the_party_counts_and_timings_do_not() -> None:
    moved = counters(migrations=1)
    assert flag_trial(trial(driver=counters(), party=moved, cold_ns=1e12), SAME_CPU) == ("migrated",)
    assert flag_trial(trial(), ALONE) == ()
