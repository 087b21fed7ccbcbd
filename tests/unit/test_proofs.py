"""From the facts of wall trials to outcomes."""

from dataclasses import replace
from typing import Any

import pytest

from partywall.catalog import WALLS
from partywall.model import Control, Estimate, Outcome, WallResult, WallTrial
from partywall.proofs import judge_walls
from partywall.record import Record

CRASH = ("crash.segv_unmapped", "process")
THREAD = ("crash.segv_unmapped", "thread")
MEMORY = ("mem.cow_child", "process")

HELD: dict[tuple[str, str], dict[str, int]] = {
    CRASH: {
        "version": 2,
        "did_not_crash": 0,
        "other_endings": 0,
        "recorded": 1,
        "signal": 11,
        "expected_signal": 11,
        "exit_status": 0,
        "expected_exit_status": 0,
        "code_expected": 1,
        "address_expected": 1,
        "parent_survived": 1,
        "parent_changed": 0,
        "parent_denied": 0,
        "parent_sha256_before": 77,
        "parent_sha256_after": 77,
        "parent_sha256_unchanged": 1,
        "parent_identity_unchanged": 1,
        "parent_signals_unchanged": 1,
        "sibling_alive": 1,
        "sibling_answered": 1,
        "sibling_changed": 0,
        "sibling_sha256_unchanged": 1,
        "sibling_identity_unchanged": 1,
        "sibling_signals_unchanged": 1,
        "shared_state_intact": 1,
        "descriptors_intact": 1,
        "control_died": 1,
        "control_unhurt": 1,
        "eof_hidden_by_sibling": 1,
        "eof_after_sibling": 1,
    },
    THREAD: {
        "version": 2,
        "did_not_crash": 0,
        "other_endings": 0,
        "recorded": 1,
        "code_expected": 1,
        "address_expected": 1,
        "host_died": 0,
        "sibling_thread_alive": 1,
        "sibling_thread_denied": 0,
        "control_alive": 1,
    },
    MEMORY: {
        "bytes": 4096,
        "writer_changed": 4096,
        "leaked_bytes": 0,
        "control_shared": 4096,
        "control_shared_expected": 4096,
        "control_thread": 4096,
        "control_thread_expected": 4096,
    },
}


def trial(key: tuple[str, str], run: int = 0, **changes: Any) -> WallTrial:
    return WallTrial(wall=key[0], host=key[1], run=run, facts={**HELD[key], **changes})


def judged(record: Record, key: tuple[str, str], *trials: WallTrial) -> WallResult:
    plan = type(record.plan)(seed=1, profile=record.plan.profile, walls=(key,))
    (result,) = judge_walls(replace(record, plan=plan, trials=(), wall_trials=trials))
    assert (result.id, result.host) == key
    return result


@pytest.mark.parametrize("key", tuple(HELD))
def test_holds(record: Record, key: tuple[str, str]) -> None:
    result = judged(record, key, trial(key), trial(key, 1))
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")
    assert result.evidence["trials"] == 2


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (CRASH, {"parent_survived": 0}),
        (CRASH, {"parent_sha256_after": 78}),
        (CRASH, {"sibling_alive": 0}),
        (CRASH, {"descriptors_intact": 0}),
        (THREAD, {"host_died": 1}),
        (MEMORY, {"leaked_bytes": 1}),
    ],
)
def test_one_breach_in_many_trials_breaks_the_wall(
    record: Record, key: tuple[str, str], change: dict[str, int]
) -> None:
    trials = [trial(key, run) for run in range(8)]
    result = judged(record, key, *trials[:3], trial(key, 3, **change), *trials[4:])
    assert (result.outcome, result.control) == (Outcome.BROKEN, Control.DETECTED)
    assert next(iter(change)) in result.reason


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (CRASH, {"control_died": 0}),
        (THREAD, {"control_alive": 0}),
        (MEMORY, {"control_shared": 4095}),
        (MEMORY, {"control_thread": 0}),
    ],
)
def test_a_blind_probe_says_nothing(record: Record, key: tuple[str, str], change: dict[str, int]) -> None:
    result = judged(record, key, trial(key), trial(key, 1, **change))
    assert (result.outcome, result.control) == (Outcome.INVALID, Control.BLIND)
    assert "control" in result.reason


def test_a_blind_probe_says_nothing_even_of_a_breach(record: Record) -> None:
    result = judged(record, CRASH, trial(CRASH, parent_survived=0, control_died=0))
    assert result.outcome == Outcome.INVALID


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (CRASH, {"did_not_crash": 1}),
        (CRASH, {"signal": 9}),
        (CRASH, {"address_expected": 0}),
        (THREAD, {"did_not_crash": 1}),
        (MEMORY, {"writer_changed": 0}),
    ],
)
def test_an_attack_that_did_not_happen_says_nothing(
    record: Record, key: tuple[str, str], change: dict[str, int]
) -> None:
    result = judged(record, key, trial(key, **change))
    assert (result.outcome, result.control) == (Outcome.INVALID, Control.DETECTED)
    assert "did not happen" in result.reason


