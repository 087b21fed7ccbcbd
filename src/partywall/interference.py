"""Flags for what disturbed a trial, from the kernel's counters alone: the timings are never looked at."""

from partywall.model import Counters, Family, Trial

__all__ = ["flag_trial"]

_STEAL_SHARE = 0.02
_STEAL_TICK_NS = 10_000_000  # the kernel books steal in ticks; one of 100 Hz is the least that can be seen
_DELAY_SHARE = 0.2
_PAIR_DELAY = 1.2


def flag_trial(trial: Trial, family: Family) -> tuple[str, ...]:
    """Name what disturbed ``trial``, a trial of a primitive of ``family``; empty if nothing did.

    The thresholds are fixed before any data:

    - "migrated": driver or party changed its CPU;
    - "major-faults": one of them waited for a page from disk;
    - "steal": the hypervisor took more than 2 % of the trial, and at least one tick of 10 ms;
    - "preempted": the driver was runnable but not running for more than 20 % of the trial.  Only for
      a driver on its own: with children on its CPU, waiting belongs to the op.  With a party, both
      waited together for more than 1.2 times the trial: on a CPU of their own one of them runs
      while the other waits, so that more than once the trial is a third task's doing.

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
    alone = trial.party is None and family != Family.CREATE
    if alone and trial.driver is not None and trial.driver.run_delay_ns > _DELAY_SHARE * trial_ns:
        flags.append("preempted")
    if trial.driver is not None and trial.party is not None:
        waited_ns = max(trial.driver.run_delay_ns, 0) + max(trial.party.run_delay_ns, 0)
        if waited_ns > _PAIR_DELAY * trial_ns:
            flags.append("preempted")
    return tuple(flags)
