"""The kernel's counters, read from a tree that is made up."""

import time
from pathlib import Path
from typing import Any

import pytest

from partywall import host, kernel_counters
from partywall.kernel_counters import Reader

INTERRUPTS = """           CPU0       CPU1       CPU3
  0:         10         20         40   IO-APIC   2-edge      timer
 24:        100        200        400   PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0
LOC:       1000       2000       4000   Local timer interrupts
ERR:          7
"""
SOFTIRQS = """                    CPU0       CPU1       CPU3
          HI:          0          1          2
       TIMER:       5000       6000       7000
      NET_RX:         30         40         50
         RCU:       9000       9000       9000
"""
STAT = """cpu  1 2 3 4 5 6 7 8 0 0
cpu0 10 0 20 300 4 0 5 6 0 0
cpu1 11 0 21 301 5 0 6 8 0 0
intr 5
"""
PRESSURE = """some avg10=2.60 avg60=18.53 avg300=15.92 total=4303
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
"""
V1 = "4:memory:/a\n1:cpu,cpuacct:/a/b\n0::/\n"
V2 = "0::/a/b\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, its tables are read."""
    monkeypatch.setattr(kernel_counters, "_MOST_READ_S", 60.0)


@pytest.fixture
def tree(tmp_path: Path) -> Any:
    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def full(tree: Any) -> Path:
    root: Path = tree(
        proc__interrupts=INTERRUPTS, proc__softirqs=SOFTIRQS, proc__stat=STAT, proc__pressure__cpu=PRESSURE
    )
    for cpu, kind, count in ((0, "core", "1"), (0, "package", "2"), (1, "core", "4")):
        path = root / f"sys/devices/system/cpu/cpu{cpu}/thermal_throttle/{kind}_throttle_count"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(count)
    return root


def test_interrupts_are_those_of_the_cpus_by_their_columns(tree: Any) -> None:
    root = full(tree)
    found = kernel_counters.interrupts([1, 3], root)
    assert list(found.values()) == [60, 600, 6000]
    assert [name for name in found if kernel_counters.is_device(name)] == [
        "24 PCI-MSIX-0000:00:02.0 1-edge virtio1-req.0"
    ]
    assert kernel_counters.interrupts([2], root) == {}


def test_softirqs_steal_pressure_and_heat(tree: Any) -> None:
    root = full(tree)
    assert kernel_counters.softirqs([0], root)["NET_RX"] == 30
    assert kernel_counters.cpu_ticks(1, root)[7] == 8
    assert kernel_counters.cpu_ticks(2, root) == []
    assert kernel_counters.pressure_ns(root) == 4_303_000
    assert kernel_counters.thermal_events([0, 1], root) == 7
    assert kernel_counters.thermal_events([2], root) == -1


@pytest.mark.parametrize(
    ("own", "place", "stat"),
    [
        (V1, "sys/fs/cgroup/cpu/a", "nr_periods 9\nnr_throttled 3\nthrottled_time 5000\n"),
        (V1.replace("cpu,cpuacct", "cpuacct,cpu"), "sys/fs/cgroup/cpu", "nr_throttled 3\nthrottled_time 5000"),
        (V2, "sys/fs/cgroup/a/b", "usage_usec 8\nnr_periods 9\nnr_throttled 3\nthrottled_usec 5\n"),
        (V2, "sys/fs/cgroup/a", "nr_throttled 3\nthrottled_usec 5\n"),
    ],
)
def test_a_quota_anywhere_above_is_seen(tmp_path: Path, own: str, place: str, stat: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(own)
    assert kernel_counters.cgroup_cpu_stats(tmp_path) == (-1, -1)
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "cpu.stat").write_text(stat)
    assert kernel_counters.cgroup_cpu_stats(tmp_path) == (3, 5000)


def test_a_cgroup_beside_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(V2)
    (tmp_path / "sys/fs/cgroup/c").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/c/cpu.stat").write_text("nr_throttled 3\nthrottled_usec 5\n")
    assert kernel_counters.cgroup_cpu_stats(tmp_path) == (-1, -1)


def test_what_changed_between_two_readings(tree: Any) -> None:
    reader = Reader(full(tree))
    before = reader.read({0, 1})
    tree(
        proc__interrupts=INTERRUPTS.replace(" 200 ", " 205 "),
        proc__softirqs=SOFTIRQS.replace(" 30 ", " 33 "),
        proc__stat=STAT.replace("6 8 0 0", "6 9 0 0"),
        proc__pressure__cpu=PRESSURE.replace("4303", "4304"),
    )
    found = reader.since(before, {0, 1})
    assert (found.interrupts, found.device_interrupts, found.softirqs) == (5, 5, 3)
    assert (found.steal_ns, found.pressure_ns, found.thermal) == (10_000_000, 1000, 0)
    assert (found.throttled, found.throttled_ns, found.khz) == (-1, -1, -1)
    assert found.span_ns > 0


def test_a_machine_that_says_nothing(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    found = reader.since(reader.read({0}), {0})
    assert {getattr(found, name) for name in found.__struct_fields__ if name != "span_ns"} == {-1}


def test_the_frequency_is_that_of_the_fastest(tree: Any) -> None:
    root = full(tree)
    for cpu, khz in ((0, "1000000"), (1, "3000000")):
        path = root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(khz)
    reader = Reader(root)
    assert reader.since(reader.read({0, 1}), {0, 1}).khz == 3_000_000


def test_tables_that_take_too_long_are_read_no_more(tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root = full(tree)
    reader = Reader(root)
    monkeypatch.setattr(kernel_counters, "_MOST_READ_S", 0.0)
    assert reader.read({0}).device_interrupts == 100
    later = reader.read({0})
    assert (later.interrupts, later.device_interrupts, later.softirqs) == (-1, -1, -1)
    assert later.steal_ns == 60_000_000


def test_being_preempted_does_not_make_tables_slow(tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root = full(tree)
    reader = Reader(root)
    read = host.read_text

    def late(path: Path) -> str:
        time.sleep(0.02)
        return read(path)

    monkeypatch.setattr(kernel_counters, "_MOST_READ_S", 0.02)
    monkeypatch.setattr(host, "read_text", late)
    for _ in range(3):
        assert reader.read({0}).device_interrupts == 100


def test_this_machine_counts() -> None:
    reader = Reader()
    before = reader.read({0})
    found = reader.since(before, {0})
    assert found.span_ns > 0
    assert found.interrupts >= -1
