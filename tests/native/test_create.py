"""The create family through Python: phases, what the worker holds, rivals, refusals, and nothing left behind."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import partywall
from partywall import native
from partywall.catalog import PRIMITIVES
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Family

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
CREATE = sorted(name for name, p in PRIMITIVES.items() if p.family == Family.CREATE and name in native.primitives())
WITH_PHASES = [name for name in CREATE if native.readings(name)]
NAMESPACES = PRIMITIVES["namespace_wait"].factor("namespace").levels
# It has two names.
UNSUPPORTED = errno.errorcode[errno.EOPNOTSUPP]
CPU = max(os.sched_getaffinity(0))


def order(subject: str, clock: str, **more: Any) -> native.Order:
    target = next((f.levels[0] for f in PRIMITIVES[subject].factors if f.name == "target"), "static")
    if target == "static" and not Path(native._executable("exec_target_static")).exists():
        target = "dynamic"
    peer = "process" if native.primitives()[subject] else ""
    given = {"peer": peer, "parties": 2, "driver_cpu": CPU, "peer_cpu": CPU, "samples": 9, "chunk": 3, "target": target}
    return native.Order(subject=subject, clock=clock, **{**given, "deadline_s": 60.0, **more})


def setting(word: str, number: int = 0) -> tuple[str, int]:
    return word, number


def read(name: str, clock: str, **more: Any) -> dict[str, NDArray[np.int64]]:
    """The readings of each op by name; skipped where the machine refuses the op."""
    try:
        raw = native.carry_out(order(name, clock, readings=True, **more))
    except UnsupportedError as error:
        pytest.skip(str(error))
    columns = dict(zip(native.readings(name), raw.readings.T, strict=True))
    return {**columns, "reaped": raw.ticks.astype(np.int64)}


@pytest.mark.parametrize("name", CREATE)
def test_the_catalog_and_the_core_take_the_same_readings(name: str) -> None:
    assert native.readings(name) == {reading.name: reading.unit for reading in PRIMITIVES[name].readings}
    takes = {factor.name for factor in PRIMITIVES[name].factors}
    assert ("phases" in takes) == bool(PRIMITIVES[name].readings)


@pytest.mark.parametrize("image", ["pristine", "caller"])
@pytest.mark.parametrize("name", WITH_PHASES)
def test_phases_of_every_op_are_in_order(clock: str, name: str, image: str) -> None:
    found = read(name, clock, image=image)
    order_in_child = ("child_starts", "exec_seen", "exits", "reaped")
    in_child = [found[phase] for phase in order_in_child if phase in found]
    assert (in_child[0] > 0).all()
    for before, after in itertools.pairwise(in_child):
        assert (before <= after).all()
    assert (found["call_returns"] > 0).all()
    assert (found["call_returns"] <= found["reaped"]).all()
    assert (found["parent_faults"] >= 0).all()
    # A fresh image cannot be there without a page fault.
    assert (found["child_faults"] >= (1 if "exec" in name or "spawn" in name else 0)).all()


@pytest.mark.parametrize("name", ["vfork_wait", "clone_vm_wait"])
def test_the_parent_stands_still_while_its_memory_is_borrowed(clock: str, name: str) -> None:
    found = read(name, clock)
    assert (found["exits"] <= found["call_returns"]).all()


def test_readings_change_nothing_but_themselves(clock: str) -> None:
    plain = native.carry_out(order("fork_wait", clock))
    assert plain.readings.shape == (9, 0)
    assert plain.driver.ops == native.carry_out(order("fork_wait", clock, readings=True)).driver.ops == 9


def tables(clock: str, size: int, memory: str = "dirty") -> int:
    settings = {"resident": setting(str(size), size), "memory": setting(memory)}
    found = read("fork_wait", clock, settings=settings, directory=os.environ.get("TMPDIR", "/tmp"))
    column = found["child_page_tables"]
    assert (column == column[0]).all()
    return int(column[0])


def entries(size: int) -> int:
    """Bytes of the lowest page tables that map so much memory."""
    return size // PAGE * 8


def test_fork_copies_the_page_tables_of_what_the_parent_holds(clock: str) -> None:
    small, large = tables(clock, MIB), tables(clock, 256 * MIB)
    assert large - small >= 0.9 * entries(255 * MIB)


@pytest.mark.parametrize("memory", ["shared", "file"])
def test_fork_copies_no_page_tables_of_what_can_be_found_again(clock: str, memory: str) -> None:
    assert tables(clock, 256 * MIB, memory) < entries(256 * MIB) / 2


def test_a_vfork_child_takes_no_copy_of_what_the_parent_holds(clock: str) -> None:
    held = {"resident": setting("256MiB", 256 * MIB)}
    found = read("vfork_exec_wait", clock, settings=held)
    assert (found["child_page_tables"] < entries(256 * MIB) / 2).all()


@pytest.fixture
def look_at_worker(clock: str, processes: Any, eventually: Any) -> Callable[..., Any]:
    """Start an endless trial, wait until the worker shows what is looked for, and kill it."""

    def call(subject: str, look: Callable[[int], Any], **more: Any) -> Any:
        before = processes.descendants(os.getpid())
        known = processes.children(os.getpid())
        found: list[Any] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set() and not found:
                for pid in processes.children(os.getpid()) - known:
                    # It may end while we look.
                    with suppress(OSError):
                        if seen := look(pid):
                            found.append(seen)
                            os.kill(pid, signal.SIGKILL)
                time.sleep(0.005)

        # The worker dies with the thread that started it, so it is the other one that looks.
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            with pytest.raises(MeasureError, match="SIGKILL"):
                native.carry_out(order(subject, clock, samples=1 << 22, chunk=1000, **more))
        finally:
            done.set()
            watcher.join()
        eventually(lambda: processes.descendants(os.getpid()) <= before)
        return found[0]

    return call


def number(pid: int, file: str, label: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{label}:"):
            return int(line.split()[1])
    return -1


@pytest.mark.parametrize(
    ("factor", "asked", "spare", "count"),
    [
        # Exact, which the figure in the process's status is not.
        ("resident", 64 * MIB, 40 * MIB, lambda pid: number(pid, "smaps_rollup", "Rss") * 1024),
        ("threads", 7, 1, lambda pid: number(pid, "status", "Threads")),
        ("fds", 300, 16, lambda pid: len(list(Path(f"/proc/{pid}/fd").iterdir()))),
        ("vmas", 700, 64, lambda pid: len(Path(f"/proc/{pid}/maps").read_text().splitlines())),
    ],
)
def test_the_worker_holds_what_it_is_told_to(
    look_at_worker: Callable[..., Any], factor: str, asked: int, spare: int, count: Callable[[int], int]
) -> None:
    def look(pid: int) -> int:
        return held if (held := count(pid)) >= asked else 0

    held = look_at_worker("vfork_wait", look, settings={factor: setting(str(asked), asked)})
    assert asked <= held <= asked + spare


def test_creators_are_at_work_on_other_cpus(
    look_at_worker: Callable[..., Any], processes: Any, orphans: Callable[[], Any], eventually: Any
) -> None:
    others = os.sched_getaffinity(0) - {CPU}
    if not others:
        pytest.skip("needs two CPUs")

    def look(pid: int) -> set[int]:
        # A child of the op runs where the worker does.
        found = [cpus for child in processes.children(pid) if (cpus := os.sched_getaffinity(child)) != {CPU}]
        return set().union(*found) if len(found) == len(others) else set()

    count = len(others) + 1
    assert look_at_worker("fork_wait", look, settings={"creators": setting(str(count), count)}) == others
    eventually(lambda: not orphans())


def test_more_creators_than_cpus_is_unsupported(clock: str) -> None:
    count = len(os.sched_getaffinity(0)) + 1
    with pytest.raises(UnsupportedError, match=rf"rival.*{UNSUPPORTED}"):
        native.carry_out(order("fork_wait", clock, settings={"creators": setting(str(count), count)}))


@pytest.mark.parametrize("name", CREATE)
def test_a_killed_trial_leaves_nothing(clock: str, orphans: Any, eventually: Any, name: str) -> None:
    try:
        native.carry_out(order(name, clock))
    except UnsupportedError as error:
        pytest.skip(str(error))
    with pytest.raises(MeasureError, match="no answer"):
        native.carry_out(order(name, clock, samples=1 << 22, chunk=1000, deadline_s=0.1))
    eventually(lambda: not orphans())


CHANGED = """
import ctypes, os, sys
from partywall import native
from partywall.errors import MeasureError, UnsupportedError

