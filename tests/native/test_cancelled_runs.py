"""A thousand runs cut off at random moments leave nothing on the machine."""

import ctypes
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from partywall import api, host, native, request
from partywall.catalog import PRIMITIVES
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Clock, PlannedCell

RUNS = 1000
LATEST_S = 0.006
PR_SET_CHILD_SUBREAPER = 36
SETTLED_TCP = {"01", "0A"}  # established, listening


def kernel_objects() -> dict[str, set[str]]:
    """What outlives a process unless someone removes it, as the kernel lists it."""
    found = {kind: set(Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]) for kind in ("msg", "sem", "shm")}
    for directory in ("/dev/shm", "/dev/mqueue", tempfile.gettempdir()):
        path = Path(directory)
        found[directory] = {p.name for p in path.iterdir() if "partywall" in p.name} if path.is_dir() else set()
    for protocol in ("tcp", "tcp6"):
        path = Path(f"/proc/net/{protocol}")
        rows = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
        found[protocol] = {row[9] for row in rows if row[3] in SETTLED_TCP}
    found["cgroups"] = {str(p) for p in Path("/sys/fs/cgroup").glob("*partywall*")}
    return found


@pytest.fixture
def adopted(processes: Any) -> Iterator[Any]:
    """Processes below this one that were not there before, orphans included."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = processes.descendants(os.getpid())

    def reap() -> set[tuple[int, str]]:
        for pid in processes.children(os.getpid()) - {pid for pid, _ in before}:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue
        return set(processes.descendants(os.getpid())) - before

    yield reap
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def cancelled(cell: PlannedCell, clock: Clock, seed: int, after_s: float) -> bool:
    order = request.order_of(cell, clock, seed, batch=1, samples=1 << 20, chunk=64, deadline_s=after_s)
    try:
        native.carry_out(order)
    except MeasureError:
        return True
    except UnsupportedError:
        pass
    return False


def test_nothing_stays_behind(adopted: Any, eventually: Any) -> None:
    planned = api.plan(("create", "switch", "talk", "keep"), seed=1)
    cells = [
        c
        for c in planned.cells
        if c.of < 0
        and not c.reason
        and PRIMITIVES[c.primitive].language == "c"
        and int(c.factors.get("tasks", "2")) <= 10
    ]
    clock, _ = host.calibrate_clock()
    before = kernel_objects()
    descriptors = len(set(Path("/proc/self/fd").iterdir()))
    chance = random.Random(1)
    cut = sum(cancelled(chance.choice(cells), clock, i, chance.uniform(0, LATEST_S)) for i in range(RUNS))
    assert cut > RUNS / 2
    eventually(lambda: not adopted())
    assert len(set(Path("/proc/self/fd").iterdir())) == descriptors
    # Other programs come and go on the machine: what is new must vanish, or not be there.
    eventually(lambda: all(not (kernel_objects()[kind] - before[kind]) for kind in before), 20.0)
