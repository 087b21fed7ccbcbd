"""Flags on the real machine: another task on the measuring CPU is seen in every family."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from partywall import design, host, runner
from partywall.model import Family, Grid, Trial
from partywall.trying import try_cells

FACTORS = {"placement": ("same-cpu",), "peer": ("process",), "image": ("pristine",)}
OPS = {
    "null_syscall": Family.REFERENCE,
    "fixed_spin": Family.REFERENCE,
    "yield_switch": Family.SWITCH,
    "pipe_message": Family.TALK,
    "fork_wait": Family.CREATE,
    "mprotect_page": Family.KEEP,
}
TRIES = 5


@pytest.fixture
def hog() -> Iterator[None]:
    """A task that wants all of the measuring CPU."""
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        process.stdout.readline()
        os.sched_setaffinity(process.pid, {host.cpu_pair("same-cpu")[0]})
        yield
    finally:
        process.kill()
        process.communicate()


def trials(clock: Any, name: str) -> Iterator[Trial]:
    primitive = design.find_primitive(name)
    asked = {f.name: FACTORS[f.name] for f in primitive.factors if f.name in FACTORS and not f.optional}
    plan = design.plan_session([Grid(names=(name,), factors=asked)], design.PROFILES["quick"], 1)
    plan = try_cells(plan, clock, lambda *_: None)
    index = next(i for i, cell in enumerate(plan.cells) if cell.primitive == name and design.is_measured(cell))
    for run in range(TRIES):
        trial, _ = runner._measure(plan, clock, Trial(cell=index, run=run, position=0, seed=7 + run))
        assert not trial.error
        yield trial


@pytest.mark.usefixtures("hog")
@pytest.mark.parametrize("name", OPS)
def test_a_hog_is_seen(name: str) -> None:
    clock, _ = host.calibrate_clock()
    assert any("crowded" in trial.flags for trial in trials(clock, name)), OPS[name]


def test_what_is_around_a_trial_is_recorded() -> None:
    clock, _ = host.calibrate_clock()
    for trial in trials(clock, "fork_wait"):
        assert trial.around
        # The worker starts after the first reading and ends before the second.
        assert trial.around.span_ns > trial.seconds * 1e9
        assert trial.around.interrupts >= -1
