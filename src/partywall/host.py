"""The machine: its fingerprint, its clock, its CPUs and how they lie to each other."""

import contextlib
import os
import platform
import resource
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from partywall import native
from partywall.errors import UnsupportedError
from partywall.model import Clock

__all__ = [
    "available_memory",
    "calibrate_clock",
    "cgroup_directories",
    "cpu_pair",
    "fingerprint",
    "is_root",
    "page_table_bytes",
    "pids_limits",
    "placements",
    "read_number",
    "read_text",
    "refine_clock",
]

_CPU = Path("/sys/devices/system/cpu")
_CMDLINE = (
    "clocksource",
    "cpuidle",
    "haltpoll.",
    "idle",
    "intel_idle.",
    "intel_pstate",
    "irqaffinity",
    "isolcpus",
    "mitigations",
    "nmi_watchdog",
    "nohz",
    "nosmt",
    "nopti",
    "nospectre",
    "preempt",
    "processor.max_cstate",
    "psi",
    "pti",
    "rcu_nocb",
    "skew_tick",
    "spectre",
    "threadirqs",
    "transparent_hugepage",
    "tsc",
)
_SYSCTLS = (
    "kernel.nmi_watchdog",
    "kernel.numa_balancing",
    "kernel.perf_event_paranoid",
    "kernel.randomize_va_space",
    "kernel.sched_autogroup_enabled",
    "kernel.sched_rt_runtime_us",
    "kernel.yama.ptrace_scope",
    "vm.overcommit_memory",
)
_CALIBRATION_S = 0.05
_STEPS = 20_000
_SEEN = 5