# What Python loads late has to be there before its files can no longer be read.
native.carry_out(native.Order(subject="null_syscall", clock="monotonic_raw", deadline_s=60.0))
order = native.Order(subject={subject!r}, clock="monotonic_raw", samples=3, deadline_s=60.0, {more})
{change}
try:
    native.carry_out(order)
except UnsupportedError as error:
    print("unsupported:", error)
except MeasureError as error:
    print("failed:", error)
else:
    print("done")
"""


def after(change: str, subject: str, more: str = "") -> str:
    """What becomes of a trial whose process has been changed first."""
    code = CHANGED.format(change=textwrap.dedent(change), subject=subject, more=more)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_huge_pages_that_are_not_given_are_unsupported() -> None:
    more = "settings={'resident': ('32MiB', 32 << 20), 'thp': ('always', 0)}"
    found = after("assert ctypes.CDLL(None).prctl(41, 1, 0, 0, 0) == 0", "fork_wait", more)
    assert found == f"unsupported: fork_wait: image failed: Operation not supported ({UNSUPPORTED})"
    assert after("", "fork_wait", more) in ("done", found)


NOBODY = """
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
"""


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_namespace_is_made_or_refused(namespace: str) -> None:
    more = f"settings={{'namespace': ({namespace!r}, 0)}}"
    assert after("", "namespace_wait", more).startswith(("done", "unsupported: namespace_wait: open failed"))
    found = after(NOBODY, "namespace_wait", more)
    if namespace in ("user", "all"):
        assert found.startswith(("done", "unsupported"))
    else:
        assert found.startswith("unsupported: namespace_wait: ")
        # The kernel, or a directory that nobody may enter.
        assert any(reason in found for reason in ("EPERM", "EACCES", UNSUPPORTED))


def test_no_right_to_the_cgroup_is_unsupported() -> None:
    assert after("", "clone3_cgroup_wait").startswith(("done", "unsupported"))
    assert after(NOBODY, "clone3_cgroup_wait").startswith(("done", "unsupported"))


@pytest.mark.parametrize(
    ("interpreter", "found"),
    [
        ("/bin/true", MeasureError),
        ("/nowhere/python", MeasureError),
        ("", UnsupportedError),
    ],
)
def test_an_interpreter_that_is_none(
    clock: str, monkeypatch: pytest.MonkeyPatch, interpreter: str, found: type[Exception]
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    with pytest.raises(found):
        native.carry_out(order("python_start_wait", clock))


def test_an_isolated_interpreter_loads_less(clock: str) -> None:
    faults = [
        np.median(read("python_start_wait", clock, settings={"options": setting(level)})["child_faults"])
        for level in ("default", "isolated")
    ]
    assert faults[1] < faults[0]


def test_phases_are_cells_of_a_session(tiny: str) -> None:
    cells = partywall.run(["fork_wait"], profile=tiny, seed=1, factors={"phases": ["on"]}).cells
    found = {cell.reading: cell for cell in cells if cell.primitive == "fork_wait"}
    assert set(found) == {"", *native.readings("fork_wait")}
    for name in ("call_returns", "child_starts", "exits"):
        estimates, whole = found[name].estimates, found[""].estimates
        assert estimates
        assert whole
        assert 0 < estimates.typical.value < whole.typical.value
