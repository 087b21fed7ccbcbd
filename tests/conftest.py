"""Fixtures that several of the suites share."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from partywall.model import Clock, Family, Plan, PlannedCell, Profile, Trial, WallTrial
from partywall.record import HeldSamples, Record

PATIENCE_S = 60.0
_PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a profile that is over in a moment."""
    from partywall import design

    profile = Profile(name="tiny", runs=9, trial_s=0.001, warmup_s=0.0005)
    monkeypatch.setitem(design.PROFILES, "tiny", profile)
    return "tiny"


@pytest.fixture
def record() -> Record:
    """Two cells in two runs of three samples each, and one wall."""
    cells = tuple(
        PlannedCell(
            id=f"{name}[image=pristine]", primitive=name, family=Family.REFERENCE, factors={"image": "pristine"}
        )
        for name in ("empty", "null_syscall")
    )
    trials = [
        Trial(cell=cell, run=run, position=2 * run + cell + 1, seed=5, first=3 * (2 * run + cell), count=3)
        for run in (0, 1)
        for cell in (0, 1)
    ]
    return Record(
        plan=Plan(
            seed=7,
            profile=Profile(name="quick", runs=2, trial_s=0.1, warmup_s=0.01),
            cells=cells,
            walls=(("mem.cow_child", "process"),),
        ),
        host={"cpu": "a CPU", "cpus_allowed": [0, 1], "kernel": "Linux 6", "hypervisor": False, "root": False},
        clock=Clock(source="tsc", hertz=2e9, uncertainty=1e-6, resolution_s=5e-10, cost_s=1e-8, backward=0),
        tool={"version": "0"},
        trials=tuple(trials),
        wall_trials=(WallTrial(wall="mem.cow_child", host="process", run=0, facts={"bytes": 64}),),
        samples=HeldSamples(np.arange(12, dtype=np.float64) + 0.25, np.full(12, 4, np.uint32)),
    )


class Processes:
    """What /proc says of the processes that descend from one."""

    @staticmethod
    def _stats() -> dict[int, tuple[str, int, str, int]]:
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = path.read_text()
            except OSError:
                continue
            state, parent, *rest = text.rpartition(")")[2].split()
            # The start time tells a process from a later one with its number.
            found[int(path.parent.name)] = (state, int(parent), rest[17], int(rest[0]))
        return found

    @classmethod
    def children(cls, pid: int) -> set[int]:
        """Direct children, zombies too."""
        return {child for child, (_, parent, _, _) in cls._stats().items() if parent == pid}

    @classmethod
    def descendants(cls, pid: int) -> set[tuple[int, str]]:
        """Living processes below one, each with its start time."""
        stats = cls._stats()
        found: set[tuple[int, str]] = set()
        known = {pid}
        while fresh := {child for child, (_, parent, _, _) in stats.items() if parent in known} - known:
            known |= fresh
            found |= {(child, stats[child][2]) for child in fresh if stats[child][0] not in "ZX"}
        return found

    @classmethod
    def alive(cls, processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
        """Those of them that still live; a zombie does not."""
        stats = cls._stats()
        living = {(pid, start) for pid, (state, _, start, _) in stats.items() if state not in "ZX"}
        return processes & living

    @classmethod
    def group(cls, number: int) -> set[int]:
        """Living processes of a process group; a zombie is none."""
        return {pid for pid, (state, _, _, group) in cls._stats().items() if group == number and state not in "ZX"}


@pytest.fixture
def processes() -> type[Processes]:
    return Processes


@pytest.fixture
def orphans(processes: Any) -> Iterator[Callable[[], set[tuple[int, str]]]]:
    """Descendants that lost their parent come to this process, so that none can hide."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = processes.descendants(os.getpid())
    try:
        yield lambda: processes.descendants(os.getpid()) - before
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for pid in processes.children(os.getpid()) - {pid for pid, _ in before}:
            # Where a test has failed, one may still live.
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _eventually(condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    end = time.monotonic() + patience_s
    while not (found := condition()):
        if time.monotonic() > end:
            pytest.fail(f"still not so after {patience_s:g} s")
        time.sleep(0.005)
    return found


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Wait until a condition is true and return its value."""
    return _eventually


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which the command line looks the same everywhere."""
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONWARNINGS")}
    return {**kept, "COLUMNS": "80", "LC_ALL": "C.UTF-8", "TMPDIR": str(tmp_path)}


@pytest.fixture
def partywall(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run the command line in an empty directory."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "partywall", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    yield call
