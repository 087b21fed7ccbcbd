"""What each mechanism contains, on this machine."""

import os

import pytest

import partywall
from partywall.catalog.walls_contain import ACTS
from partywall.model import Control, Outcome

HELD = {
    "function": set(),
    "thread": set(),
    "process": {"null_deref", "abort", "exit", "infinite_loop", "read_secret", "write_neighbour"},
    "sandbox": set(ACTS) - {"eat_memory"},
    "bubblewrap": set(ACTS) - {"eat_memory", "fork_bomb"},
    "container": set(ACTS),
}
# What an ordinary user's policies may hold back as well.
EITHER = {("process", "read_via_kernel")}


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], partywall.WallResult]:
    session = partywall.run(["contain"], profile="quick", seed=1)
    return {(wall.id.removeprefix("contain."), wall.host): wall for wall in session.walls}


@pytest.mark.parametrize("host", HELD)
@pytest.mark.parametrize("act", ACTS)
def test_what_holds(outcomes: dict[tuple[str, str], partywall.WallResult], act: str, host: str) -> None:
    found = outcomes[act, host]
    if found.outcome == Outcome.UNSUPPORTED:
        assert found.reason
        pytest.skip(found.reason)
    assert found.control == Control.DETECTED, found.reason
    if (host, act) in EITHER and os.getuid():
        assert found.outcome in (Outcome.HOLDS, Outcome.BROKEN)
        return
    assert found.outcome == (Outcome.HOLDS if act in HELD[host] else Outcome.BROKEN), found