def read_text(path: Path | str) -> str:
    """The file's text without its white space at both ends; empty if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _cpuinfo(field: str) -> str:
    for line in read_text("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def _cpu_set(text: str) -> frozenset[int]:
    cpus: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return frozenset(cpus)


def fingerprint() -> dict[str, Any]:
    """What tells this machine from another, and what a reader needs to judge its figures."""
    uname = os.uname()
    cpus = sorted(os.sched_getaffinity(0))
    last = cpus[-1]
    vulnerabilities = sorted((_CPU / "vulnerabilities").glob("*"))
    return {
        "machine": uname.machine,
        "kernel": f"{uname.sysname} {uname.release}",
        "cpu": _cpuinfo("model name") or _cpuinfo("CPU part"),
        "cpus_allowed": cpus,
        "cpus_online": read_text(_CPU / "online"),
        "hypervisor": "hypervisor" in _cpuinfo("flags").split(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "governor": read_text(_CPU / f"cpu{last}/cpufreq/scaling_governor") or "not reported",
        "smt": read_text(_CPU / "smt/active") == "1",
        "transparent_hugepage": read_text("/sys/kernel/mm/transparent_hugepage/enabled"),
        "clocksource": read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "clocksources": read_text("/sys/devices/system/clocksource/clocksource0/available_clocksource"),
        "microcode": _cpuinfo("microcode"),
        "cmdline": _cmdline(read_text("/proc/cmdline")),
        "boost": _boost(),
        "isolated": read_text(_CPU / "isolated"),
        "nohz_full": read_text(_CPU / "nohz_full").replace("(null)", ""),
        "sysctl": {name: read_text(Path("/proc/sys") / name.replace(".", "/")) for name in _SYSCTLS},
        "swap_bytes": _meminfo("SwapTotal"),
        "core_pattern": read_text("/proc/sys/kernel/core_pattern"),
        "mitigations": {path.name: read_text(path) for path in vulnerabilities},
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
        "shell": str(Path("/bin/sh").resolve()),
        "root": is_root(),
        "limits": {
            "processes": resource.getrlimit(resource.RLIMIT_NPROC)[0],
            "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "address_space": resource.getrlimit(resource.RLIMIT_AS)[0],
        },
        "placements": {name: list(pair) for name, pair in placements().items()},
        "left": _left(),
    }


def _cmdline(text: str) -> dict[str, str]:
    """Of the kernel's command line what moves figures; the rest may hold what is nobody's business."""
    words = (word.partition("=") for word in text.split())
    return {name: value or "set" for name, _, value in words if name.startswith(_CMDLINE)}


def _boost() -> str:
    """Whether the CPU may run above its nominal frequency: "on", "off" or "not reported"."""
    boost = read_text(_CPU / "cpufreq/boost")
    no_turbo = read_text(_CPU / "intel_pstate/no_turbo")
    if not boost and not no_turbo:
        return "not reported"
    return "on" if boost == "1" or no_turbo == "0" else "off"


def _left() -> dict[str, Any]:
    """What may still be taken: bytes, tasks by the name of each limit, and what one process may; -1 is no limit."""
    tasks, own = _running_tasks()
    used = len(read_text("/proc/self/maps").splitlines())
    processes = -1 if is_root() else resource.getrlimit(resource.RLIMIT_NPROC)[0]
    limits = {
        "kernel.threads-max": (read_number("/proc/sys/kernel/threads-max"), tasks),
        "kernel.pid_max": (read_number("/proc/sys/kernel/pid_max"), tasks),
        "RLIMIT_NPROC": (processes, own),
        "pids.max": min(pids_limits(), key=lambda pair: pair[0] - pair[1], default=(-1, 0)),
    }
    mappings = read_number("/proc/sys/vm/max_map_count")
    return {
        "memory_bytes": available_memory(),
        "tasks": {name: max(limit - now, 0) if limit >= 0 else -1 for name, (limit, now) in limits.items()},
        "mappings": max(mappings - used, 0) if mappings >= 0 else -1,
        "address_bytes": resource.getrlimit(resource.RLIMIT_AS)[0],
        "stack_bytes": resource.getrlimit(resource.RLIMIT_STACK)[0],
    }


def _running_tasks() -> tuple[int, int]:
    """Threads of the machine, and those of this user."""
    _, _, total = read_text("/proc/loadavg").partition("/")
    own = 0
    for directory in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            own += len(os.listdir(directory / "task")) if directory.stat().st_uid == os.getuid() else 0  # noqa: PTH208
    return int(total.split()[0]) if total else own, own


def read_number(path: str | Path) -> int:
    """The number in a file; -1 (no limit) if there is none."""
    text = read_text(path)
    return int(text) if text.isdigit() else -1


def is_root() -> bool:
    """Whether the effective user is root, whom RLIMIT_NPROC does not bind."""
    return os.geteuid() == 0


def available_memory() -> int:
    """Bytes that may be taken now without pushing anything out: MemAvailable, or less where a cgroup says so."""
    available = _meminfo("MemAvailable")
    free = [available] if available >= 0 else []
    for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        free += [most - now for most, now in _cgroup_limits("memory", limit, used)]
    return max(0, min(free)) if free else 0


def _meminfo(name: str) -> int:
    """Bytes by a line of /proc/meminfo; -1 if there is none of that name."""
    for line in read_text("/proc/meminfo").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return -1


def page_table_bytes() -> int:
    """Bytes of this process's page tables, which a fork of it copies at most."""
    lines = [line.split() for line in read_text("/proc/self/status").splitlines() if line.startswith("VmPTE:")]
    return sum(int(line[1]) * 1024 for line in lines)


def pids_limits() -> list[tuple[int, int]]:
    """(limit, now in use) of the tasks that this process's cgroups allow."""
    return _cgroup_limits("pids", "pids.max", "pids.current")


def _cgroup_limits(controller: str, limit: str, used: str) -> list[tuple[int, int]]:
    """Every (limit, usage) on the way from this process's cgroup to the root, version 1 and 2."""
    pairs = ((read_text(place / limit), read_text(place / used)) for place in cgroup_directories(controller))
    return [(int(most), int(now)) for most, now in pairs if most.isdigit() and now.isdigit()]


