"""The walls around private memory on this machine: they hold, or what is missing is named."""

import dataclasses

import pytest

import partywall
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
