"""The walls around private memory on this machine: they hold, or what is missing is named."""

import dataclasses

import pytest

import partywall
from partywall import host
from partywall.catalog import WALLS, walls_memory
from partywall.catalog.declaration import Expected
from partywall.model import Control, Outcome

ATTACKED = [wall.name for wall in walls_memory.WALLS if not wall.reports]


@pytest.mark.parametrize("name", ATTACKED)
def test_private_memory_is_kept_from_other_processes(name: str) -> None:
    result = partywall.prove(name, runs=2, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        assert len(result.reason.split()) > 5, "a refusal says what is missing"
        pytest.skip(result.reason)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")


@pytest.mark.parametrize(
    ("name", "fact"),
    [("mem.prot", "control_store"), ("mem.kernel", "control_loaded"), ("mem.fork_policy", "wiped_read")],
)
def test_where_the_access_goes_through_the_wall_is_broken(
    monkeypatch: pytest.MonkeyPatch, name: str, fact: str
) -> None:
    """The control is the same access where nothing forbids it: taken for the attack, it is a breach."""
    key = (name, "process")
    monkeypatch.setitem(WALLS, key, dataclasses.replace(WALLS[key], attack_fails=(Expected(fact, 0),)))
    assert partywall.prove(name, runs=1, seed=1).outcome == Outcome.BROKEN


def test_side_channels_are_reported_and_never_hold() -> None:
    result = partywall.prove("mem.side_channels", runs=1, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    assert result.outcome == Outcome.REPORTED
    states = [value for name, value in result.evidence.items() if name.startswith("vulnerability_")]
    assert len(states) == result.evidence["weaknesses"] > 0
    assert set(states) <= {0, 1, 2, 3}


def test_the_layouts_of_programs_that_are_not_randomised_are_no_secret() -> None:
    """The controls of mem.aslr are runs whose layout is known: they must count as such."""
    result = partywall.prove("mem.aslr", runs=1, seed=1)
    assert result.evidence["control_forked_same"] == result.evidence["control_forked"] == 4
    assert result.evidence["control_unrandomised_same"] == result.evidence["control_unrandomised"]


def test_what_is_still_in_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search of mem.remanence, taken where one process uses its own memory again, finds every word."""
    key = ("mem.remanence", "process")
    monkeypatch.setitem(WALLS, key, dataclasses.replace(WALLS[key], attack_fails=(Expected("control_hits", 0),)))
    result = partywall.prove("mem.remanence", runs=1, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    assert result.outcome == Outcome.BROKEN


def test_memory_that_is_not_available_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """mem.remanence takes a share of what the harness found to be available, in every cgroup above it."""
    monkeypatch.setattr(host, "available_memory", lambda: (256 << 20) - 1)
    result = partywall.prove("mem.remanence", runs=1, seed=1)
    assert result.outcome == Outcome.UNSUPPORTED
    assert "less than 256 MiB" in result.reason
