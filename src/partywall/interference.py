"""Flags for what disturbed a trial, from the kernel's counters alone: the timings are never looked at."""

from partywall.catalog import PRIMITIVES
from partywall.model import Counters, PlannedCell, Trial

__all__ = ["flag_trial"]

_STEAL_SHARE = 0.02
_STEAL_TICK_NS = 10_000_000  # the kernel books steal in ticks; one of 100 Hz is the least that can be seen
_DELAY_SHARE = 0.2
_BUSY_SHARE = 0.9
_BUSY_LEAST_NS = 1_000_000  # below it the microseconds in which CPU time is told are too coarse


def flag_trial(trial: Trial, cell: PlannedCell) -> tuple[str, ...]:
    """Name what disturbed ``trial``, a trial of ``cell``; empty if nothing did.

    The thresholds are fixed before any data:

    - "migrated": driver or party changed its CPU;
    - "major-faults": one of them waited for a page from disk;
    - "steal": the hypervisor took more than 2 % of the trial, and at least one tick of 10 ms;
    - "crowded": driver, party and their children share one CPU, and together ran for less than 90 % of the
      time, so that something else ran there; not for trials below 1 ms;
    - "preempted": driver and party have a CPU each, and one was runnable but not running for more than
      20 % of the trial.

    The last two not where the op waits for something that is not CPU time, or for a CPU that it shares by
    design: the declaration says so.

    Counters that the kernel does not give (None, or -1) raise no flag.
    """
    tasks: list[Counters] = [task for task in (trial.driver, trial.party) if task is not None]
    trial_ns = trial.seconds * 1e9
    flags = []
    if any(task.migrations > 0 for task in tasks):
        flags.append("migrated")
    if any(task.major_faults > 0 for task in tasks):
        flags.append("major-faults")
    steal = max((task.steal_ns for task in tasks), default=-1)
    if steal >= _STEAL_TICK_NS and steal > _STEAL_SHARE * trial_ns:
        flags.append("steal")
    primitive = PRIMITIVES.get(cell.primitive)
    waits = primitive is not None and primitive.waits
    apart = trial.party is not None and cell.driver_cpu != cell.peer_cpu
    if apart and not waits and any(task.run_delay_ns > _DELAY_SHARE * trial_ns for task in tasks):
        flags.append("preempted")
    if not apart and not waits and _busy_share(trial, cell) < _BUSY_SHARE:
        flags.append("crowded")
    return tuple(flags)


def _busy_share(trial: Trial, cell: PlannedCell) -> float:
    """Share of the counted time in which driver, party or their children ran; 1 where that is not known."""
    driver = trial.driver
    if driver is None or driver.wall_ns < _BUSY_LEAST_NS:
        return 1.0
    busy = driver.cpu_ns + driver.others_cpu_ns
    # A party that is a thread of the driver's process is among the others already.
    if trial.party is not None and cell.factors.get("peer") == "process":
        busy += trial.party.cpu_ns + trial.party.others_cpu_ns
    return busy / driver.wall_ns