def cgroup_directories(controller: str, root: Path = Path("/")) -> list[Path]:
    """From this process's cgroup to the root, those that may limit it by the controller; version 1 and 2.

    ``root`` is where /proc and /sys are.
    """
    found: list[Path] = []
    for line in read_text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number != "0" and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("" if number == "0" else controller)
        directory = top / path.lstrip("/")
        places = (directory, *directory.parents)
        found += places[: places.index(top) + 1]
    return found


def _last_level_cache(cpu: int) -> frozenset[int]:
    caches = sorted((_CPU / f"cpu{cpu}/cache").glob("index*"), key=lambda index: int(read_text(index / "level") or 0))
    return _cpu_set(read_text(caches[-1] / "shared_cpu_list")) if caches else frozenset()


def _node(cpu: int) -> str:
    return next((path.name for path in (_CPU / f"cpu{cpu}").glob("node*")), "node0")


def _relation(one: int, other: int) -> str:
    if other in _cpu_set(read_text(_CPU / f"cpu{one}/topology/thread_siblings_list")):
        return "smt-sibling"
    if other in _last_level_cache(one):
        return "same-llc"
    return "cross-llc" if _node(one) == _node(other) else "cross-node"


def placements() -> dict[str, tuple[int, int]]:
    """The placements that exist among the allowed CPUs, each with its (driver, peer) CPU.

    The driver sits on the highest allowed CPU, since the lowest serves most interrupts.
    """
    cpus = sorted(os.sched_getaffinity(0), reverse=True)
    driver = cpus[0]
    found = {"same-cpu": (driver, driver)}
    for cpu in cpus[1:]:
        found.setdefault(_relation(driver, cpu), (driver, cpu))
    return found


def cpu_pair(placement: str) -> tuple[int, int]:
    """CPUs of driver and peer; UnsupportedError that lists what this machine has."""
    found = placements()
    if placement not in found:
        raise UnsupportedError(
            f"placement {placement} does not exist among the CPUs allowed here; there are {', '.join(found)}"
        )
    return found[placement]


def _clock_source() -> str:
    flags = set(_cpuinfo("flags").split())
    current = read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    # Intel white paper 324264: only an invariant counter is a clock, and the kernel checks it for us.
    if native.clock_available("tsc") and {"constant_tsc", "nonstop_tsc", "rdtscp"} <= flags and current == "tsc":
        return "tsc"
    return "cntvct" if native.clock_available("cntvct") else "monotonic_raw"


def calibrate_clock() -> tuple[Clock, tuple[int, int, int]]:
    """Choose the clock and calibrate it against MONOTONIC_RAW; also returns the first anchor."""
    source = _clock_source()
    first = native.clock_anchor(source)
    time.sleep(_CALIBRATION_S)
    hertz, uncertainty = _frequency(first, native.clock_anchor(source))
    steps = native.clock_steps(source, _STEPS)
    # The clock moves in steps; the smallest of them is how far apart two readings are at least.
    values, counts = np.unique(steps[steps >= 0], return_counts=True)
    # A step across an interrupt is seen once, and says nothing of the clock.
    ahead = np.diff(np.concatenate([[0], values[(counts >= _SEEN) & (values > 0)]]))
    clock = Clock(
        source=source,
        hertz=hertz,
        uncertainty=uncertainty,
        resolution_s=float(ahead.min()) / hertz if ahead.size else 0.0,
        cost_s=float(np.median(steps)) / hertz,
        backward=int((steps < 0).sum()),
    )
    return clock, first


def refine_clock(clock: Clock, first: tuple[int, int, int]) -> Clock:
    """Compare with the frequency over everything since ``first``; a difference is uncertainty."""
    hertz, uncertainty = _frequency(first, native.clock_anchor(clock.source))
    drift = abs(hertz - clock.hertz) / clock.hertz
    return msgspec.structs.replace(clock, uncertainty=max(clock.uncertainty, uncertainty + drift))


def _frequency(first: tuple[int, int, int], last: tuple[int, int, int]) -> tuple[float, float]:
    ticks = last[0] - first[0]
    return ticks * 1e9 / (last[1] - first[1]), (first[2] + last[2]) / 2 / ticks
