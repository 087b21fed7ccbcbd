"""Nothing of Python's ops stays behind: no process, file, semaphore or descriptor, whoever is killed and when."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from partywall import native
from partywall.catalog import PRIMITIVES
from partywall.errors import MeasureError

OPS = [name for name, p in PRIMITIVES.items() if p.language == "python" and sys.version_info >= p.python]
ENDLESS = 1 << 22
# Processes below the caller while an op runs: the worker, its servers, and a child that lives long enough to be seen.
RUNNING = {"py_mp_fork": 1, "py_mp_forkserver": 4, "py_mp_spawn": 3, "py_process_pool": 2}
VICTIMS = [(name, image) for name in RUNNING for image in ("interpreter", "caller")]

PROGRAM = """
import multiprocessing, os, signal, sys
from partywall import native
from partywall.errors import PartywallError

def after():
    return ()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    name, image, directory, samples, before = sys.argv[1:]
    exec(before)
    order = native.Order(
        name, "monotonic_raw", "python", image=image, chunk=10, samples=int(samples), directory=directory,
        deadline_s=300.0,
    )
    try:
        native.carry_out(order)
        print("done", *map(str, after()), flush=True)
    except (KeyboardInterrupt, PartywallError) as error:
        print(type(error).__name__, error, flush=True)
    # What is left now was left by the trial, not taken away by the end of the program.
    sys.stdin.read()
"""


@pytest.fixture
def program(
    tmp_path: Path, environment: dict[str, str], orphans: Any
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a program of one thread that measures an op, says how it went, and stays; ended before orphans are."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    (tmp_path / "made").mkdir()
    started = []

    def start(name: str, image: str, samples: int = ENDLESS, before: str = "") -> subprocess.Popen[str]:
        main = subprocess.Popen(
            [sys.executable, str(script), name, image, str(tmp_path / "made"), str(samples), before],
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(main)
        return main

    yield start
    for main in started:
        main.kill()
        main.communicate()


@pytest.fixture
def clean(tmp_path: Path, orphans: Any, eventually: Any) -> Iterator[Callable[[int], None]]:
    """Fail unless all that is left below this process is one program, if any, and no file or semaphore is new."""

    def semaphores() -> set[str]:
        return {path.name for path in Path("/dev/shm").glob("*")}

    before = semaphores()

    def check(program: int = 0) -> None:
        eventually(lambda: {pid for pid, _ in orphans()} <= {program})
        assert semaphores() <= before
        assert not list((tmp_path / "made").iterdir())

    yield check


def answer(main: subprocess.Popen[str]) -> str:
    assert main.stdout
    return main.stdout.readline().strip()


@pytest.mark.parametrize("image", ["interpreter", "caller"])
@pytest.mark.parametrize("name", OPS)
def test_a_trial_leaves_nothing(program: Any, clean: Any, name: str, image: str) -> None:
    main = program(name, image, 3)
    assert answer(main) == "done"
    clean(main.pid)
    # The standard ones, and nothing of the trial.
    assert len(os.listdir(f"/proc/{main.pid}/fd")) == 3  # noqa: PTH208


@pytest.fixture
def caught(program: Any, processes: Any, eventually: Any) -> Callable[[str, str], tuple[Any, set[tuple[int, str]]]]:
    """Stop a program while an op runs; all that is below it with the time of its start."""

    def catch(name: str, image: str) -> tuple[Any, set[tuple[int, str]]]:
        main = program(name, image)

        def running() -> set[tuple[int, str]]:
            assert main.poll() is None
            main.send_signal(signal.SIGSTOP)
            found: set[tuple[int, str]] = processes.descendants(main.pid)
            if len(found) < RUNNING[name]:
                main.send_signal(signal.SIGCONT)
                return set()
            return found

        return main, eventually(running)

    return catch


@pytest.mark.parametrize(("name", "image"), VICTIMS)
def test_kill_9_of_the_worker_leaves_nothing(
    caught: Any, processes: Any, eventually: Any, clean: Any, name: str, image: str
) -> None:
    main, found = caught(name, image)
    for worker in processes.children(main.pid):
        os.kill(worker, signal.SIGKILL)
    main.send_signal(signal.SIGCONT)
    assert answer(main) == f"MeasureError {name}: the worker was killed by SIGKILL"
    eventually(lambda: not processes.alive(found))
    clean(main.pid)


@pytest.mark.parametrize(("name", "image"), VICTIMS)
def test_kill_9_of_the_caller_leaves_nothing(
    caught: Any, processes: Any, eventually: Any, clean: Any, name: str, image: str
) -> None:
    main, found = caught(name, image)
    main.kill()
    main.wait()
    eventually(lambda: not processes.alive(found))
    clean()


@pytest.mark.parametrize(("name", "image"), VICTIMS)
def test_ctrl_c_leaves_nothing(caught: Any, processes: Any, eventually: Any, clean: Any, name: str, image: str) -> None:
    main, found = caught(name, image)
    main.send_signal(signal.SIGINT)
    main.send_signal(signal.SIGCONT)
    assert answer(main) == "KeyboardInterrupt"
    eventually(lambda: not processes.alive(found))
    clean(main.pid)


def test_a_deadline_ends_an_interpreter(orphans: Any, eventually: Any) -> None:
    order = native.Order(
        "py_process_pool", "monotonic_raw", "python", image="interpreter", samples=ENDLESS, deadline_s=1.0
    )
    with pytest.raises(MeasureError, match=r"no answer within 1 s"):
        native.carry_out(order)
    eventually(lambda: not orphans())


INTERRUPTED = """
fork = os.fork

def fork_and_interrupt():
    pid = fork()
    if pid:
        os.kill(os.getpid(), signal.SIGINT)
    return pid

os.fork = fork_and_interrupt
"""


def test_an_interrupt_between_fork_and_adoption_leaves_nothing(program: Any, clean: Any) -> None:
    main = program("py_thread", "caller", before=INTERRUPTED)
    assert answer(main) == "KeyboardInterrupt"
    clean(main.pid)


# A fork server and a resource tracker that the program already has.
SERVED = """
def exit_code():
    process = multiprocessing.get_context("forkserver").Process(target=sys.exit, args=(9,))
    process.start()
    process.join()
    return process.exitcode

assert exit_code() == 9

def after():
    return (exit_code(),)
"""


@pytest.mark.parametrize("name", [name for name in OPS if name.startswith("py_mp")])
def test_a_programs_own_fork_server_goes_on(program: Any, name: str) -> None:
    main = program(name, "caller", 3, before=SERVED)
    assert answer(main) == "done 9"
