"""What each mechanism contains, on this machine."""

import os

import pytest

import partywall
from partywall.catalog.mechanisms import MECHANISMS
from partywall.catalog.walls_contain import ACTS
from partywall.design import select
from partywall.interpreter.probes.contain import harmed
from partywall.interpreter.probes.sacrifice import Caller, sacrifice
from partywall.model import Control, Outcome, WallResult

HELD = {
    "function": set(),
    "thread": set(),
    "subinterpreter": set(),
    "wasm": set(ACTS),
    "process": {"null_deref", "abort", "exit", "infinite_loop", "read_secret", "write_neighbour"},
    "sandbox": set(ACTS) - {"eat_memory"},
    "bubblewrap": set(ACTS) - {"eat_memory", "fork_bomb"},
    "container": set(ACTS),
}
# What an ordinary user's policies may hold back as well.
EITHER = {("process", "read_via_kernel"), ("subinterpreter", "read_via_kernel")}


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], WallResult]:
    session = partywall.run(["contain"], profile="quick", seed=1)
    return {(wall.id.removeprefix("contain."), wall.host): wall for wall in session.walls}


@pytest.mark.parametrize("host", HELD)
@pytest.mark.parametrize("act", ACTS)
def test_what_holds(outcomes: dict[tuple[str, str], WallResult], act: str, host: str) -> None:
    found = outcomes[act, host]
    if found.outcome == Outcome.UNSUPPORTED:
        assert found.reason
        pytest.skip(found.reason)
    assert found.control == Control.DETECTED, found.reason
    if (host, act) in EITHER and os.getuid():
        assert found.outcome in (Outcome.HOLDS, Outcome.BROKEN)
        return
    assert found.outcome == (Outcome.HOLDS if act in HELD[host] else Outcome.BROKEN), found


def test_every_mechanism_of_the_price_list_is_a_host() -> None:
    assert {mechanism.name for mechanism in MECHANISMS} == set(HELD)


def test_an_instance_that_is_given_an_import_is_seen_to_break_out() -> None:
    acts = pytest.importorskip("partywall.interpreter.probes.wasm_acts", exc_type=ImportError)

    def given(caller: Caller) -> None:
        acts.commit("read_via_kernel", caller, imports="env.process_vm_readv")

    def withheld(caller: Caller) -> None:
        acts.commit("read_via_kernel", caller)

    for body, through in ((given, True), (withheld, False)):
        report = sacrifice(body, lambda _: None, False)
        assert report.told.entered == report.told.back == 1
        assert harmed("read_via_kernel", report) == through


def test_a_caller_that_does_not_come_back_is_harmed() -> None:
    report = sacrifice(lambda _: os._exit(0), lambda _: None, False)
    assert harmed("exit", report)


def test_acts_are_not_among_all_walls_but_have_a_family() -> None:
    everything, family = (select([name])[1] for name in ("walls", "contain"))
    assert not set(everything) & set(family)
    assert {host for _, host in family} == set(HELD)
