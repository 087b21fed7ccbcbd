"""Web workers for real, in a short form; and what is made of synthetic logs."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import partywall
from partywall import scenarios
from partywall.catalog import SCENARIOS, WALLS
from partywall.catalog.scenario import PREFIX, Need
from partywall.cli import main
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Control, Outcome
from partywall.scenarios.load import Answer, Request
from partywall.scenarios.observation import Task
from partywall.scenarios.supervised import Supervised
from partywall.scenarios.web_workers import trial
from partywall.scenarios.web_workers.events import Events, count_failures

NAME = "scenario:web-workers"


def answer(identity: str, kind: str = "plain", body: str = "", failed: str = "") -> Answer:
    return Answer(Request(0.0, identity, f"/{kind}/{identity}"), 0.0, 0.0, 0.001, body, failed)


def told(*lines: str) -> Events:
    events = Events()
    events.take("".join(f"{line}\n" for line in lines).encode())
    return events


def processes_with(mark: str) -> list[int]:
    """Processes, but for the dead, whose environment holds the mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files that also marks whatever is started; nothing may be left in or of it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield tmp_path
    assert gone(tmp_path)


def gone(directory: Path, wait_s: float = 15.0) -> bool:
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        others = [pid for pid in processes_with(str(directory)) if pid != os.getpid()]
        if not others and not list(directory.glob("partywall-scenario-*")):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("host", "count"), [("workers=1,rate=0.1/s", 1), ("workers=2,rate=10/s", 2)])
def test_only_the_crashing_requests_fail_with_workers(marked: Path, host: str, count: int) -> None:
    pytest.importorskip("gunicorn")
    seen = trial.run(Task(host, 0, seed=count, deadline_s=60.0))
    facts = seen.facts
    assert facts["workers"] == count
    assert facts["crashes"] == facts["crashes_wanted"] == facts["segfaults"] == facts["replaced"] == facts["failed"]
    assert facts["failed_beside"] == facts["failed_elsewhere"] == facts["died_without_crash"] == 0
    assert facts["control_seen"] == 1
    assert len(seen.timings["replacement"]) == facts["crashes"]
    assert min(seen.timings["replacement"]) > 0


def test_in_one_threaded_process_others_fail_too(marked: Path) -> None:
    facts = trial.run(Task("threads,rate=0.1/s", 0, seed=1, deadline_s=60.0)).facts
    assert facts["crashes"] == facts["segfaults"] == facts["failed_crash"] == 1
    assert facts["failed_elsewhere"] > 0


def test_an_arrangement_is_proved_as_a_wall(marked: Path) -> None:
    pytest.importorskip("gunicorn")
    result = partywall.prove(NAME, host="workers=2,rate=0.1/s", runs=1)
    assert (result.outcome, result.control) == (Outcome.HOLDS, Control.DETECTED), result.reason


def test_a_failed_request_belongs_to_whoever_had_it() -> None:
    events = told("got c0 7 1", "crash c0 7 2", "got p1 7 3", "got p2 8 4", "ready 0 9 5")
    counts = count_failures(
        [
            answer("c0", "crash", failed="reset"),
            answer("p1", failed="reset"),
            answer("p2", failed="reset"),
            answer("p3", failed="refused"),
            answer("p4", body="p4 8"),
        ],
        events,
    )
    # p4 was answered by a process that never told of it, so nobody knows whose hands it was in.
    assert counts == {"failed": 5, "failed_crash": 1, "failed_beside": 1, "failed_elsewhere": 3}
    assert events.replacements == [pytest.approx(5e-9)]


def test_an_answer_is_good_only_from_the_process_that_took_the_request() -> None:
    events = told("got p1 7 1", "got p2 7 1")
    assert count_failures([answer("p1", body="p1 7"), answer("p2", body="p2 8")], events)["failed"] == 1


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    events = Events()
    for piece in (b"got p1 1", b"2 5\nready 0 12 6", b"\n"):
        events.take(piece)
    assert (events.got, events.ready) == ({"p1": 12}, {12: pytest.approx(6e-9)})
    events.hear(b"[WARNING] Worker (pid:12) was sent SIG")
    events.hear(b"SEGV!\n")
    assert events.signals == {12: "SIGSEGV"}


def test_a_worker_that_never_answers_ends_the_trial_at_its_deadline(
    marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gunicorn")
    monkeypatch.setattr(trial, "_requests", lambda *_: [Request(0.0, "s0", "/silent/s0")])
    with pytest.raises(MeasureError, match="not done after 4 s"):
        trial.run(Task("workers=1,rate=0.1/s", 0, seed=1, deadline_s=4.0))


def test_a_server_that_does_not_start_says_its_last_line(marked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gunicorn")
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--worker-class nonesuch")
    with pytest.raises(MeasureError, match="the server ended while it was waited for"):
        trial.run(Task("workers=1,rate=0.1/s", 0, seed=1, deadline_s=60.0))


def test_what_is_missing_is_named_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS["web-workers"]
    need = Need("no_such_component", "pip install 'partywall[scenarios]'")
    monkeypatch.setitem(SCENARIOS, "web-workers", type(scenario)(**{**vars(scenario), "needs": (need,)}))
    with pytest.raises(UnsupportedError, match=r"no_such_component is not installed: pip install"):
        scenarios.try_arrangement(scenario.walls[0], 0, 1)
    session = tmp_path / "session.parquet"
    with pytest.raises(SystemExit) as ended:
        main(["run", NAME, "-o", str(session)])
    said = " ".join(capsys.readouterr().out.split())
    assert not ended.value.code
    assert "UNSUPPORTED" in said
    assert "no_such_component is not installed: pip install 'partywall[scenarios]'" in said


def test_a_killed_partywall_leaves_nothing(marked: Path) -> None:
    script = (
        "import os, sys\n"
        "from partywall.scenarios.supervised import Supervised\n"
        # One that has left its group, its session and its parent.
        "code = 'import os, time; os.fork() or os.setsid() or os.fork() or (print(1, flush=True), time.sleep(600))'\n"
        "with Supervised([sys.executable, '-c', code + '; time.sleep(600)']) as it:\n"
        "    os.set_blocking(it.output.fileno(), True); it.output.readline(); print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    main_process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with main_process:
        assert main_process.stdout
        assert main_process.stdout.readline() == "ready\n"
        assert list(marked.glob("partywall-scenario-*"))
        assert len(processes_with(str(marked))) > 2
        main_process.kill()
    assert gone(marked)


def test_a_killed_guard_takes_its_command_with_it(marked: Path) -> None:
    with Supervised([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"]) as running:
        os.set_blocking(running.output.fileno(), True)
        assert running.output.readline() == b"1\n"
        running._guard.kill()
        running._guard.wait()
    until = time.monotonic() + 15
    while len([p for p in processes_with(str(marked)) if p != os.getpid()]) and time.monotonic() < until:
        time.sleep(0.02)
    # The directory is what nobody is left to remove.
    (left,) = marked.glob("partywall-scenario-*")
    left.rmdir()


def test_scenarios_are_walls_that_only_their_name_means() -> None:
    assert not any(key[0].startswith(PREFIX) for key in partywall.plan(["walls"], seed=1).walls)
    assert set(partywall.plan([NAME], seed=1).walls) == {k for k, wall in WALLS.items() if wall.scenario}
    for scenario in SCENARIOS.values():
        assert {(wall.name, wall.scenario) for wall in scenario.walls} == {(PREFIX + scenario.name, scenario.name)}
