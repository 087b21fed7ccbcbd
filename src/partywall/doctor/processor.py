"""The CPUs: how fast they run, who else may have them, and what takes them away from a task that spins."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partywall import host, kernel_counters, native
from partywall.clock import Clock
from partywall.errors import MeasureError, UnsupportedError
from partywall.finding import Finding, Gravity, good, unknown
from partywall.units import format_seconds

__all__ = [
    "boost",
    "governor",
    "idle_states",
    "isolation",
    "judge_spin",
    "look",
    "mitigations",
    "smt",
    "spin",
    "thermal",
    "virtual",
    "watchdog",
]

_CPU = "sys/devices/system/cpu"
_SLOW_EXIT_US = 50
_AWAY = 1.1
_AWAY_SHARE = 0.01
_UNEVEN = 0.02
_BELOW = 0.9
_MOST_SAMPLES = 1_000_000
_LINKS = 20_000
# What one dependent multiplication takes on every x86 since 2008 (Fog, Instruction tables).
_CYCLES_PER_LINK = 3


def look(cpus: Sequence[int], root: Path) -> Iterator[Finding]:
    """All that the kernel says about the CPUs."""
    yield governor(cpus, root)
    yield boost(root)
    yield smt(root)
    yield idle_states(cpus, root)
    yield virtual(root)
    yield thermal(cpus, root)
    yield mitigations(root)
    yield isolation(cpus, root)
    yield watchdog(root)


def governor(cpus: Sequence[int], root: Path) -> Finding:
    """Whether the frequency is left alone."""
    found = {host.read_text(root / _CPU / f"cpu{cpu}/cpufreq/scaling_governor") for cpu in cpus} - {""}
    names = ", ".join(sorted(found))
    if not found:
        return unknown("frequency governor", "not reported (usual in virtual machines)")
    if found == {"performance"}:
        return good("frequency governor", names)
    return Finding(
        name="frequency governor",
        gravity=Gravity.BAD,
        observed=names,
        effect="the frequency follows the load, so that the first milliseconds of a trial are slower",
        remedy="choose performance while measuring",
        command="sudo cpupower frequency-set -g performance",
    )


def boost(root: Path) -> Finding:
    """Whether the CPU may run above its nominal frequency."""
    switch, value = f"{_CPU}/cpufreq/boost", "0"
    state = host.read_text(root / switch)
    if not state:
        switch, value = f"{_CPU}/intel_pstate/no_turbo", "1"
        state = {"0": "1", "1": "0"}.get(host.read_text(root / switch), "")
    if not state:
        return unknown("turbo", "not reported")
    if state == "0":
        return good("turbo", "off")
    return Finding(
        name="turbo",
        gravity=Gravity.NOTE,
        observed="on",
        effect="the frequency depends on temperature and on what other cores do",
        remedy="switch it off while measuring",
        command=f"echo {value} | sudo tee /{switch}",
    )


def smt(root: Path) -> Finding:
    """Whether two CPUs share a core."""
    if host.read_text(root / _CPU / "smt/active") != "1":
        return good("SMT", "off, or not shown to this machine")
    return Finding(
        name="SMT",
        gravity=Gravity.NOTE,
        observed="on",
        effect="what runs on a sibling slows a CPU down by tens of percent",
        remedy="keep siblings of the measuring CPUs idle, or switch it off",
        command=f"echo off | sudo tee /{_CPU}/smt/control",
    )


def idle_states(cpus: Sequence[int], root: Path) -> Finding:
    """How long an idle CPU takes to wake at most."""
    slowest = 0
    for cpu in cpus:
        for state in (root / _CPU / f"cpu{cpu}/cpuidle").glob("state*"):
            if host.read_text(state / "disable") != "1":
                slowest = max(slowest, host.read_number(state / "latency"))
    driver = host.read_text(root / _CPU / "cpuidle/current_driver") or "none"
    if slowest <= _SLOW_EXIT_US:
        return good("idle states", f"driver {driver}, awake within {slowest} us")
    return Finding(
        name="idle states",
        gravity=Gravity.NOTE,
        observed=f"driver {driver}, awake within {slowest} us only",
        effect="waking another CPU costs that much when it has slept long: the tail of cross-CPU switches",
        remedy="allow only shallow states while measuring",
        command=f"sudo cpupower idle-set -D {_SLOW_EXIT_US}",
    )


def virtual(root: Path) -> Finding:
    """Whether a hypervisor lies beneath."""
    flags = next((line for line in host.read_text(root / "proc/cpuinfo").splitlines() if line.startswith("flags")), "")
    if "hypervisor" not in flags.split():
        return good("virtualisation", "none seen")
    return Finding(
        name="virtualisation",
        gravity=Gravity.NOTE,
        observed="a hypervisor is present",
        effect="page tables, exec and wake-ups of idle CPUs cost more than on bare metal; regimes last seconds",
        remedy="compare only within one session; prefer a dedicated host",
    )


def thermal(cpus: Sequence[int], root: Path) -> Finding:
    """Whether heat made the CPUs slower since the machine was started."""
    events = kernel_counters.thermal_events(cpus, root)
    if events < 0:
        return unknown("thermal throttling", "not counted here")
    if events == 0:
        return good("thermal throttling", "none since the machine was started")
    return Finding(
        name="thermal throttling",
        gravity=Gravity.BAD,
        observed=f"{events} times since the machine was started",
        effect="the CPU slows down under load; trials in which it happens are flagged as thermal",
        remedy="better cooling, or a lower highest frequency",
        command="sudo cpupower frequency-set -u $(cat /sys/devices/system/cpu/cpu0/cpufreq/base_frequency)kHz",
    )


def mitigations(root: Path) -> Finding:
    """What the kernel does against leaks of speculation: each makes the way into the kernel longer."""
    found = {path.name: host.read_text(path) for path in sorted((root / _CPU / "vulnerabilities").glob("*"))}
    if not found:
        return unknown("mitigations", "not reported")
    active = [name for name, text in found.items() if text.startswith("Mitigation")]
    if not active:
        return good("mitigations", "none active")
    return Finding(
        name="mitigations",
        gravity=Gravity.NOTE,
        observed=", ".join(active),
        effect="system calls, switches and returns to user space cost more than on a CPU that needs none",
        remedy="leave them on; say so beside figures, and compare only machines with the same",
        command="grep . /sys/devices/system/cpu/vulnerabilities/*",
    )


def isolation(cpus: Sequence[int], root: Path) -> Finding:
    """Whether the kernel keeps the tick and other tasks away from CPUs."""
    isolated = host.read_text(root / _CPU / "isolated")
    nohz = host.read_text(root / _CPU / "nohz_full").replace("(null)", "")
    if isolated or nohz:
        return good("isolated CPUs", f"isolated {isolated or 'none'}, nohz_full {nohz or 'none'}")
    return Finding(
        name="isolated CPUs",
        gravity=Gravity.NOTE,
        observed=f"none; CPUs {', '.join(map(str, cpus))} are used",
        effect="the timer tick and other tasks interrupt trials",
        remedy=f"isolcpus={max(cpus)} nohz_full={max(cpus)} on the kernel's command line, for the last digit",
    )


def watchdog(root: Path) -> Finding:
    """Whether the kernel looks after itself with interrupts that no mask holds back."""
    state = host.read_text(root / "proc/sys/kernel/nmi_watchdog")
    if state not in ("0", "1"):
        return unknown("NMI watchdog", "not reported")
    if state == "0":
        return good("NMI watchdog", "off")
    return Finding(
        name="NMI watchdog",
        gravity=Gravity.NOTE,
        observed="on",
        effect="an interrupt every few seconds on each CPU, and one hardware counter less",
        remedy="switch it off while measuring",
        command="sudo sysctl kernel.nmi_watchdog=0",
    )


def spin(clock: Clock, cpus: Sequence[int], window_s: float) -> Iterator[Finding]:
    """Spin for ``window_s`` seconds on each CPU: how fast it is, and how long it is taken away."""
    for cpu in cpus:
        order = native.Order(
            subject="fixed_spin",
            clock=clock.source,
            driver_cpu=cpu,
            samples=_MOST_SAMPLES,
            chunk=100,
            budget_s=window_s,
            deadline_s=10 + 10 * window_s,
        )
        try:
            seconds = native.carry_out(order).ticks / clock.hertz
        except (MeasureError, UnsupportedError) as error:
            yield unknown(f"gaps on CPU {cpu}", str(error))
            continue
        tsc_hertz = clock.hertz if clock.source == "tsc" else 0.0
        yield from judge_spin(cpu, seconds, tsc_hertz)


def judge_spin(cpu: int, seconds: NDArray[np.float64], tsc_hertz: float) -> Iterator[Finding]:
    """Gaps and frequency of a CPU from how long each fixed spin took; ``tsc_hertz`` is 0 where there is no TSC."""
    typical = float(np.median(seconds))
    interrupted = seconds > _AWAY * typical
    yield _gaps(cpu, seconds, np.where(interrupted, seconds - typical, 0.0))
    calm = seconds[~interrupted]
    low, high = np.quantile(calm, (0.05, 0.95))
    uneven = float(high / low - 1)
    hertz = _CYCLES_PER_LINK * _LINKS / typical
    observed = f"a fixed spin takes {format_seconds(typical)}, 90 % of them within {uneven:.1%}"
    if tsc_hertz:
        observed += f"; as at {hertz / 1e9:.2f} GHz, the TSC counts at {tsc_hertz / 1e9:.2f}"
    name = f"speed of CPU {cpu}"
    if tsc_hertz and hertz < _BELOW * tsc_hertz:
        yield Finding(
            name=name,
            gravity=Gravity.BAD,
            observed=observed,
            effect="the CPU runs below its nominal frequency, or shares its core: everything is slower",
            remedy="see governor, heat and siblings",
            command="grep . /sys/devices/system/cpu/cpu*/cpufreq/scaling_{governor,cur_freq,max_freq}",
        )
    elif uneven > _UNEVEN:
        yield Finding(
            name=name,
            gravity=Gravity.NOTE,
            observed=observed,
            effect="the frequency changes, or a sibling comes and goes: figures follow it",
            remedy="see governor, turbo and SMT",
        )
    else:
        yield good(name, observed)


def _gaps(cpu: int, seconds: NDArray[np.float64], away: NDArray[np.float64]) -> Finding:
    share = float(away.sum() / seconds.sum())
    longest = float(np.max(away))
    often = np.count_nonzero(away) / float(seconds.sum())
    name = f"gaps on CPU {cpu}"
    observed = (
        f"away for {share:.2%} of {seconds.sum():.2f} s of spinning, {often:.0f} times a second, "
        f"longest {format_seconds(longest)}"
    )
    if share <= _AWAY_SHARE:
        return good(name, observed)
    return Finding(
        name=name,
        gravity=Gravity.BAD,
        observed=observed,
        effect="something takes the CPU away, and lands in the samples",
        remedy="see interrupts, steal and other work; this lists who runs there",
        command=f"ps -eLo psr,pcpu,comm --sort=-pcpu | awk '$1=={cpu}' | head",
    )
