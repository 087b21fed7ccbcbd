"""What the kernel counts about CPUs and the cgroup: read before and after a trial, outside of anything timed."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from partywall import host
from partywall.model import Surroundings

__all__ = [
    "Reader",
    "Reading",
    "cgroup_cpu_stats",
    "cpu_ticks",
    "interrupts",
    "is_device",
    "pressure_ns",
    "softirqs",
    "thermal_events",
]

_ROOT = Path("/")
_NS_PER_USER_TICK = 10_000_000  # /proc/stat counts in USER_HZ, which is 100 on every Linux ABI
_STEAL = 7
_MOST_READ_S = 0.002
_OWN_SOFTIRQS = frozenset({"HI", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET"})


def cpu_ticks(cpu: int, root: Path = _ROOT) -> list[int]:
    """The numbers of /proc/stat about one CPU, in ticks of 10 ms; empty if there are none."""
    for line in host.read_text(root / "proc/stat").splitlines():
        if line.startswith(f"cpu{cpu} "):
            return [int(word) for word in line.split()[1:]]
    return []


def interrupts(cpus: Iterable[int], root: Path = _ROOT) -> dict[str, int]:
    """Interrupts so far on these CPUs together, by their line of /proc/interrupts; empty if it cannot be read."""
    lines = host.read_text(root / "proc/interrupts").splitlines()
    heads = lines[0].split() if lines else []
    columns = [heads.index(f"CPU{cpu}") for cpu in cpus if f"CPU{cpu}" in heads]
    found = {}
    for line in lines[1:] if columns else []:
        name, _, rest = line.partition(":")
        words = rest.split(None, len(heads))
        counts = [int(words[column]) for column in columns if column < len(words) and words[column].isdigit()]
        if counts:
            label = " ".join(words[len(heads)].split()) if len(words) > len(heads) else ""
            found[f"{name.strip()} {label}".strip()] = sum(counts)
    return found


def is_device(line: str) -> bool:
    """Whether a line of /proc/interrupts is a device's: timers, and calls from CPU to CPU, belong to the ops."""
    return line.split()[0].isdigit() and "timer" not in line


def softirqs(cpus: Iterable[int], root: Path = _ROOT) -> dict[str, int]:
    """Softirqs so far on these CPUs together, by their name; empty if they cannot be read."""
    lines = host.read_text(root / "proc/softirqs").splitlines()
    heads = lines[0].split() if lines else []
    columns = [heads.index(f"CPU{cpu}") for cpu in cpus if f"CPU{cpu}" in heads]
    found = {}
    for line in lines[1:] if columns else []:
        name, _, rest = line.partition(":")
        words = rest.split()
        found[name.strip()] = sum(int(words[column]) for column in columns if column < len(words))
    return found


def cgroup_cpu_stats(root: Path = _ROOT) -> tuple[int, int]:
    """How often, and for how many ns, the quotas above this process stopped it and others; (-1, -1) if none says."""
    counts = []
    for directory in host.cgroup_directories("cpu", root):
        lines = (line.split() for line in host.read_text(directory / "cpu.stat").splitlines())
        stat = {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}
        if "nr_throttled" in stat:
            counts.append((stat["nr_throttled"], stat.get("throttled_time", 1000 * stat.get("throttled_usec", 0))))
    return (sum(count for count, _ in counts), sum(ns for _, ns in counts)) if counts else (-1, -1)


def pressure_ns(root: Path = _ROOT) -> int:
    """Time so far in which a task of the machine was runnable and not running; -1 if the kernel does not say."""
    for line in host.read_text(root / "proc/pressure/cpu").splitlines():
        kind, _, rest = line.partition(" ")
        total = rest.rpartition("total=")[2]
        if kind == "some" and total.isdigit():
            return int(total) * 1000
    return -1


def thermal_events(cpus: Iterable[int], root: Path = _ROOT) -> int:
    """How often heat made these CPUs slower so far; -1 if the kernel does not say."""
    found = [
        host.read_number(root / f"sys/devices/system/cpu/cpu{cpu}/thermal_throttle/{name}_throttle_count")
        for cpu in cpus
        for name in ("core", "package")
    ]
    known = [count for count in found if count >= 0]
    return sum(known) if known else -1


@dataclass(frozen=True)
class Reading:
    """All counters at one moment; -1 where the kernel does not say."""

    ns: int
    interrupts: int
    device_interrupts: int
    softirqs: int
    steal_ns: int
    throttled: int
    throttled_ns: int
    pressure_ns: int
    thermal: int


@dataclass
class Reader:
    """Reads the counters; tables that grow with the machine only while that takes less than 2 ms of CPU time.

    A machine of hundreds of CPUs has a /proc/interrupts that takes as long to print as a worker to start.
    """

    root: Path = _ROOT
    _tables: bool = field(default=True, init=False)

    def read(self, cpus: Iterable[int]) -> Reading:
        """The counters of these CPUs, of the cgroup and of the machine now."""
        used = sorted({cpu for cpu in cpus if cpu >= 0})
        throttled, throttled_ns = cgroup_cpu_stats(self.root)
        every, devices, soft = self._read_tables(used) if self._tables else (-1, -1, -1)
        ticks = [cpu_ticks(cpu, self.root) for cpu in used]
        steal = [found[_STEAL] for found in ticks if len(found) > _STEAL]
        return Reading(
            ns=time.monotonic_ns(),
            interrupts=every,
            device_interrupts=devices,
            softirqs=soft,
            steal_ns=sum(steal) * _NS_PER_USER_TICK if steal else -1,
            throttled=throttled,
            throttled_ns=throttled_ns,
            pressure_ns=pressure_ns(self.root),
            thermal=thermal_events(used, self.root),
        )

    def _read_tables(self, cpus: list[int]) -> tuple[int, int, int]:
        # CPU time: who is preempted here must not take the tables for slow, least of all on a busy machine.
        begin = time.thread_time()
        lines, names = interrupts(cpus, self.root), softirqs(cpus, self.root)
        self._tables = time.thread_time() - begin < _MOST_READ_S
        return (
            sum(lines.values()) if lines else -1,
            sum(count for line, count in lines.items() if is_device(line)) if lines else -1,
            sum(names.get(name, 0) for name in _OWN_SOFTIRQS) if names else -1,
        )

    def since(self, before: Reading, cpus: Iterable[int]) -> Surroundings:
        """What changed since an earlier reading of the same CPUs."""
        used = tuple(cpus)
        now = self.read(used)

        def change(name: str) -> int:
            first, last = getattr(before, name), getattr(now, name)
            return last - first if first >= 0 and last >= first else -1

        return Surroundings(
            **{name: change(name) for name in Reading.__dataclass_fields__ if name != "ns"},
            span_ns=now.ns - before.ns,
            khz=max(self._frequencies(used), default=-1),
        )

    def _frequencies(self, cpus: Iterable[int]) -> Iterator[int]:
        for cpu in cpus:
            yield host.read_number(self.root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq")
