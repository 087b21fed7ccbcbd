"""Python's ops, in a fresh interpreter and in a fork of the caller: what is measured, and what cannot be."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import partywall
from partywall import api, host, native, runner
from partywall.catalog import PRIMITIVES
from partywall.collected import Begun
from partywall.errors import MeasureError, SessionError, UnsupportedError
from partywall.interpreter import launch
from partywall.journal import Journal, journal_path
from partywall.model import State

OPS = {name: primitive for name, primitive in PRIMITIVES.items() if primitive.language == "python"}
HERE = [name for name, primitive in OPS.items() if sys.version_info >= primitive.python]
TARGETS = [name for name, primitive in OPS.items() if "target" in {factor.name for factor in primitive.factors}]

# What an op raises, and what becomes of it.
FAILURES = {
    "ValueError('one\\ntwo')": ("MeasureError", "ValueError: one"),
    "ValueError('x' * 1000)": ("MeasureError", "ValueError: xxx"),
    "OSError('without a number')": ("MeasureError", "OSError: without a number"),
    "SystemExit(0)": ("MeasureError", "SystemExit: 0"),
    "ConnectionRefusedError(111, 'no')": ("MeasureError", "Connection refused (ECONNREFUSED)"),
    "PermissionError(1, 'no')": ("UnsupportedError", "Operation not permitted (EPERM)"),
    "MemoryError": ("UnsupportedError", "Cannot allocate memory (ENOMEM)"),
    'RuntimeError("can\'t start new thread")': ("UnsupportedError", "(EAGAIN)"),
    "ImportError('no')": ("UnsupportedError", "(ENOSYS)"),
}

# What the caller's image is measured in: a program of one thread, whose output is not yet written.
CALLER = """
import json, sys, types
from pathlib import Path
from partywall import host, native
from partywall.collected import Begun
from partywall.errors import PartywallError
from partywall.interpreter import op

def measured(name):
    order = native.Order(name, clock, "python", image="caller", batch=2, chunk=3, samples=7, deadline_s=60.0)
    try:
        raw = native.carry_out(order)
    except PartywallError as error:
        return [type(error).__name__, getattr(error, "stage", ""), str(error)]
    return [raw.ticks.tolist(), raw.ops.tolist(), raw.driver.ops]

def registered(name, driven, closed):
    class Op(op.Op):
        def drive(self, ops):
            if driven:
                raise driven
        def close(self):
            Path(sys.argv[1], name).touch()
            if closed:
                raise closed
    module = sys.modules[f"partywall.interpreter.ops.{name}"] = types.ModuleType(name)
    module.OP = Op
    return name

if __name__ == "__main__":
    print("once", end="")
    clock = host.calibrate_clock()[0].source
    found = {name: measured(name) for name in json.loads(sys.argv[2])}
    for i, failure in enumerate(json.loads(sys.argv[3])):
        found[f"drive {failure}"] = measured(registered(f"driven{i}", eval(failure), None))
        found[f"close {failure}"] = measured(registered(f"closed{i}", None, eval(failure)))
    print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def clock() -> str:
    return host.calibrate_clock()[0].source


def order(subject: str, clock: str, **more: Any) -> native.Order:
    given = {"image": "interpreter", "driver_cpu": max(os.sched_getaffinity(0)), "batch": 2, "chunk": 3, "samples": 7}
    return native.Order(subject, clock, "python", **{**given, "deadline_s": 60.0, **more})