@pytest.mark.parametrize("key", tuple(WALLS))
def test_no_fact_may_be_missing(record: Record, key: tuple[str, str]) -> None:
    full = {e.fact: e.equals if isinstance(e.equals, int) else 7 for e in expectations(key)}
    full |= {e.equals: 7 for e in expectations(key) if isinstance(e.equals, str)}
    version = {"version": WALLS[key].version}
    good = Outcome.SHUT if WALLS[key].door else Outcome.HOLDS
    whole = WallTrial(wall=key[0], host=key[1], run=0, facts=full | version)
    assert judged(record, key, whole).outcome == good
    for name in full:
        rest = {fact: value for fact, value in full.items() if fact != name}
        result = judged(record, key, WallTrial(wall=key[0], host=key[1], run=0, facts=rest | version))
        assert result.outcome != good, name


def expectations(key: tuple[str, str]) -> list[Any]:
    wall = WALLS[key]
    return [*wall.happened, *wall.attack_fails, *wall.control]


def test_unsupported_in_every_trial(record: Record) -> None:
    failed = WallTrial(wall=CRASH[0], host=CRASH[1], run=0, facts={}, error="no fork", unsupported=True)
    result = judged(record, CRASH, failed, failed)
    assert (result.outcome, result.control, result.reason) == (Outcome.UNSUPPORTED, Control.NOT_RUN, "no fork")


def test_a_probe_that_failed_once_is_invalid(record: Record) -> None:
    failed = WallTrial(wall=CRASH[0], host=CRASH[1], run=0, facts={}, error="killed")
    result = judged(record, CRASH, trial(CRASH), failed)
    assert (result.outcome, result.reason) == (Outcome.INVALID, "killed")


def test_no_trial_is_no_proof(record: Record) -> None:
    assert judged(record, CRASH).outcome == Outcome.INVALID


def test_a_timing_has_an_interval_from_six_trials_on(record: Record) -> None:
    def timed(run: int) -> WallTrial:
        facts = HELD[CRASH]
        times = {"waitpid": (100.0 + run, 5000.0, 90.0)}
        return WallTrial(wall=CRASH[0], host=CRASH[1], run=run, facts=facts, timings_ns=times)

    assert "waitpid" not in judged(record, CRASH, *map(timed, range(5))).evidence
    found = judged(record, CRASH, *map(timed, range(9))).evidence["waitpid"]
    assert isinstance(found, Estimate)
    assert 100e-9 <= found.low <= found.value <= found.high <= 108e-9


def test_a_wall_this_version_does_not_know_is_left_out(record: Record) -> None:
    plan = type(record.plan)(seed=1, profile=record.plan.profile, walls=(("mem.tomorrow", "process"),))
    assert judge_walls(replace(record, plan=plan)) == ()


def test_an_earlier_session_is_judged_by_what_its_probe_told(record: Record) -> None:
    new = {
        "version",
        "recorded",
        "parent_denied",
        "parent_sha256_unchanged",
        "sibling_signals_unchanged",
        "control_unhurt",
    }
    facts = {name: value for name, value in HELD[CRASH].items() if name not in new}
    facts |= {"parent_checksum_before": 5, "parent_checksum_after": 5}

    def timed(run: int, **changes: int) -> WallTrial:
        return WallTrial(wall=CRASH[0], host=CRASH[1], run=run, facts=facts | changes, detection_ns=(100.0 + run,))

    result = judged(record, CRASH, *map(timed, range(9)))
    assert (result.outcome, result.reason) == (Outcome.HOLDS, "")
    assert isinstance(result.evidence["detection"], Estimate)
    assert judged(record, CRASH, timed(0, parent_checksum_after=6)).outcome == Outcome.BROKEN
    assert judged(record, CRASH, timed(0, version=2)).outcome == Outcome.INVALID


@pytest.mark.parametrize(("leaked", "outcome"), [(0, Outcome.SHUT), (8, Outcome.OPEN)])
def test_a_door_is_open_or_shut(record: Record, monkeypatch: pytest.MonkeyPatch, leaked: int, outcome: Outcome) -> None:
    monkeypatch.setitem(WALLS, MEMORY, replace(WALLS[MEMORY], door="whoever shares it sees it"))
    result = judged(record, MEMORY, trial(MEMORY, leaked_bytes=leaked))
    assert (result.outcome, result.exception) == (outcome, "whoever shares it sees it" if leaked else "")
    assert judged(record, MEMORY, trial(MEMORY, control_shared=0)).outcome == Outcome.INVALID


def test_what_is_only_reported_needs_no_control(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WALLS, MEMORY, replace(WALLS[MEMORY], reports=True, control=(), attack_fails=()))
    assert judged(record, MEMORY, trial(MEMORY)).outcome == Outcome.REPORTED
    assert judged(record, MEMORY, trial(MEMORY, writer_changed=0)).outcome == Outcome.INVALID
