"""Every wall on this machine: it holds around a process, it does not around a thread, and no probe is blind."""

import pytest

import partywall
from partywall import native
from partywall.catalog import WALLS
from partywall.errors import InputError
from partywall.model import Control, Outcome

# Families that have a file of tests of their own have hosts, doors and needs of their own too.
TWO_SIDED = tuple(key for key in WALLS if key[0].startswith(("crash.", "mem.cow_")) and key[1] in ("process", "thread"))


@pytest.mark.parametrize(("wall", "host"), [key for key in TWO_SIDED if key[0].startswith("mem.")])
def test_the_wall_holds_for_a_process_and_not_for_a_thread(wall: str, host: str) -> None:
    result = partywall.prove(wall, host=host, runs=2, seed=1)
    assert result.reason == "" or result.outcome == Outcome.BROKEN
    assert (result.outcome, result.control) == (
        Outcome.HOLDS if host == "process" else Outcome.BROKEN,
        Control.DETECTED,
    )
    assert result.evidence["trials"] == 2


def test_the_same_seed_tells_the_same_facts() -> None:
    first, second = (partywall.prove("mem.cow_child", runs=1, seed=9) for _ in range(2))
    assert first.evidence["leaked_bytes"] == second.evidence["leaked_bytes"] == 0


@pytest.mark.parametrize(("wall", "host"), [("mem.cow_child", "fibre"), ("no.such", "process")])
def test_no_such_wall(wall: str, host: str) -> None:
    with pytest.raises(InputError, match="no wall"):
        partywall.prove(wall, host=host)


def test_a_wall_that_the_core_lacks_is_invalid_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = native.carry_out

    def renamed(order: native.Order) -> native.Raw:
        values = {**vars(order), "subject": "no.such"}
        return whole(native.Order(**values))

    monkeypatch.setattr(native, "carry_out", renamed)
    result = partywall.prove("mem.cow_child", runs=1, seed=1)
    assert (result.outcome, result.control) == (Outcome.INVALID, Control.NOT_RUN)
    assert "no.such" in result.reason
