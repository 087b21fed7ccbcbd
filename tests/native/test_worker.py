"""The worker through Python: everything in the catalog runs, failures are exceptions, nothing is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orders import carried_out, levels, order, placed, variants
from partywall import native
from partywall.catalog import PRIMITIVES, WALLS
from partywall.errors import MeasureError, UnsupportedError

ENDLESS = 1 << 22
C_PRIMITIVES = {name: primitive for name, primitive in PRIMITIVES.items() if primitive.language == "c"}


def test_the_catalog_and_the_core_hold_the_same_primitives() -> None:
    assert set(native.primitives()) == set(C_PRIMITIVES)


def test_the_core_has_a_peer_where_the_catalog_offers_two_kinds() -> None:
    offered = {name: len(levels(primitive, "peer")) == 2 for name, primitive in C_PRIMITIVES.items()}
    assert native.primitives() == offered
    assert all(native.primitives()[p.name] for p in PRIMITIVES.values() if p.switches_per_op)


@pytest.mark.parametrize("name", C_PRIMITIVES)
def test_the_catalog_and_the_core_take_the_same_readings(name: str) -> None:
    declared = {reading.name: reading.unit for reading in PRIMITIVES[name].readings}
    assert list(native.readings(name).items()) == list(declared.items())


def test_the_catalog_and_the_core_hold_the_same_walls() -> None:
    assert set(native.walls()) == {wall.name for wall in WALLS.values() if not wall.scenario}


@pytest.mark.parametrize(("name", "image", "peer"), tuple(variants("image", "peer")))
def test_every_primitive_gives_the_samples_asked_for(clock: str, name: str, image: str, peer: str) -> None:
    asked = order(name, clock, image=image, peer=peer if native.primitives()[name] else "")
    raw = carried_out(placed(asked))
    assert raw.ticks.shape == raw.ops.shape == (7,)
    assert (raw.ops == 2).all()
    # An empty body may take less than one step of the clock.
    assert (raw.ticks > 0).any() or name == "empty"
    assert raw.end_ns > raw.begin_ns
    assert raw.driver.ops == 14
    assert raw.party.ops == (14 if asked.peer else 0)


@pytest.mark.parametrize("target", ["static", "dynamic"])
@pytest.mark.parametrize("name", ["posix_spawn_wait", "fork_exec_wait"])
def test_either_target_is_run(clock: str, name: str, target: str) -> None:
    if not os.path.exists(native._executable(f"exec_target_{target}")):  # noqa: PTH110
        pytest.skip("there is no static libc, so no static target was built")
    assert native.carry_out(order(name, clock, target=target)).ticks.size == 7


def test_dither_adds_ops_at_random_from_the_seed(clock: str) -> None:
    asked = order("null_syscall", clock, batch=100, dither=20, samples=200, chunk=50, seed=3)
    ops = native.carry_out(asked).ops
    assert ops.min() >= 100
    assert ops.max() <= 120
    assert len(set(ops.tolist())) > 5
    assert (native.carry_out(asked).ops == ops).all()
    assert (native.carry_out(replace(asked, seed=4)).ops != ops).any()


def test_samples_are_a_view_of_the_shared_buffer(clock: str) -> None:
    raw = native.carry_out(order("null_syscall", clock))
    for column in (raw.ticks, raw.ops):
        assert not column.flags.owndata
        root: Any = column
        while isinstance(root, np.ndarray):
            root = root.base
        # The mapping itself, through the buffer protocol.
        assert type(root.obj if isinstance(root, memoryview) else root).__name__ == "mmap"


def test_samples_outlive_the_call(clock: str) -> None:
    first = native.carry_out(order("null_syscall", clock))
    kept = first.ticks.copy()
    for _ in range(5):
        native.carry_out(order("null_syscall", clock))
    assert (first.ticks == kept).all()


@pytest.mark.parametrize(
    ("subject", "change", "stage"),
    [
        ("no_such_primitive", {}, None),
        ("fork_exec_wait", {"target": "missing"}, None),
        ("posix_spawn_wait", {"target": "missing"}, None),
        ("pipe_message", {"settings": {"message": ("0B", 0)}}, "open"),
        ("memcpy_message", {"settings": {"message": ("0B", 0)}}, "open"),
        ("file_message", {"settings": {"message": ("0B", 0)}}, "open"),
        ("file_message", {"directory": "/nonexistent"}, "open"),
        ("null_syscall", {"driver_cpu": 100_000}, "pin"),
    ],
)
def test_a_trial_that_cannot_be_carried_out(
    clock: str, subject: str, change: dict[str, Any], stage: str | None
) -> None:
    with pytest.raises(MeasureError) as caught:
        native.carry_out(order(subject, clock, **change))
    assert caught.value.stage == stage if stage else caught.value.stage
    assert caught.value.errno
    assert subject in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_deadline_kills_the_worker_and_reaps_it(clock: str, processes: Any) -> None:
    before = processes.children(os.getpid())
    asked = order("pipe_pingpong", clock, samples=ENDLESS, chunk=1000, deadline_s=0.2)
    with pytest.raises(MeasureError, match=r"no answer within 0\.2 s") as caught:
        native.carry_out(asked)
    assert caught.value.stage == "drive"
    assert processes.children(os.getpid()) == before


@pytest.mark.parametrize("image", ["pristine", "caller"])
def test_a_deadline_kills_the_peer_too(clock: str, orphans: Any, eventually: Any, image: str) -> None:
    asked = order("pipe_pingpong", clock, samples=ENDLESS, chunk=1000, deadline_s=0.2, image=image)
    with pytest.raises(MeasureError):
        native.carry_out(asked)
    eventually(lambda: not orphans())


@pytest.mark.parametrize("image", ["pristine", "caller"])
def test_ctrl_c_leaves_no_process(clock: str, orphans: Any, eventually: Any, image: str) -> None:
    # A shell that runs the tests in the background has SIGINT ignored.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    measuring = threading.Event()

    def interrupt() -> None:
        # Not before the worker and its peer live.
        while len(orphans()) < 2 and not measuring.is_set():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            thread.start()
            native.carry_out(order("pipe_pingpong", clock, samples=ENDLESS, chunk=1000, image=image))
    finally:
        measuring.set()
        thread.join()
        signal.signal(signal.SIGINT, handler)
    eventually(lambda: not orphans())


@pytest.mark.parametrize("name", ["thread_create_join", "pipe_pingpong", "fork_wait"])
def test_the_callers_image_works_beside_threads(clock: str, name: str) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(3)]
    # One that holds and gives back the allocator's and the interpreter's locks all the time.
    threads.append(threading.Thread(target=lambda: any(iter(lambda: bytes(100_000) and stop.is_set(), True))))
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert native.carry_out(order(name, clock, image="caller")).ticks.size == 7
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_signals_the_caller_blocks_do_not_reach_the_worker(clock: str) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        for image in ("pristine", "caller"):
            assert native.carry_out(order("fork_wait", clock, image=image)).ticks.size == 7
        assert {signal.SIGTERM, signal.SIGCHLD} <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


LIMITED = """
import os, resource
from partywall import native
from partywall.errors import UnsupportedError

