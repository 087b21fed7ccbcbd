"""Every run lies elsewhere in memory: the size of its environment and the place of its stack follow from its seed."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orders import order
from partywall import design, host, native
from partywall.model import Grid, Profile

NAME = b"PARTYWALL_PADDING="
STACK_STEP = 16
ATTEMPTS = 5
READ = {"x86_64": "0", "aarch64": "63"}.get(os.uname().machine, "")


def seen(seed: int, look: Callable[[int], Any], processes: Any) -> Any:
    """What ``look`` finds most often of a worker that runs with that seed; skipped where nothing is to be seen."""
    clock = host.calibrate_clock()[0].source
    given = order("pipe_pingpong", clock, seed=seed, peer="thread", samples=60_000, batch=1, chunk=1000)
    before = processes.children(os.getpid())
    found: Counter[Any] = Counter()
    for _ in range(ATTEMPTS):
        worker = threading.Thread(target=native.carry_out, args=(given,))
        worker.start()
        while worker.is_alive():
            for pid in processes.children(os.getpid()) - before:
                found.update(what for what in [look(pid)] if what is not None)
        worker.join()
        if found:
            return found.most_common(1)[0][0]
    return pytest.skip("/proc does not say it of a worker")


def padding(pid: int) -> int | None:
    """How long a worker's environment is, beside the name, once it has its own."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    return len(text) - len(NAME) - 1 if text.startswith(NAME) else None


def depth(pid: int) -> int | None:
    """How far below the beginning of its stack a driver waits in read, while it does."""
    try:
        number, *_, pointer, _ = Path(f"/proc/{pid}/syscall").read_text().split()
        start = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[25])
    except (OSError, ValueError):
        return None
    return start - int(pointer, 16) if number == READ and start else None


def test_the_size_of_the_environment_follows_from_the_seed(processes: Any) -> None:
    for seed in (1, 1000, 4095, 4097):
        assert seen(seed, padding, processes) == seed % 4096


def test_the_place_of_the_stack_follows_from_other_bits_of_the_seed(processes: Any) -> None:
    found = {step: seen(1 + (step << 12), depth, processes) for step in (0, 1, 7, 255, 256)}
    assert {step: at - found[0] for step, at in found.items()} == {step: STACK_STEP * (step % 256) for step in found}
    assert seen(2, depth, processes) == found[0]


def test_the_runs_of_a_session_lie_in_many_places() -> None:
    profile = Profile(name="tiny", runs=37, trial_s=0.001, warmup_s=0.0005)
    planned = design.plan_session([Grid(names=("fork_wait",))], profile, 1)
    seeds = [seed for block in design.blocks(planned) for _, index, seed in block if index == 2]
    assert len({seed % 4096 for seed in seeds}) > 30
    assert len({(seed >> 12) % 256 for seed in seeds}) > 25
