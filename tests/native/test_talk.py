"""Talking through the kernel: limits are reasons, a kill leaves nothing, and an open loop is labelled as one."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import partywall
from partywall import host, native
from partywall.catalog import PRIMITIVES
from partywall.errors import MeasureError, PartywallError, UnsupportedError
from partywall.model import Cell, State
from partywall.report import render_json, render_text

_ENDLESS_S = 3600.0
_TALK = [p for p in PRIMITIVES.values() if p.family == "talk" and native.primitives()[p.name]]
_SENDING = [p.name for p in _TALK if any(f.name == "message" for f in p.factors)]
# Where namespaces, or System V objects, are not to be had.
_REFUSED = ("EPERM", "ENOSPC", "ENOSYS", "EOPNOTSUPP")
_ISOLATED = ["sysv_mq_message", "sysv_sem_pingpong", "posix_mq_message"]


@pytest.fixture(scope="module")
def clock() -> str:
    return host.calibrate_clock()[0].source


def order(name: str, clock: str, size: int = 64, **more: Any) -> native.Order:
    factors = {f.name for f in PRIMITIVES[name].factors}
    settings = {"message": (f"{size}B", size)} if "message" in factors else {}
    given = {"peer": "process", "parties": 2, "samples": 5, "chunk": 5, "settings": settings, "deadline_s": 60.0}
    return native.Order(subject=name, clock=clock, **{**given, **more})


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def under_way(asked: native.Order, processes: Any, eventually: Any) -> Iterator[int]:
    """The worker of an endless trial, at any moment of its life; killed at the end if it still lives."""
    before = processes.children(os.getpid())
    failures: list[PartywallError] = []

    def measure() -> None:
        try:
            native.carry_out(replace(asked, warmup_s=_ENDLESS_S))
        except PartywallError as error:
            failures.append(error)

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        started = eventually(lambda: processes.children(os.getpid()) - before or failures)
        if started is failures:
            pytest.skip(str(failures[0]))
        (worker,) = started
        yield worker
    finally:
        for child in processes.children(os.getpid()) - before:
            kill(child)
        thread.join()


def kernel_objects() -> set[tuple[str, str]]:
    """Message queues and semaphores of System V, and names of POSIX queues, that can be seen from here."""
    found = set()
    for kind in ("msg", "sem"):
        path = Path("/proc/sysvipc") / kind
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        found |= {(kind, line.split()[1]) for line in lines}
    queues = Path("/dev/mqueue")
    return found | {("mq", path.name) for path in queues.glob("partywall-*")}


@pytest.mark.parametrize("name", _ISOLATED)
def test_a_kill_at_any_moment_leaves_no_object(clock: str, processes: Any, eventually: Any, name: str) -> None:
    before = kernel_objects()
    asked = order(name, clock)
    for moment_ms in (*(i / 2 for i in range(20)), None):
        with under_way(asked, processes, eventually) as worker:
            if moment_ms is None:
                eventually(lambda pid=worker: processes.children(pid))
            else:
                time.sleep(moment_ms / 1000)
            kill(worker)
        assert kernel_objects() <= before


@pytest.mark.parametrize("name", _ISOLATED[:2])
def test_objects_are_in_a_namespace_that_ends_with_its_processes(
    clock: str, processes: Any, eventually: Any, name: str
) -> None:
    outside = os.readlink("/proc/self/ns/ipc")  # noqa: PTH115

    def members(namespace: str) -> int:
        count = 0
        for link in Path("/proc").glob("[0-9]*/ns/ipc"):
            try:
                count += str(link.readlink()) == namespace
            except OSError:
                continue
        return count

    with under_way(order(name, clock), processes, eventually) as worker:
        link = Path(f"/proc/{worker}/ns/ipc")
        # Its peer is started after the objects were made.
        eventually(lambda: not link.exists() or processes.children(worker))
        if not link.exists():
            pytest.skip("there are no namespaces of IPC to be had here")
        inside = str(link.readlink())
        assert inside != outside
        assert members(inside) == 2
        kill(worker)
    eventually(lambda: members(inside) == 0)


def test_a_kill_leaves_no_named_pipe(clock: str, processes: Any, eventually: Any, tmp_path: Path) -> None:
    asked = order("fifo_message", clock, directory=str(tmp_path))
    with under_way(asked, processes, eventually) as worker:
        eventually(lambda: processes.children(worker))
        assert list(tmp_path.iterdir()) == []
        kill(worker)
    assert list(tmp_path.iterdir()) == []


NOBODY = """
import contextlib
import os
from partywall import native
from partywall.errors import UnsupportedError