# What Python loads late has to be there before its files can no longer be read.
native.carry_out(native.Order(subject="null_syscall", clock="monotonic_raw", deadline_s=60.0))
order = native.Order(subject={subject!r}, clock="monotonic_raw", samples=3, deadline_s=60.0, {more})
{limit}
try:
    native.carry_out(order)
except UnsupportedError as error:
    print("unsupported:", error)
else:
    print("done")
"""


def limited(limit: str, subject: str, more: str = "") -> str:
    code = LIMITED.format(limit=textwrap.dedent(limit), subject=subject, more=more)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_too_few_processes_is_unsupported() -> None:
    # The limit does not bind root.
    found = limited(
        """
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        """,
        "thread_create_join",
    )
    if found.startswith("done"):
        pytest.skip("RLIMIT_NPROC is not enforced for this user")
    assert found.startswith("unsupported: thread_create_join: ")
    assert "EAGAIN" in found


def test_too_little_address_space_is_unsupported() -> None:
    limit = """
        used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20),) * 2)
        """
    found = limited(limit, "fork_wait", "settings={'resident': ('1TiB', 1 << 40)}")
    assert found.startswith("unsupported: fork_wait: image failed")
    assert "ENOMEM" in found
    assert limited(limit, "fork_wait").strip() == "done"


def test_no_room_for_the_samples_is_unsupported(monkeypatch: pytest.MonkeyPatch, clock: str) -> None:
    def refuse(*_: Any) -> Any:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(native.mmap, "mmap", refuse)
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(UnsupportedError, match="ENOMEM"):
        native.carry_out(order("null_syscall", clock))
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208


def test_trials_leave_no_descriptor_and_no_child(clock: str, processes: Any) -> None:
    native.carry_out(order("null_syscall", clock))
    descriptors = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    children = processes.children(os.getpid())
    for name in ("null_syscall", "fork_wait", "pipe_pingpong", "no_such_primitive") * 3:
        try:
            native.carry_out(order(name, clock))
        except MeasureError:
            assert name == "no_such_primitive"
    assert len(os.listdir("/proc/self/fd")) == len(descriptors)  # noqa: PTH208
    assert processes.children(os.getpid()) == children


@pytest.mark.parametrize("image", ["pristine", "caller"])
def test_kill_9_of_the_caller_leaves_no_worker(
    tmp_path: Any, environment: dict[str, str], processes: Any, eventually: Any, image: str
) -> None:
    arguments = ["run", "pipe_pingpong", "--profile", "rigorous", "--peer", "process", "--image", image]
    main = subprocess.Popen(
        [sys.executable, "-m", "partywall", *arguments, "-o", str(tmp_path / "s.parquet")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def caught_with_worker_and_peer() -> set[tuple[int, str]]:
        assert main.poll() is None
        # Stopped, it can start no other worker while we look.
        main.send_signal(signal.SIGSTOP)
        found: set[tuple[int, str]] = processes.descendants(main.pid)
        if len(found) < 2:
            main.send_signal(signal.SIGCONT)
            return set()
        return found

    try:
        workers = eventually(caught_with_worker_and_peer)
    finally:
        main.kill()
        main.wait()
    eventually(lambda: not processes.alive(workers), 2.0)