@pytest.fixture(scope="module")
def of_the_caller(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], set[str]]:
    """What a program of one thread gets of its own image, by op; and the made-up ops that were closed."""
    directory = tmp_path_factory.mktemp("caller")
    script = directory / "program.py"
    script.write_text(CALLER)
    closed = directory / "closed"
    closed.mkdir()
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    run = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(closed), json.dumps(HERE), json.dumps(list(FAILURES))],
        env={**buffered, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    # No warning, no traceback, and nothing of the program's own output written by a child.
    assert run.stderr == ""
    assert run.stdout.count("once") == 1
    return json.loads(run.stdout.removeprefix("once")), {path.name for path in closed.iterdir()}


@pytest.mark.parametrize("name", HERE)
def test_an_op_in_a_fresh_interpreter_gives_the_samples_asked_for(clock: str, name: str) -> None:
    raw = native.carry_out(order(name, clock))
    assert raw.ticks.shape == raw.ops.shape == (7,)
    assert (raw.ops == 2).all()
    assert (raw.ticks > 0).all()
    assert raw.end_ns > raw.begin_ns
    assert raw.driver.ops == 14


@pytest.mark.parametrize("name", HERE)
def test_an_op_in_a_fork_of_the_caller_gives_the_samples_asked_for(
    of_the_caller: tuple[dict[str, Any], set[str]], name: str
) -> None:
    ticks, ops, counted = of_the_caller[0][name]
    assert ops == [2] * 7, of_the_caller[0][name]
    assert len(ticks) == 7
    assert all(tick > 0 for tick in ticks)
    assert counted == 14


@pytest.mark.parametrize("target", ["static", "dynamic"])
@pytest.mark.parametrize("name", TARGETS)
def test_either_target_is_run(clock: str, name: str, target: str) -> None:
    if not os.path.exists(native._executable(f"exec_target_{target}")):  # noqa: PTH110
        pytest.skip("there is no static libc, so no static target was built")
    assert native.carry_out(order(name, clock, target=target)).ticks.size == 7


def test_a_fork_server_runs_where_paths_are_long(clock: str, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    assert native.carry_out(order("py_mp_forkserver", clock, directory=str(long))).ticks.size == 7
    assert not list(long.iterdir())


@pytest.mark.parametrize(
    ("subject", "change", "stage", "says"),
    [
        ("py_no_such_op", {}, "attach", "ENOENT"),
        ("py_posix_spawn", {"target": "missing"}, "drive", "ENOENT"),
        ("py_subprocess", {"target": "missing"}, "drive", "ENOENT"),
        ("py_mp_forkserver", {"directory": "/nonexistent"}, "open", "ENOENT"),
        ("py_call", {"driver_cpu": 100_000}, "pin", "EINVAL"),
    ],
)
def test_a_trial_that_cannot_be_carried_out(
    clock: str, subject: str, change: dict[str, Any], stage: str, says: str
) -> None:
    with pytest.raises(MeasureError, match=says) as caught:
        native.carry_out(order(subject, clock, **change))
    assert caught.value.stage == stage
    assert caught.value.errno
    assert str(caught.value).startswith(f"{subject}: {stage} failed: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("hook", "stage"), [("drive", "drive"), ("close", "reap")])
@pytest.mark.parametrize("failure", FAILURES)
def test_what_an_exception_becomes(
    of_the_caller: tuple[dict[str, Any], set[str]], failure: str, hook: str, stage: str
) -> None:
    kind, says = FAILURES[failure]
    found, at, message = of_the_caller[0][f"{hook} {failure}"]
    assert found == kind
    assert at == (stage if kind == "MeasureError" else "")
    assert message.endswith(says) or "xxx" in says
    assert says in message
    assert f": {stage} failed: " in message
    assert len(message.splitlines()) == 1
    assert len(message) < 350


def test_an_op_that_failed_is_closed_all_the_same(of_the_caller: tuple[dict[str, Any], set[str]]) -> None:
    assert {f"driven{i}" for i in range(len(FAILURES))} <= of_the_caller[1]


def test_a_program_with_threads_has_no_callers_image(clock: str) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(UnsupportedError, match=r"^py_os_fork: this process has \d+ threads") as caught:
            native.carry_out(order("py_os_fork", clock, image="caller"))
    finally:
        stop.set()
        thread.join()
    assert len(str(caught.value).splitlines()) == 1


def test_why_it_is_unsupported_reaches_the_cell(tiny: str) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        session = partywall.run(["py_call", "fork_wait"], profile=tiny, seed=1, factors={"image": ["caller"]})
    finally:
        stop.set()
        thread.join()
    cells = {cell.primitive: cell for cell in session.cells}
    for name in ("py_call", "py_empty"):
        assert cells[name].state == State.UNSUPPORTED
        assert cells[name].reason.startswith(f"{name}: this process has ")
    assert cells["fork_wait"].estimates


def test_an_interpreter_that_cannot_be_started(clock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(MeasureError, match=r"^py_call: start failed: .*ENOENT"):
        native.carry_out(order("py_call", clock))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MeasureError, match=r"^py_call: the worker ended early with status 1$"):
        native.carry_out(order("py_call", clock))
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(UnsupportedError, match=r"^py_call: .*sys\.executable"):
        native.carry_out(order("py_call", clock))


IMPORTED = "; import sys; from importlib import import_module; import_module({module!r}); print(*sorted(sys.modules))"
NEVER = {"numpy", "scipy", "click", "msgspec", "pyarrow", "rich", "typing", "ctypes", "inspect", "dataclasses"}
# Where an op does not need them, they are not there.
CREATORS = {"multiprocessing", "concurrent", "subprocess", "threading", "socket", "pickle"}
NEEDS = {
    "py_subprocess": {"subprocess", "threading"},
    "py_thread": {"threading"},
    "py_mp_fork": {"multiprocessing", "threading", "pickle", "socket"},
}


@pytest.mark.parametrize("name", HERE)
def test_the_image_holds_what_the_op_needs_and_no_more(name: str) -> None:
    program, *flags, code = map(os.fsdecode, launch.command(name))
    module = f"partywall.interpreter.ops.{name}"
    code = code.replace("import main; main()", "import main") + IMPORTED.format(module=module)
    run = subprocess.run([program, *flags, code], env={}, capture_output=True, text=True, timeout=60, check=True)
    modules = set(run.stdout.split())
    assert module in modules
    roots = {module.split(".")[0] for module in modules}
    # What wasmtime itself is made of belongs to an image that has it.
    assert not roots & (NEVER - {"ctypes", "dataclasses", "inspect", "typing"} if "wasmtime" in roots else NEVER)
    ours = {module.split(".")[1] for module in modules if module.startswith("partywall.")}
    assert ours == {"_core", "interpreter"}
    if name in NEEDS or name in ("py_empty", "py_call", "py_os_fork", "py_posix_spawn"):
        assert roots & CREATORS <= NEEDS.get(name, set())


def test_a_sample_of_a_python_op_hides_the_way_into_python(tiny: str) -> None:
    session = partywall.run(["py_call"], profile=tiny, seed=1)
    cells = {cell.primitive: cell for cell in session.cells}
    empty, call = cells["py_empty"], cells["py_call"]
    assert empty.batch == 1
    assert empty.estimates
    assert call.estimates
    # Orders of magnitude apart: the batch was chosen to hide it to 1 %.
    assert call.batch * call.estimates.typical.value > 10 * empty.estimates.typical.value


def test_the_api_measures_a_python_op(tiny: str) -> None:
    found = partywall.measure("py_os_fork", profile=tiny, seed=1)
    assert found.cell.factors["image"] == "interpreter"
    assert 0 < found.typical.low <= found.typical.value <= found.typical.high


def test_another_python_cannot_finish_a_session(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    plan = api.plan(["py_call"], seed=1)
    tool = {**runner.tool_facts(), "python": "CPython 3.0.0"}
    begun = Begun(plan=plan, host=host.fingerprint(), clock=host.calibrate_clock()[0], tool=tool)
    with Journal.create(journal_path(path)) as journal:
        journal.append(begun)
    with pytest.raises(SessionError, match=r"was begun with CPython 3\.0\.0"):
        partywall.resume(path)
    assert journal_path(path).exists()