# What Python loads late has to be there before its files can no longer be read.
native.carry_out(native.Order(subject="null_syscall", clock="monotonic_raw", deadline_s=60.0))
if os.geteuid() == 0:
    # In a namespace of users there may be nobody of that number.
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
for name in {names}:
    try:
        raw = native.carry_out(native.Order(
            subject=name, clock="monotonic_raw", samples=3, peer="process", parties=2, deadline_s=60.0,
            image="caller", settings={{"message": ("64B", 64)}}))
        print(name, raw.ticks.size)
    except UnsupportedError as error:
        print(name, "unsupported", error)
"""


def test_without_privileges_it_works_or_is_unsupported() -> None:
    code = NOBODY.format(names=[p.name for p in _TALK if p.name in (*_SENDING, *_ISOLATED)])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    found = dict(line.split(maxsplit=1) for line in run.stdout.splitlines())
    assert set(found) == {*_SENDING, *_ISOLATED}
    for name, said in found.items():
        # A process that changed its user cannot be looked into either.
        refusable = name in _ISOLATED or name.startswith("process_vm")
        assert said == "3" or (refusable and any(errno in said for errno in _REFUSED)), (name, said)


@pytest.mark.parametrize("name", _SENDING)
def test_a_larger_message_is_carried_or_refused_with_the_reason(clock: str, name: str) -> None:
    try:
        assert native.carry_out(order(name, clock, 1 << 20)).ticks.size == 5
    except UnsupportedError as error:
        assert any(errno in str(error) for errno in ("EMSGSIZE", "ENOBUFS", *_REFUSED))
        assert name not in ("pipe_message", "fifo_message", "unix_stream_message", "tcp_message")


def test_a_datagram_of_more_than_a_socket_may_hold(clock: str) -> None:
    # The kernel doubles what it is asked for.
    size = 2 * int(host.read_text("/proc/sys/net/core/wmem_max")) + 1
    if size > 64 << 20:
        pytest.skip("a socket may hold more than a test should send")
    for name in ("unix_dgram_message", "unix_seqpacket_message"):
        with pytest.raises(UnsupportedError, match="EMSGSIZE"):
            native.carry_out(order(name, clock, size))


@pytest.mark.parametrize("size", [65507, 65508])
def test_the_largest_datagram_of_udp(clock: str, size: int) -> None:
    if size == 65507:
        assert native.carry_out(order("udp_message", clock, size)).ticks.size == 5
        return
    with pytest.raises(UnsupportedError, match="EMSGSIZE"):
        native.carry_out(order("udp_message", clock, size))


@pytest.mark.parametrize("name", _SENDING)
def test_a_message_of_nothing_is_refused(clock: str, name: str) -> None:
    with pytest.raises(MeasureError) as caught:
        native.carry_out(order(name, clock, 0))
    assert caught.value.stage == "open"


def of_load(session: Any, load: str) -> Cell:
    (cell,) = [cell for cell in session.cells if cell.factors.get("load") == load and not cell.reading]
    return cell


def test_the_load_is_a_factor_that_every_report_shows(tiny: str) -> None:
    factors = {"load": ["closed", "2kHz"], "peer": ["process"], "placement": ["same-cpu"]}
    session = partywall.run(["eventfd_message"], profile=tiny, seed=1, factors=factors)
    rows = {cell.id: cell for cell in session.record.plan.cells}
    for load in ("closed", "2kHz"):
        cell = of_load(session, load)
        assert f"load={load}" in cell.id
        assert f"load={load}" in render_json(session.result)
        assert f" {load} " in render_text(session.result, width=200)
    paced = rows[of_load(session, "2kHz").id]
    assert paced.batch == 1
    assert paced.samples == paced.chunk == 5
    for trial in session.record.trials:
        if session.record.plan.cells[trial.cell] == paced and not trial.error:
            # Five ops, 500 us apart.
            assert trial.driver is not None
            assert trial.driver.wall_ns >= 4 * 495_000


def test_more_than_can_be_done_has_no_figure(tiny: str) -> None:
    factors = {"load": ["10MHz"], "phases": ["on"], "peer": ["process"], "placement": ["same-cpu"]}
    session = partywall.run(["eventfd_message"], profile=tiny, seed=1, factors=factors)
    cells = [cell for cell in session.cells if cell.primitive == "eventfd_message"]
    assert [cell.reading for cell in cells] == ["", "there"]
    for cell in cells:
        assert cell.state == State.INVALID
        assert cell.reason.startswith("10000000 ops a second were begun and at most ")
        assert cell.estimates is None
