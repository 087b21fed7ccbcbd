"""Every cause of a crash in every host, on this machine."""

import pytest

import partywall
from partywall.catalog import WALLS
from partywall.catalog.walls_crash import OWN_MEMORY, SHARED_MEMORY
from partywall.model import Control, Estimate, Outcome

CRASHES = [(wall, host) for wall, host in WALLS if wall.startswith("crash.")]
ROUTES = ("waitpid", "pidfd", "signalfd", "pipe_eof")


@pytest.mark.parametrize(("wall", "host"), [key for key in CRASHES if key[1] in OWN_MEMORY])
def test_a_crash_in_memory_of_its_own_hurts_nobody(wall: str, host: str) -> None:
    result = partywall.prove(wall, host=host, runs=1, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")


@pytest.mark.parametrize(("wall", "host"), [key for key in CRASHES if key[1] in SHARED_MEMORY])
def test_a_crash_in_shared_memory_leaves_what_was_written(wall: str, host: str) -> None:
    result = partywall.prove(wall, host=host, runs=1, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    assert (result.outcome, result.control, result.reason) == (
        Outcome.OPEN,
        Control.DETECTED,
        "host_changed is 1, not 0",
    )
    assert (result.evidence["host_died"], result.evidence["sibling_thread_alive"]) == (0, 1)
    assert "what it wrote stays" in result.exception


@pytest.mark.parametrize("wall", [wall for wall, host in CRASHES if host == "thread"])
def test_a_crash_in_a_thread_is_that_of_its_process(wall: str) -> None:
    result = partywall.prove(wall, host="thread", runs=1, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    dead, denied = result.evidence["host_died"], result.evidence["sibling_thread_denied"]
    assert result.control == Control.DETECTED
    assert result.outcome == (Outcome.BROKEN if dead or denied else Outcome.HOLDS)


@pytest.mark.parametrize("wall", ["crash.segv_unmapped", "crash.abort"])
def test_each_route_to_the_end_has_a_time_with_an_interval(wall: str) -> None:
    evidence = partywall.prove(wall, host="process", runs=6, seed=1).evidence
    for name in (*ROUTES, "heartbeat", "heartbeat_control"):
        found = evidence[name]
        assert isinstance(found, Estimate)
        assert 0 < found.low <= found.value <= found.high


def test_a_thread_that_dies_takes_its_process_along() -> None:
    result = partywall.prove("crash.segv_unmapped", host="thread", runs=1, seed=1)
    assert (result.outcome, result.reason) == (Outcome.BROKEN, "host_died is 1, not 0")


def test_the_hosts_are_what_they_are_called() -> None:
    vfork, clone = (
        partywall.prove("crash.abort", host=host, runs=1, seed=1).evidence for host in ("vfork", "clone_vm")
    )
    assert (vfork["host_answered_meanwhile"], clone["host_answered_meanwhile"]) == (0, 1)


def test_the_end_of_a_pipe_is_hidden_by_who_inherited_it() -> None:
    evidence = partywall.prove("crash.abort", runs=1, seed=1).evidence
    assert (evidence["eof_hidden_by_sibling"], evidence["eof_after_sibling"]) == (1, 1)
