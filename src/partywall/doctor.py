"""What on this machine makes figures worse, measured where it can be, and what could be done about it.

Nothing is changed: a remedy is a sentence for the reader.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from partywall import host, native
from partywall.errors import MeasureError, UnsupportedError
from partywall.finding import Finding, Gravity
from partywall.units import format_quantity, format_seconds
from partywall.watch import watch

__all__ = ["examine"]

_CPU = Path("/sys/devices/system/cpu")
_WINDOW_S = 1.0
_GAP_S = 5e-6
_PROBE_SAMPLES = 1_000_000
_PROBE_BATCH = 4
_PROBE_S = 0.3
_LOAD_SHARE = 0.5
_GAP_SHARE = 0.01


def examine(window_s: float = _WINDOW_S) -> tuple[Finding, ...]:
    """Look at everything; takes ``window_s`` seconds for what is counted over time, and a little more."""
    cpus = sorted({cpu for pair in host.placements().values() for cpu in pair})
    findings = [
        *_clock(),
        _governor(cpus),
        _boost(),
        _smt(),
        _virtual(),
        *watch(cpus, window_s),
        _gaps(cpus[-1]),
        _load(),
        _pages(),
        _isolation(cpus),
        _quota(),
        _realtime(),
        _pmu(),
        _namespaces(),
        _cores(),
        _memory(),
    ]
    return tuple(findings)


def _clock() -> Iterator[Finding]:
    clock, _ = host.calibrate_clock()
    observed = (
        f"{clock.source}, read in {format_seconds(clock.cost_s)}, resolution {format_seconds(clock.resolution_s)}, "
        f"frequency known to {clock.uncertainty * 1e6:.2g} ppm"
    )
    if clock.source == "monotonic_raw":
        yield Finding(
            name="clock",
            gravity=Gravity.NOTE,
            observed=observed,
            effect="reads go through the kernel's page and cost more; short ops are measured in larger batches",
            remedy="an invariant TSC as clocksource, where the hypervisor offers one",
        )
    else:
        yield Finding(name="clock", gravity=Gravity.GOOD, observed=observed)
    if clock.backward:
        yield Finding(
            name="clock steps back",
            gravity=Gravity.BAD,
            observed=f"{clock.backward} of the readings in a row went backwards",
            effect="durations may be wrong by that step",
            remedy="tell the kernel's maintainers or the hypervisor's; use CPUs of one socket",
        )


def _governor(cpus: list[int]) -> Finding:
    found = {host.read_text(_CPU / f"cpu{cpu}/cpufreq/scaling_governor") for cpu in cpus} - {""}
    if not found:
        return Finding(
            name="frequency governor", gravity=Gravity.UNKNOWN, observed="not reported (usual in virtual machines)"
        )
    names = ", ".join(sorted(found))
    if found == {"performance"}:
        return Finding(name="frequency governor", gravity=Gravity.GOOD, observed=names)
    return Finding(
        name="frequency governor",
        gravity=Gravity.BAD,
        observed=names,
        effect="the frequency follows the load, so that the first milliseconds of a trial are slower",
        remedy="cpupower frequency-set -g performance",
    )


def _boost() -> Finding:
    boost = host.read_text(_CPU / "cpufreq/boost")
    no_turbo = host.read_text(_CPU / "intel_pstate/no_turbo")
    if not boost and not no_turbo:
        return Finding(name="turbo", gravity=Gravity.UNKNOWN, observed="not reported")
    if boost == "1" or no_turbo == "0":
        return Finding(
            name="turbo",
            gravity=Gravity.NOTE,
            observed="on",
            effect="the frequency depends on temperature and on what other cores do",
            remedy="write 0 to cpufreq/boost, or 1 to intel_pstate/no_turbo, while measuring",
        )
    return Finding(name="turbo", gravity=Gravity.GOOD, observed="off")


def _smt() -> Finding:
    if host.read_text(_CPU / "smt/active") != "1":
        return Finding(name="SMT", gravity=Gravity.GOOD, observed="off, or not shown to this machine")
    return Finding(
        name="SMT",
        gravity=Gravity.NOTE,
        observed="on",
        effect="what runs on a sibling slows a CPU down by tens of percent",
        remedy="keep siblings of the measuring CPUs idle, or write off to smt/control",
    )


def _virtual() -> Finding:
    if not host.fingerprint()["hypervisor"]:
        return Finding(name="virtualisation", gravity=Gravity.GOOD, observed="none seen")
    return Finding(
        name="virtualisation",
        gravity=Gravity.NOTE,
        observed="a hypervisor is present",
        effect="page tables, exec and wake-ups of idle CPUs cost more than on bare metal; regimes last seconds",
        remedy="compare only within one session; prefer a dedicated host",
    )


def _gaps(cpu: int) -> Finding:
    """Time short system calls: when the CPU was away, one of them took long."""
    clock, _ = host.calibrate_clock()
    order = native.Order(
        subject="null_syscall",
        clock=clock.source,
        driver_cpu=cpu,
        batch=_PROBE_BATCH,
        samples=_PROBE_SAMPLES,
        chunk=10_000,
        budget_s=_PROBE_S,
    )
    try:
        ticks = native.carry_out(order).ticks
    except (MeasureError, UnsupportedError) as error:
        return Finding(name=f"gaps on CPU {cpu}", gravity=Gravity.UNKNOWN, observed=str(error))
    seconds = ticks / clock.hertz
    long = seconds[seconds > _GAP_S]
    share = float(long.sum() / seconds.sum())
    longest = float(np.max(seconds))
    bad = share > _GAP_SHARE
    return Finding(
        name=f"gaps on CPU {cpu}",
        gravity=Gravity.BAD if bad else Gravity.GOOD,
        observed=f"away for {share:.2%} of {seconds.sum():.2f} s of short calls; longest {format_seconds(longest)}",
        effect="something takes the CPU away, and lands in the samples" if bad else "",
        remedy="see interrupts, steal and other work" if bad else "",
    )


def _load() -> Finding:
    load = os.getloadavg()[0]
    cpus = len(os.sched_getaffinity(0))
    if load < _LOAD_SHARE * cpus:
        return Finding(name="load", gravity=Gravity.GOOD, observed=f"{load:.2f} on {cpus} CPUs")
    return Finding(
        name="load",
        gravity=Gravity.BAD,
        observed=f"{load:.2f} on {cpus} CPUs",
        effect="other programs share caches, memory and CPUs with the trials",
        remedy="run nothing else while measuring",
    )


def _pages() -> Finding:
    text = host.read_text("/sys/kernel/mm/transparent_hugepage/enabled")
    chosen = text.partition("[")[2].partition("]")[0]
    if not chosen:
        return Finding(name="transparent huge pages", gravity=Gravity.UNKNOWN, observed="not reported")
    return Finding(
        name="transparent huge pages",
        gravity=Gravity.NOTE if chosen == "always" else Gravity.GOOD,
        observed=chosen,
        effect="a caller's fork may be cheaper than its size says; the pristine worker uses small pages"
        if chosen == "always"
        else "",
        remedy="choose with the factor thp" if chosen == "always" else "",
    )


def _isolation(cpus: list[int]) -> Finding:
    isolated = host.read_text(_CPU / "isolated")
    nohz = host.read_text(_CPU / "nohz_full").replace("(null)", "")
    if isolated or nohz:
        return Finding(name="isolated CPUs", gravity=Gravity.GOOD, observed=f"isolated {isolated}, nohz_full {nohz}")
    return Finding(
        name="isolated CPUs",
        gravity=Gravity.NOTE,
        observed=f"none; CPUs {', '.join(map(str, cpus))} are used",
        effect="the timer tick and other tasks interrupt trials",
        remedy="isolcpus= and nohz_full= on the kernel's command line, for the last digit",
    )


def _quota() -> Finding:
    throttled = _number_in("/sys/fs/cgroup/cpu.stat", "nr_throttled")
    if throttled is None:
        throttled = _number_in("/sys/fs/cgroup/cpu/cpu.stat", "nr_throttled")
    quota = host.read_text("/sys/fs/cgroup/cpu.max") or host.read_text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
    limited = bool(quota) and not quota.startswith(("max", "-1"))
    if throttled is None and not quota:
        return Finding(name="CPU quota", gravity=Gravity.UNKNOWN, observed="no cgroup says")
    if not limited and not throttled:
        return Finding(name="CPU quota", gravity=Gravity.GOOD, observed="none")
    return Finding(
        name="CPU quota",
        gravity=Gravity.BAD,
        observed=f"quota {quota or 'unknown'}, throttled {throttled or 0} times so far",
        effect="trials stop for up to a period of the quota, usually 100 ms",
        remedy="a cgroup without cpu.max, or fewer trials at once (--budget)",
    )


def _number_in(path: str, field: str) -> int | None:
    for line in host.read_text(path).splitlines():
        name, _, value = line.partition(" ")
        if name == field and value.isdigit():
            return int(value)
    return None


def _allowed(probe: Callable[[], object]) -> str:
    try:
        probe()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _realtime() -> Finding:
    def probe() -> None:
        before = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, *before)

    reason = _allowed(probe)
    if not reason:
        return Finding(name="SCHED_FIFO", gravity=Gravity.GOOD, observed="allowed")
    return Finding(
        name="SCHED_FIFO",
        gravity=Gravity.NOTE,
        observed=f"refused: {reason}",
        effect="cells with policy=fifo are unsupported",
        remedy="CAP_SYS_NICE, or an rtprio line in limits.conf",
    )


def _pmu() -> Finding:
    if any(Path("/sys/bus/event_source/devices").glob("cpu*")):
        paranoid = host.read_text("/proc/sys/kernel/perf_event_paranoid")
        return Finding(
            name="hardware counters", gravity=Gravity.GOOD, observed=f"present, perf_event_paranoid {paranoid}"
        )
    return Finding(
        name="hardware counters",
        gravity=Gravity.NOTE,
        observed="no PMU is shown to this machine",
        effect="cycles and cache misses cannot be told; partywall does not need them",
    )


def _namespaces() -> Finding:
    limit = host.read_text("/proc/sys/user/max_user_namespaces")
    if limit in ("", "0"):
        return Finding(
            name="user namespaces",
            gravity=Gravity.NOTE,
            observed="not allowed",
            effect="namespace cells are unsupported for ordinary users",
            remedy="user.max_user_namespaces",
        )
    return Finding(name="user namespaces", gravity=Gravity.GOOD, observed=f"up to {limit}")


def _cores() -> Finding:
    pattern = host.read_text("/proc/sys/kernel/core_pattern")
    if not pattern.startswith("|"):
        return Finding(name="core dumps", gravity=Gravity.GOOD, observed=f"core_pattern {pattern or 'empty'}")
    return Finding(
        name="core dumps",
        gravity=Gravity.NOTE,
        observed=f"core_pattern pipes to {pattern[1:].split()[0]}",
        effect="where a crash dumps core, a program is started for it; the walls' faults do not dump",
    )


def _memory() -> Finding:
    free = host.available_memory()
    return Finding(
        name="free memory", gravity=Gravity.GOOD, observed=f"{format_quantity(free, 'B')}, of which half may be used"
    )
