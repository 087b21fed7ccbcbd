"""Every fatal cause in every host: what it ends, and what the core says of it in words and numbers."""

import platform
import re
import signal
import sys
from pathlib import Path

import pytest

import partywall
from partywall.catalog import WALLS
from partywall.catalog.crash_causes import CAUSES, Cause, Effect
from partywall.catalog.walls_crash import OWN_MEMORY, SHARED_MEMORY
from partywall.model import Control, Estimate, Outcome, WallResult

ROUTES = ("waitpid", "pidfd", "signalfd", "pipe_eof")
NAMED = [pytest.param(cause, id=cause.name) for cause in CAUSES]


def proved(cause: Cause, host: str, runs: int = 1) -> WallResult:
    result = partywall.prove(f"crash.{cause.name}", host=host, runs=runs, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    return result


@pytest.mark.parametrize("host", OWN_MEMORY)
@pytest.mark.parametrize("cause", NAMED)
def test_a_crash_in_memory_of_its_own_hurts_nobody(cause: Cause, host: str) -> None:
    result = proved(cause, host)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")


@pytest.mark.parametrize("host", SHARED_MEMORY)
@pytest.mark.parametrize("cause", NAMED)
def test_a_crash_in_shared_memory_leaves_what_was_written(cause: Cause, host: str) -> None:
    result = proved(cause, host)
    assert (result.outcome, result.control, result.reason) == (
        Outcome.OPEN,
        Control.DETECTED,
        "host_changed is 1, not 0",
    )
    assert (result.evidence["host_died"], result.evidence["sibling_thread_alive"]) == (0, 1)
    assert "what it wrote stays" in result.exception


@pytest.mark.parametrize("cause", NAMED)
def test_a_thread_takes_its_process_along_but_for_one_cause(cause: Cause) -> None:
    result = proved(cause, "thread")
    alone = cause.effect == Effect.THREAD
    assert result.control == Control.DETECTED
    assert result.outcome == (Outcome.HOLDS if alone else Outcome.BROKEN)
    spared = cause.effect in (Effect.THREAD, Effect.REFUSAL)
    assert result.evidence["host_died"] == (0 if spared else 1)
    assert result.evidence["sibling_thread_alive"] == (1 if spared else 0)
    # The limit is that of the process, whichever thread ran into it.
    assert result.evidence["sibling_thread_denied"] == (1 if cause.effect == Effect.REFUSAL else 0)


@pytest.mark.parametrize("cause", [cause for cause in NAMED if cause.values[0].detected])
def test_each_route_to_the_end_has_a_time_with_an_interval(cause: Cause) -> None:
    evidence = proved(cause, "process", runs=6).evidence
    for name in (*ROUTES, "heartbeat", "heartbeat_control"):
        found = evidence[name]
        assert isinstance(found, Estimate)
        assert 0 < found.low <= found.value <= found.high


def test_what_takes_seconds_is_probed_in_all_hosts_only_where_it_is_named() -> None:
    named = {key for key, wall in WALLS.items() if wall.by_name and key[0].startswith("crash.")}
    assert {wall for wall, _ in named} == {f"crash.{cause.values[0].name}" for cause in NAMED if cause.values[0].slow_s}
    assert not named & set(partywall.plan(["walls"]).walls)
    assert named <= set(partywall.plan(["crash"]).walls)


def test_the_hosts_are_what_they_are_called() -> None:
    vfork, clone = (
        partywall.prove("crash.abort", host=host, runs=1, seed=1).evidence for host in ("vfork", "clone_vm")
    )
    assert (vfork["host_answered_meanwhile"], clone["host_answered_meanwhile"]) == (0, 1)


def test_the_end_of_a_pipe_is_hidden_by_who_inherited_it() -> None:
    evidence = partywall.prove("crash.abort", runs=1, seed=1).evidence
    assert (evidence["eof_hidden_by_sibling"], evidence["eof_after_sibling"]) == (1, 1)


@pytest.mark.parametrize("cause", NAMED)
def test_the_catalog_and_the_core_speak_of_the_same_fault(cause: Cause) -> None:
    evidence = proved(cause, "process", runs=1).evidence
    assert evidence["recorded"] == cause.recorded
    subdued = cause.effect in (Effect.STOP, Effect.DEAF)
    assert evidence["subdued"] == subdued
    if subdued:
        assert evidence["signal"] == signal.SIGKILL
    assert (evidence["signal"] == 0) == (cause.effect in (Effect.EXIT, Effect.REFUSAL))
    assert (evidence["refused"] != 0) == (cause.effect == Effect.REFUSAL)


def documented() -> dict[str, tuple[str, str, str]]:
    text = (Path(__file__).parents[2] / "docs" / "crashes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `crash\.(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    return {name: (title, ends, code) for name, title, ends, code in rows}


def test_the_documented_causes_are_those_of_the_catalog() -> None:
    assert [(name, row[0]) for name, row in documented().items()] == [(cause.name, cause.title) for cause in CAUSES]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the table is that of x86-64")
@pytest.mark.parametrize("cause", NAMED)
def test_the_documented_end_is_what_happens(cause: Cause) -> None:
    _, ends, code = documented()[cause.name]
    evidence = proved(cause, "process", runs=1).evidence
    if evidence["signal"]:
        assert ends == signal.Signals(int(str(evidence["signal"]))).name
    elif cause.effect == Effect.EXIT:
        assert ends == f"status {evidence['exit_status']}"
    else:
        assert ends == "nothing"
    assert code.split()[0] == (str(evidence["code"]) if cause.recorded else "not")


@pytest.mark.parametrize("host", ["process", "thread"])
def test_an_uncaught_python_exception_spares_all_but_its_own_thread(host: str) -> None:
    result = partywall.prove("crash.python_exception", host=host, runs=2, seed=1)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")
    assert result.evidence["host_exit_status"] == 42
    assert result.evidence["control_exit_status"] == 1


def test_a_program_that_raises_nothing_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 42\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    result = partywall.prove("crash.python_exception", host="thread", runs=1, seed=1)
    assert (result.outcome, result.control) == (Outcome.INVALID, Control.BLIND)
