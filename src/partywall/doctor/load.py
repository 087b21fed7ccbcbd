"""What else wants the CPUs, and what holds this process back."""

import os
from collections.abc import Iterator
from pathlib import Path

from partywall import host, kernel_counters
from partywall.finding import Finding, Gravity, good, unknown

__all__ = ["average", "look", "quota", "timer_slack"]

_LOAD_SHARE = 0.5
_USUAL_SLACK_NS = 50_000


def look(root: Path) -> Iterator[Finding]:
    """Load, quota and timers."""
    yield average(os.getloadavg()[0], len(os.sched_getaffinity(0)))
    yield quota(root)
    yield timer_slack(root)


def average(load: float, cpus: int) -> Finding:
    """How many tasks wanted to run over the last minute."""
    observed = f"{load:.2f} on {cpus} CPUs"
    if load < _LOAD_SHARE * cpus:
        return good("load", observed)
    return Finding(
        name="load",
        gravity=Gravity.BAD,
        observed=observed,
        effect="other programs share caches, memory and CPUs with the trials",
        remedy="run nothing else while measuring; this lists who runs",
        command="ps -eo pcpu,pid,comm --sort=-pcpu | head",
    )


def quota(root: Path) -> Finding:
    """Whether a cgroup above this process may stop it."""
    quotas = []
    for directory in host.cgroup_directories("cpu", root):
        most = host.read_text(directory / "cpu.max") or host.read_text(directory / "cpu.cfs_quota_us")
        if most and not most.startswith(("max", "-1")):
            quotas.append(most)
    throttled, _ = kernel_counters.cgroup_cpu_stats(root)
    if not quotas and throttled <= 0:
        return good("CPU quota", "none") if throttled == 0 else unknown("CPU quota", "no cgroup says")
    return Finding(
        name="CPU quota",
        gravity=Gravity.BAD,
        observed=f"quota {', '.join(quotas) or 'unknown'}, throttled {max(throttled, 0)} times so far",
        effect="trials stop for up to a period of the quota, usually 100 ms; such trials are flagged as throttled",
        remedy="a cgroup without cpu.max, or fewer trials at once (--budget)",
        command="systemd-run --scope -p CPUQuota= partywall run",
    )


def timer_slack(root: Path) -> Finding:
    """By how much timers of this process, and of its workers, may be late on purpose."""
    slack = host.read_number(root / "proc/self/timerslack_ns")
    if slack < 0:
        return unknown("timer slack", "not reported")
    if slack <= _USUAL_SLACK_NS:
        return good("timer slack", f"{slack / 1000:g} us")
    return Finding(
        name="timer slack",
        gravity=Gravity.NOTE,
        observed=f"{slack / 1000:g} us, 50 us is usual",
        effect="sleeps and waits with a time limit end later",
        remedy="start from an ordinary shell: it is inherited",
    )
