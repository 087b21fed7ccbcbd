"""A worker that is killed in the middle of its trial leaves nothing behind, whatever it measured."""

import ctypes
import os
import re
import select
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orders import order, placed, variants
from partywall import native
from partywall.errors import MeasureError, UnsupportedError

# Warm-up goes on for so long, so that no trial is over before it is killed.
ENDLESS_S = 1e6
# Where in a line of /proc/net the number of the socket stands.
SOCKETS = {"unix": 6, "tcp": 9, "tcp6": 9, "udp": 9, "udp6": 9}


def lines(path: str) -> list[list[str]]:
    """The words of each line of a table in /proc, without its heading."""
    try:
        return [line.split() for line in Path(path).read_text().splitlines()[1:]]
    except OSError:
        return []


def held_sockets() -> set[str]:
    """Numbers of the sockets of living processes."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            found |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
        except OSError:
            continue
    return found


class Traces:
    """What outlives a process: System V and POSIX objects, files, and sockets that nobody holds."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._before = self._now()

    def _now(self) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for table in ("shm", "sem", "msg"):
            found |= {(table, *words[:2]) for words in lines(f"/proc/sysvipc/{table}")}
        for place in ("/dev/shm", "/dev/mqueue", self._directory):
            found |= {("file", str(path)) for path in Path(place).glob("*")}
        found |= {("file", str(path)) for path in Path(tempfile.gettempdir()).glob("*partywall*")}
        for table, column in SOCKETS.items():
            # One that is only waiting for its last packets has no number any more.
            found |= {("socket", words[column]) for words in lines(f"/proc/net/{table}")} - {("socket", "0")}
        return found

    def left(self) -> set[tuple[str, ...]]:
        """What was not there before.  What others make meanwhile goes again; what is ours would stay."""
        new = self._now() - self._before
        if any(kind == "socket" for kind, *_ in new):
            new -= {("socket", number) for number in held_sockets()}
        return new


def victims() -> Iterator[tuple[str, str]]:
    for name, peer in variants("peer"):
        yield name, peer if native.primitives().get(name) else ""


@pytest.fixture
def strike(monkeypatch: pytest.MonkeyPatch, eventually: Any, orphans: Any) -> None:
    """Every worker is killed once it measures; what it started then has to go by itself."""
    shared: list[Any] = []
    run = native._run

    def watched_run(mapping: Any, fd: int, asked: native.Order) -> tuple[int, int]:
        shared.append(mapping)
        return run(mapping, fd, asked)

    def kill(pidfd: int, asked: native.Order) -> None:
        ended = select.poll()
        ended.register(pidfd, select.POLLIN)
        eventually(lambda: shared[-1].result.warmup_ops or ended.poll(0))
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        eventually(lambda: ended.poll(0))
        eventually(lambda: not orphans())

    monkeypatch.setattr(native, "_run", watched_run)
    monkeypatch.setattr(native, "_await", kill)


@pytest.mark.usefixtures("strike")
@pytest.mark.parametrize(("name", "peer"), sorted(set(victims())))
def test_kill_9_in_mid_trial_leaves_nothing(clock: str, name: str, peer: str, tmp_path: Path, eventually: Any) -> None:
    traces = Traces(tmp_path)
    asked = placed(order(name, clock, peer=peer, warmup_s=ENDLESS_S, directory=str(tmp_path)))
    with pytest.raises((MeasureError, UnsupportedError)) as caught:
        native.carry_out(asked)
    if caught.type is UnsupportedError:
        pytest.skip(str(caught.value))
    assert "killed by SIGKILL" in str(caught.value)
    eventually(lambda: not traces.left())


def system_v_objects() -> Iterator[tuple[Callable[..., int], int]]:
    """One of each, with the call that removes it."""
    libc = ctypes.CDLL(None)
    yield lambda number: libc.shmctl(number, 0, None), libc.shmget(0, 4096, 0o600)
    yield lambda number: libc.semctl(number, 0, 0, 0), libc.semget(0, 1, 0o600)
    yield lambda number: libc.msgctl(number, 0, None), libc.msgget(0, 0o600)


def test_system_v_objects_are_seen(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    made = list(system_v_objects())
    try:
        if any(number < 0 for _, number in made):
            pytest.skip("no System V objects here")
        assert {kind for kind, *_ in traces.left()} >= {"shm", "sem", "msg"}
    finally:
        for remove, number in made:
            remove(number)


def test_files_are_seen(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    (tmp_path / "left").touch()
    assert ("file", str(tmp_path / "left")) in traces.left()


def test_sockets_that_nobody_holds_are_seen(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    near, far = socket.socketpair()
    with near, far, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = str(os.fstat(listener.fileno()).st_ino)
        assert ("socket", number) not in traces.left()
        # On its way to another process it is in nobody's hands.
        socket.send_fds(near, [b"x"], [listener.fileno()])
        listener.close()
        assert ("socket", number) in traces.left()
