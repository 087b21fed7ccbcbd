"""Flags for what disturbed a trial, from the kernel's counters alone: the timings are never looked at."""

from collections.abc import Iterator

from partywall.catalog import PRIMITIVES
from partywall.catalog.declaration import Primitive
from partywall.model import Counters, PlannedCell, Surroundings, Trial

__all__ = ["flag_trial"]

_NS = 1e9
_STEAL_SHARE = 0.02
_STEAL_TICK_NS = 10_000_000  # the kernel books steal in ticks; one of 100 Hz is the least that can be seen
_DELAY_SHARE = 0.2
_BUSY_SHARE = 0.9
_BUSY_LEAST_NS = 1_000_000  # below it the microseconds in which CPU time is told are too coarse
_FEW = 10  # events of one trial that may be anyone's
_FAULT_RATE = 10_000.0
_INTERRUPT_RATE = 2000.0
_PRESSURE_SHARE = 0.5


def flag_trial(trial: Trial, cell: PlannedCell) -> tuple[str, ...]:
    """Name what disturbed ``trial``, a trial of ``cell``; empty if nothing did.

    The thresholds are fixed before any data.  Of what the kernel counted of driver and party:

    - "migrated": one of them changed its CPU;
    - "major-faults": one of them waited for a page from disk;
    - "minor-faults": more than 10,000 a second, and more than ten: at about 1 us each that is 1 % of the time.
      Not where the op makes tasks or pages, and so faults by design;
    - "crowded": driver, party and their children share one CPU, and together ran for less than 90 % of the
      time, so that something else ran there; not for trials below 1 ms;
    - "preempted": driver and party have a CPU each, and one was runnable but not running for more than
      20 % of the trial.

    The last two not where the op waits for something that is not CPU time, or for a CPU that it shares by
    design: the declaration says so.

    Of what it counted around the trial, on the CPUs used:

    - "steal": the hypervisor took more than 2 % of the trial, and at least one tick of 10 ms;
    - "interrupts": more than 2,000 a second of devices, and more than ten: at about 5 us each, with what they
      push out of the caches, that is 1 % of the time.  The timer's, and those from CPU to CPU, are left out: ops
      that wake tasks or change page tables send them;
    - "softirqs": the same of networks, disks and tasklets; not where the op's packets go over a network;
    - "throttled": a quota stopped this cgroup or one above it, for up to a whole period, which is usually longer
      than a trial;
    - "pressure": tasks beside driver and party waited for a CPU in more than half of the time, so that the machine
      has no CPU to spare; not where an op makes tasks, whose own waits are not known;
    - "thermal": heat made a CPU slower.

    Counters that the kernel does not give (None, or -1) raise no flag, and a frequency raises none: it is read when
    the CPU is idle again.  How fast the CPU was, the fixed spin tells.
    """
    primitive = PRIMITIVES.get(cell.primitive)
    return tuple(dict.fromkeys((*_of_tasks(trial, cell, primitive), *_of_surroundings(trial, primitive))))


def _of_tasks(trial: Trial, cell: PlannedCell, primitive: Primitive | None) -> Iterator[str]:
    tasks: list[Counters] = _tasks(trial)
    trial_ns = trial.seconds * _NS
    if any(task.migrations > 0 for task in tasks):
        yield "migrated"
    if any(task.major_faults > 0 for task in tasks):
        yield "major-faults"
    faults = sum(max(task.minor_faults, 0) for task in tasks)
    if not (primitive and primitive.faults) and _many(faults, trial_ns, _FAULT_RATE):
        yield "minor-faults"
    if _too_much(max((task.steal_ns for task in tasks), default=-1), trial_ns):
        yield "steal"
    waits = primitive is not None and primitive.waits
    apart = trial.party is not None and cell.driver_cpu != cell.peer_cpu
    if apart and not waits and any(task.run_delay_ns > _DELAY_SHARE * trial_ns for task in tasks):
        yield "preempted"
    if not apart and not waits and _busy_share(trial, cell) < _BUSY_SHARE:
        yield "crowded"


def _of_surroundings(trial: Trial, primitive: Primitive | None) -> Iterator[str]:
    around = trial.around
    if around is None or around.span_ns <= 0:
        return
    if _too_much(around.steal_ns, around.span_ns):
        yield "steal"
    if _many(around.device_interrupts, around.span_ns, _INTERRUPT_RATE):
        yield "interrupts"
    if not (primitive and primitive.network) and _many(around.softirqs, around.span_ns, _INTERRUPT_RATE):
        yield "softirqs"
    if around.throttled > 0:
        yield "throttled"
    if not (primitive and (primitive.faults or primitive.waits)) and _pressure(trial, around) > _PRESSURE_SHARE:
        yield "pressure"
    if around.thermal > 0:
        yield "thermal"


def _tasks(trial: Trial) -> list[Counters]:
    return [task for task in (trial.driver, trial.party) if task is not None]


def _many(count: int, span_ns: float, rate: float) -> bool:
    return count > _FEW and count > rate * span_ns / _NS


def _too_much(steal_ns: int, span_ns: float) -> bool:
    return steal_ns >= _STEAL_TICK_NS and steal_ns > _STEAL_SHARE * span_ns


def _pressure(trial: Trial, around: Surroundings) -> float:
    """Share of the time in which others waited for a CPU; driver and party are taken to wait as in the samples."""
    if around.pressure_ns < 0 or trial.seconds <= 0:
        return 0.0
    own = sum(max(task.run_delay_ns, 0) for task in _tasks(trial)) / (trial.seconds * _NS)
    return around.pressure_ns / around.span_ns - own


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
