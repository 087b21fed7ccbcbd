"""The doctor's findings from a /proc and /sys that are made up, each both ways round."""

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from partywall import host
from partywall.clock import Clock, CpuOffset, Doubling
from partywall.doctor import activity, load, memory, permissions, processor, timekeeping
from partywall.estimate import Estimate
from partywall.finding import Finding, Gravity

GOOD, NOTE, BAD, UNKNOWN = Gravity.GOOD, Gravity.NOTE, Gravity.BAD, Gravity.UNKNOWN
CPU = "sys/devices/system/cpu"
KERNEL = "proc/sys/kernel"
SOURCES = "sys/devices/system/clocksource/clocksource0"
TSC_FLAGS = {"proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc\n"}
SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def governor(root: Path) -> Finding:
    return processor.governor([0], root)


def idle_states(root: Path) -> Finding:
    return processor.idle_states([1], root)


def complete(finding: Finding) -> bool:
    """What is bad has an effect and a remedy, what is good has none, and commands are one line."""
    told = bool(finding.effect) == (finding.gravity in (NOTE, BAD))
    cured = bool(finding.remedy) if finding.gravity == BAD else True
    return told and cured and bool(finding.observed) and "\n" not in finding.command


@pytest.mark.parametrize(
    ("files", "look", "gravity", "command"),
    [
        ({}, governor, UNKNOWN, ""),
        (
            {f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave"},
            governor,
            BAD,
            "cpup",
        ),
        ({f"{CPU}/cpu0/cpufreq/scaling_governor": "performance"}, governor, GOOD, ""),
        ({}, processor.boost, UNKNOWN, ""),
        ({f"{CPU}/cpufreq/boost": "1"}, processor.boost, NOTE, "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq"),
        ({f"{CPU}/cpufreq/boost": "0"}, processor.boost, GOOD, ""),
        ({f"{CPU}/intel_pstate/no_turbo": "0"}, processor.boost, NOTE, "echo 1 | sudo tee"),
        ({f"{CPU}/intel_pstate/no_turbo": "1"}, processor.boost, GOOD, ""),
        ({}, processor.smt, GOOD, ""),
        ({f"{CPU}/smt/active": "1"}, processor.smt, NOTE, "smt/control"),
        ({f"{CPU}/smt/active": "0"}, processor.smt, GOOD, ""),
        (
            {f"{CPU}/cpu1/cpuidle/state3/latency": "133"},
            idle_states,
            NOTE,
            "idle-set",
        ),
        ({f"{CPU}/cpu1/cpuidle/state1/latency": "2"}, idle_states, GOOD, ""),
        (
            {f"{CPU}/cpu1/cpuidle/state3/latency": "133", f"{CPU}/cpu1/cpuidle/state3/disable": "1"},
            idle_states,
            GOOD,
            "",
        ),
        ({"proc/cpuinfo": "flags : fpu hypervisor"}, processor.virtual, NOTE, ""),
        ({"proc/cpuinfo": "model name : hypervisor\nflags : fpu"}, processor.virtual, GOOD, ""),
        ({}, lambda root: processor.thermal([0], root), UNKNOWN, ""),
        (
            {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "3"},
            lambda root: processor.thermal([0], root),
            BAD,
            "cpupower",
        ),
        (
            {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "0"},
            lambda root: processor.thermal([0], root),
            GOOD,
            "",
        ),
        ({}, processor.mitigations, UNKNOWN, ""),
        ({f"{CPU}/vulnerabilities/meltdown": "Mitigation: PTI"}, processor.mitigations, NOTE, "vulnerabilities"),
        ({f"{CPU}/vulnerabilities/meltdown": "Not affected"}, processor.mitigations, GOOD, ""),
        ({}, lambda root: processor.isolation([2], root), NOTE, ""),
        ({f"{CPU}/isolated": "2-3"}, lambda root: processor.isolation([2], root), GOOD, ""),
        ({f"{CPU}/nohz_full": "(null)"}, lambda root: processor.isolation([2], root), NOTE, ""),
        ({f"{CPU}/nohz_full": "2"}, lambda root: processor.isolation([2], root), GOOD, ""),
        ({}, processor.watchdog, UNKNOWN, ""),
        ({f"{KERNEL}/nmi_watchdog": "1"}, processor.watchdog, NOTE, "nmi_watchdog=0"),
        ({f"{KERNEL}/nmi_watchdog": "0"}, processor.watchdog, GOOD, ""),
        ({}, memory.huge_pages, UNKNOWN, ""),
        ({"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise"}, memory.huge_pages, NOTE, "echo madvise"),
        ({"sys/kernel/mm/transparent_hugepage/enabled": "always [madvise]"}, memory.huge_pages, GOOD, ""),
        ({}, memory.layout, UNKNOWN, ""),
        ({f"{KERNEL}/randomize_va_space": "2"}, memory.layout, GOOD, ""),
        ({f"{KERNEL}/randomize_va_space": "0"}, memory.layout, BAD, "randomize_va_space=2"),
        ({f"{KERNEL}/randomize_va_space": "1"}, memory.layout, BAD, "randomize_va_space=2"),
        ({f"{KERNEL}/randomize_va_space": "2", "proc/self/personality": "00040000"}, memory.layout, BAD, ""),
        ({f"{KERNEL}/randomize_va_space": "2", "proc/self/personality": "00000000"}, memory.layout, GOOD, ""),
        ({}, memory.numa, UNKNOWN, ""),
        ({f"{KERNEL}/numa_balancing": "1", "sys/devices/system/node/node0/a": ""}, memory.numa, GOOD, ""),
        (
            {f"{KERNEL}/numa_balancing": "1", **{f"sys/devices/system/node/node{i}/a": "" for i in (0, 1)}},
            memory.numa,
            NOTE,
            "numa_balancing=0",
        ),
        (
            {f"{KERNEL}/numa_balancing": "0", **{f"sys/devices/system/node/node{i}/a": "" for i in (0, 1)}},
            memory.numa,
            GOOD,
            "",
        ),
        ({}, memory.merging, UNKNOWN, ""),
        ({"sys/kernel/mm/ksm/run": "1"}, memory.merging, NOTE, "ksm/run"),
        ({"sys/kernel/mm/ksm/run": "0"}, memory.merging, GOOD, ""),
        ({"proc/swaps": SWAPS}, memory.swap, GOOD, ""),
        ({"proc/swaps": SWAPS + "/dev/zram0 partition 100 0 1\n"}, memory.swap, GOOD, ""),
        ({"proc/swaps": SWAPS + "/dev/zram0 partition 100 90 1\n"}, memory.swap, NOTE, "swapoff"),
        ({}, permissions.counters, NOTE, ""),
        ({"sys/bus/event_source/devices/cpu/type": "4"}, permissions.counters, GOOD, ""),
        ({f"{KERNEL}/core_pattern": "core"}, permissions.cores, GOOD, ""),
        ({f"{KERNEL}/core_pattern": "|/usr/lib/dump %P"}, permissions.cores, NOTE, "core_pattern=core"),
        ({f"{KERNEL}/core_pattern": "|"}, permissions.cores, NOTE, ""),
        ({}, permissions.tracing, GOOD, ""),
        ({f"{KERNEL}/yama/ptrace_scope": "1"}, permissions.tracing, GOOD, ""),
        ({f"{KERNEL}/yama/ptrace_scope": "2"}, permissions.tracing, NOTE, "ptrace_scope=1"),
        ({}, load.timer_slack, UNKNOWN, ""),
        ({"proc/self/timerslack_ns": "50000"}, load.timer_slack, GOOD, ""),
        ({"proc/self/timerslack_ns": "4000000"}, load.timer_slack, NOTE, ""),
        ({}, load.quota, UNKNOWN, ""),
        ({"proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/cpu.max": "50000 100000"}, load.quota, BAD, "systemd-run"),
        (
            {
                "proc/self/cgroup": "0::/a",
                "sys/fs/cgroup/a/cpu.max": "max 100000",
                "sys/fs/cgroup/a/cpu.stat": "nr_throttled 0\nthrottled_usec 0",
            },
            load.quota,
            GOOD,
            "",
        ),
        (
            {"proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/cpu.stat": "nr_throttled 2\nthrottled_usec 7"},
            load.quota,
            BAD,
            "",
        ),
        ({}, timekeeping.source, UNKNOWN, ""),
        ({**TSC_FLAGS, f"{SOURCES}/current_clocksource": "tsc"}, timekeeping.source, GOOD, ""),
        ({"proc/cpuinfo": "", f"{SOURCES}/current_clocksource": "arch_sys_counter"}, timekeeping.source, GOOD, ""),
        (
            {
                **TSC_FLAGS,
                f"{SOURCES}/current_clocksource": "kvm-clock",
                f"{SOURCES}/available_clocksource": "tsc kvm-clock",
            },
            timekeeping.source,
            NOTE,
            "current_clocksource",
        ),
        (
            {
                **TSC_FLAGS,
                f"{SOURCES}/current_clocksource": "hpet",
                f"{SOURCES}/available_clocksource": "hpet acpi_pm",
            },
            timekeeping.source,
            BAD,
            "dmesg",
        ),
    ],
)
def test_what_the_kernel_says(
    tree: Callable[[dict[str, str]], Path],
    files: dict[str, str],
    look: Callable[[Path], Finding],
    gravity: Gravity,
    command: str,
) -> None:
    finding = look(tree(files))
    assert finding.gravity == gravity
    assert command in finding.command
    assert complete(finding)


@pytest.mark.parametrize(
    ("files", "root", "gravity"),
    [
        ({"proc/sys/user/max_user_namespaces": "0"}, True, NOTE),
        ({}, False, NOTE),
        ({"proc/sys/user/max_user_namespaces": "100"}, False, GOOD),
        (
            {
                "proc/sys/user/max_user_namespaces": "100",
                f"{KERNEL}/apparmor_restrict_unprivileged_userns": "1",
            },
            False,
            NOTE,
        ),
        (
            {
                "proc/sys/user/max_user_namespaces": "100",
                f"{KERNEL}/apparmor_restrict_unprivileged_userns": "1",
            },
            True,
            GOOD,
        ),
    ],
)
def test_namespaces(tree: Any, files: dict[str, str], root: bool, gravity: Gravity) -> None:
    finding = permissions.namespaces(tree(files), root)
    assert finding.gravity == gravity
    assert complete(finding)


@pytest.mark.parametrize(
    ("state", "root", "gravity"),
    [("0", False, GOOD), ("1", False, NOTE), ("1", True, GOOD), ("2", True, NOTE), (None, False, GOOD)],
)
def test_io_uring(tree: Any, state: str | None, root: bool, gravity: Gravity) -> None:
    finding = permissions.io_uring(tree({} if state is None else {f"{KERNEL}/io_uring_disabled": state}), root)
    assert finding.gravity == gravity
    assert complete(finding)


@pytest.mark.parametrize(("paranoid", "root", "gravity"), [("4", False, NOTE), ("4", True, GOOD), ("2", False, GOOD)])
def test_hardware_counters(
    tree: Any, monkeypatch: pytest.MonkeyPatch, paranoid: str, root: bool, gravity: Gravity
) -> None:
    monkeypatch.setattr(host, "is_root", lambda: root)
    files = {"sys/bus/event_source/devices/cpu_core/type": "4", f"{KERNEL}/perf_event_paranoid": paranoid}
    finding = permissions.counters(tree(files))
    assert finding.gravity == gravity
    assert complete(finding)


def test_realtime() -> None:
    def refuse() -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    refused, allowed = permissions.realtime(refuse), permissions.realtime(lambda: None)
    assert (refused.gravity, allowed.gravity) == (NOTE, GOOD)
    assert "not permitted" in refused.observed
    assert complete(refused)
    assert complete(allowed)


def test_memory_and_load() -> None:
    assert memory.free(1 << 30).gravity == load.average(0.4, 2).gravity == GOOD
    assert memory.free(1 << 20).gravity == load.average(1.4, 2).gravity == BAD
    assert complete(memory.free(1 << 20))
    assert complete(load.average(1.4, 2))


def clock(**of: Any) -> Clock:
    given = {"source": "tsc", "hertz": 1e9, "uncertainty": 1e-6, "resolution_s": 1e-9, "cost_s": 1e-8, "backward": 0}
    return Clock(**{**given, **of})


def gravities(findings: Iterable[Finding]) -> dict[str, Gravity]:
    found = list(findings)
    assert all(map(complete, found))
    return {finding.name: finding.gravity for finding in found}


def test_the_clock() -> None:
    assert gravities(timekeeping.judge_clock(clock())) == {"clock": GOOD}
    assert gravities(timekeeping.judge_clock(clock(source="monotonic_raw"))) == {"clock": NOTE}
    assert gravities(timekeeping.judge_clock(clock(backward=2))) == {"clock": GOOD, "clock steps back": BAD}


@pytest.mark.parametrize(
    ("of", "gravity"),
    [
        ({"offset_s": 1e-8, "bound_s": 9e-8, "exchanges": 9}, GOOD),
        ({"offset_s": 1e-6, "bound_s": 9e-8, "exchanges": 9}, BAD),
        ({"offset_s": -1e-6, "bound_s": 9e-8, "exchanges": 9}, BAD),
        ({"reason": "gone"}, UNKNOWN),
    ],
)
def test_clocks_that_differ(of: dict[str, Any], gravity: Gravity) -> None:
    finding = timekeeping.judge_offset(CpuOffset(driver_cpu=1, peer_cpu=0, **of))
    assert finding.gravity == gravity
    assert complete(finding)


@pytest.mark.parametrize(("agrees", "gravity"), [(True, GOOD), (False, NOTE)])
def test_an_overhead_that_does_not_add_up(agrees: bool, gravity: Gravity) -> None:
    some = Estimate(value=1e-8, low=1e-8, high=1e-8)
    finding = timekeeping.judge_doubling(
        Doubling(
            body="empty",
            ops=9,
            slope=some,
            level=some,
            intercept=some,
            overhead=some,
            disagreement=some,
            agrees=agrees,
        )
    )
    assert finding.gravity == gravity
    assert complete(finding)


def spins(typical: float, away: float = 0.0, uneven: float = 0.0) -> Any:
    seconds = np.full(10_000, typical)
    seconds[::10] *= 1 + uneven
    seconds[5::100] += away
    return seconds


@pytest.mark.parametrize(
    ("seconds", "tsc_hertz", "gaps", "speed"),
    [
        (spins(20e-6), 3e9, GOOD, GOOD),
        (spins(20e-6), 0.0, GOOD, GOOD),
        (spins(20e-6, away=1e-3), 3e9, BAD, GOOD),
        (spins(20e-6, away=1e-5), 3e9, GOOD, GOOD),
        (spins(20e-6, uneven=0.05), 3e9, GOOD, NOTE),
        # 60,000 cycles in 30 us are 2 GHz.
        (spins(30e-6), 3e9, GOOD, BAD),
        (spins(30e-6), 0.0, GOOD, GOOD),
    ],
)
def test_a_spin(seconds: Any, tsc_hertz: float, gaps: Gravity, speed: Gravity) -> None:
    found = list(processor.judge_spin(1, seconds, tsc_hertz))
    assert gravities(found) == {"gaps on CPU 1": gaps, "speed of CPU 1": speed}
    assert ("GHz" in found[1].observed) == (tsc_hertz > 0)


def test_a_spin_says_for_how_long_the_cpu_was_away() -> None:
    found, _ = processor.judge_spin(0, spins(20e-6, away=1e-3), 3e9)
    assert "33.33%" in found.observed  # 0.1 s of 0.3 s
    assert "longest 1.00 ms" in found.observed


IDLE = [100, 0, 50, 800, 10, 0, 5, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "steal", "work"),
    [
        ({3: 100}, GOOD, GOOD),
        ({3: 98, 7: 2}, BAD, GOOD),
        ({3: 90, 0: 10}, GOOD, BAD),
        ({4: 100}, GOOD, GOOD),
    ],
)
def test_ticks(change: dict[int, int], steal: Gravity, work: Gravity) -> None:
    now = [ticks + change.get(i, 0) for i, ticks in enumerate(IDLE)]
    found = gravities(activity.judge_ticks(1, IDLE, now, 1.0))
    assert found == {"steal on CPU 1": steal, "other work on CPU 1": work}


def test_a_cpu_that_the_kernel_does_not_list() -> None:
    assert list(activity.judge_ticks(1, [], [], 1.0)) == list(activity.judge_interrupts(1, {}, {}, 1.0)) == []


@pytest.mark.parametrize(("count", "gravity"), [(2500, NOTE), (1500, GOOD)])
def test_interrupts(count: int, gravity: Gravity) -> None:
    (finding,) = activity.judge_interrupts(1, {"24 disk": 5}, {"24 disk": 5 + count, "25 net": 10}, 2.0)
    assert finding.gravity == gravity
    assert "24 disk" in finding.observed
    assert complete(finding)


@pytest.mark.parametrize(
    ("before", "now", "gravity"), [(0, 10_000_000, GOOD), (0, 100_000_000, BAD), (-1, -1, UNKNOWN)]
)
def test_pressure(before: int, now: int, gravity: Gravity) -> None:
    finding = activity.judge_pressure(before, now, 1.0)
    assert finding.gravity == gravity
    assert complete(finding)
