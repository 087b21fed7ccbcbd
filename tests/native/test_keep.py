"""What tasks and pages take: readings that make sense, ops that did happen, and nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import partywall
from partywall import host, limits, native
from partywall.catalog import PRIMITIVES
from partywall.errors import MeasureError, UnsupportedError

KIB = 1 << 10
MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
MANY = 1000


@pytest.fixture(scope="module")
def clock() -> str:
    return host.calibrate_clock()[0].source


def order(subject: str, clock: str, samples: int = 3, **more: Any) -> native.Order:
    """One op a sample, on one CPU, with every reading; a factor is given by its level."""
    primitive = PRIMITIVES[subject]
    factors = {f.name: more.pop(f.name, f.default[0]) for f in primitive.factors if f.name != "image"}
    return native.Order(
        subject=subject,
        clock=clock,
        readings=True,
        samples=samples,
        target=factors.get("target", "static"),
        driver_cpu=max(os.sched_getaffinity(0)),
        settings={name: (level, primitive.factor(name).number(level)) for name, level in factors.items()},
        deadline_s=120.0,
        **more,
    )


def read(asked: native.Order) -> dict[str, NDArray[np.int64]]:
    """Every reading of the trial, an entry per op; of times in ticks."""
    raw = native.carry_out(asked)
    columns = dict(zip(native.readings(asked.subject), raw.readings.T, strict=True))
    return {**columns, "op": raw.ticks.astype(np.int64)}


def per_task(clock: str, subject: str, tasks: int, **more: Any) -> dict[str, float]:
    found = read(order(subject, clock, tasks=str(tasks), **more))
    return {name: float(np.median(column)) / tasks for name, column in found.items()}


@pytest.mark.parametrize("target", ["none", "static", "dynamic"])
@pytest.mark.parametrize("image", ["pristine", "caller"])
def test_a_process_has_memory_of_its_own(clock: str, target: str, image: str) -> None:
    if target == "static" and not Path(native._executable("exec_target_static")).exists():
        pytest.skip("there is no static libc, so no static target was built")
    found = per_task(clock, "idle_processes", 10, target=target, image=image)
    assert found["uss"] >= PAGE
    # Both are rounded, in each task, to a KiB.
    assert found["pss"] >= found["uss"] - KIB
    assert found["page_tables"] >= PAGE


def test_a_thread_takes_less_than_a_process_and_an_interpreter_more(clock: str) -> None:
    thread = per_task(clock, "idle_threads", 40)
    process = per_task(clock, "idle_processes", 40)
    interpreter = per_task(clock, "idle_interpreters", 4)
    for found in (thread, process, interpreter):
        assert found["uss"] >= PAGE

    def whole(found: dict[str, float]) -> float:
        return found["pss"] + found["page_tables"]

    assert 2 * whole(thread) < whole(process)
    assert 3 * whole(process) < whole(interpreter)
    assert thread["page_tables"] < process["page_tables"]


@pytest.mark.parametrize("subject", ["idle_processes", "idle_threads"])
def test_kernel_stacks_are_seen_from_many_tasks_on(clock: str, subject: str) -> None:
    found = read(order(subject, clock, tasks="500"))
    # Of the whole machine: others may end tasks meanwhile, but not during each of the ops.
    assert found["kernel_stacks"].max() >= 500 * PAGE


def test_what_ten_take_is_ten_times_what_one_takes(clock: str) -> None:
    one, ten = (read(order("idle_processes", clock, tasks=n, target="dynamic"))["uss"] for n in ("1", "10"))
    # One more is the same every time, to a page or two.
    assert abs((np.median(ten) - np.median(one)) / 9 - np.median(one)) < np.median(one) / 2


@pytest.mark.parametrize("subject", ["idle_processes", "idle_threads", "idle_interpreters"])
def test_no_tasks_cannot_be_meant(clock: str, subject: str) -> None:
    with pytest.raises(MeasureError) as caught:
        native.carry_out(order(subject, clock, tasks="0"))
    assert caught.value.stage == "open"


@pytest.mark.parametrize(("program", "says"), [("/bin/false", "ECHILD"), ("/bin/true", "ECHILD")])
def test_a_program_that_does_not_sleep_is_an_error(
    clock: str, monkeypatch: pytest.MonkeyPatch, program: str, says: str
) -> None:
    monkeypatch.setattr(native, "_target", lambda _: program)
    with pytest.raises(MeasureError, match=says) as caught:
        native.carry_out(order("idle_processes", clock, target="dynamic", tasks="3"))
    assert caught.value.stage == "drive"


def test_interpreters_need_an_interpreter(clock: str) -> None:
    with pytest.raises(MeasureError) as caught:
        native.carry_out(order("idle_interpreters", clock, target="none"))
    assert caught.value.stage == "open"


def test_the_tasks_end_with_the_op(clock: str, processes: Any) -> None:
    before = processes.descendants(os.getpid())
    for subject in ("idle_processes", "idle_interpreters", "idle_threads"):
        native.carry_out(order(subject, clock, tasks="3"))
    assert processes.descendants(os.getpid()) == before


@pytest.mark.parametrize(
    ("subject", "factors"),
    [
        ("idle_processes", {}),
        ("idle_processes", {"target": "dynamic"}),
        ("idle_interpreters", {}),
    ],
    ids=["fork", "exec", "python"],
)
@pytest.mark.parametrize("victim", ["caller", "worker"])
def test_kill_9_leaves_no_idle_task(
    subject: str, factors: dict[str, str], victim: str, tmp_path: Any, processes: Any, eventually: Any, environment: Any
) -> None:
    count = 40 if subject == "idle_interpreters" else MANY
    levels = {f.name: f.default[0] for f in PRIMITIVES[subject].factors} | {"tasks": str(count)}
    try:
        limits.check_limits(PRIMITIVES[subject], levels)
    except UnsupportedError as error:
        pytest.skip(str(error))
    given = [f"--set=tasks={count}", *(f"--set={name}={level}" for name, level in factors.items())]
    main = subprocess.Popen(
        [sys.executable, "-m", "partywall", "run", subject, *given, "-o", str(tmp_path / "s.parquet")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def worker_with_most_of_them() -> int:
        assert main.poll() is None
        # A worker leads a group of its own, in which all that it makes remain.
        return next((w for w in processes.children(main.pid) if len(processes.group(w)) > count / 2), 0)

    try:
        worker = eventually(worker_with_most_of_them)
        if victim == "worker":
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
            eventually(lambda: not processes.group(worker))
    finally:
        main.kill()
        main.wait()
    eventually(lambda: not processes.group(worker))


@pytest.mark.parametrize("fault", ["minor", "cow", "file"])
@pytest.mark.parametrize("image", ["pristine", "caller"])
def test_every_touch_is_a_fault(clock: str, fault: str, image: str) -> None:
    raw = native.carry_out(order("page_fault", clock, samples=20, fault=fault, image=image))
    fault_ticks, faults = raw.readings.T
    assert (faults >= 64).all()
    # An interrupt may bring a fault more, but the op is made of the 64.
    assert np.median(faults) < 80
    assert (fault_ticks > 0).all()
    assert (64 * fault_ticks <= raw.ticks.astype(np.int64)).all()
    if fault != "cow":
        assert raw.driver.minor_faults >= 64 * raw.driver.ops


def test_the_end_of_a_process_grows_with_its_memory(clock: str) -> None:
    small, large = (read(order("exit_resident", clock, samples=9, owned=size)) for size in ("0B", "64MiB"))
    for found in (small, large):
        assert (found["exit"] > 0).all()
        assert (found["exit"] < found["op"]).all()
    assert np.median(large["exit"]) > 3 * np.median(small["exit"])


def test_a_mapping_of_no_size_is_an_error(clock: str) -> None:
    with pytest.raises(MeasureError) as caught:
        native.carry_out(order("mmap_munmap", clock, size="0B"))
    assert caught.value.stage == "open"


def test_a_run_says_how_many_fit(tiny: str) -> None:
    factors = {"tasks": ["1", "20"], "target": ["none", "dynamic"]}
    session = partywall.run(["idle_processes", "idle_threads"], profile=tiny, seed=1, factors=factors)
    found = {(c.primitive, c.factors.get("target")): c for c in session.capacities}
    assert set(found) == {("idle_processes", "none"), ("idle_processes", "dynamic"), ("idle_threads", None)}
    for capacity in found.values():
        assert 0 < capacity.low <= capacity.count <= capacity.high
        assert capacity.limited_by
    for cell in session.cells:
        if cell.reading:
            assert cell.estimates, cell.reason
            assert cell.estimates.typical.unit == "B"
            sound = cell.estimates.typical
            assert sound.low <= sound.value <= sound.high
