"""Cells added at crossings: measured in blocks of their own, stored in the one session, finished after a kill."""

import os
from pathlib import Path

import pytest

import partywall
from killed import kill_when_ready
from partywall import api, design
from partywall.claims import load_claims
from partywall.fit import CheckState, CrossingState
from partywall.journal import Frame, Journal, journal_path
from partywall.model import Grid, Plan, Profile, State
from partywall.record import Record
from partywall.runner import measure_plan
from partywall.session import Session

PROFILE = Profile(name="tiny", runs=9, trial_s=0.001, warmup_s=0.0005)
WANTED = ("fork_wait", {"image": "pristine", "peer": "process", "placement": "same-cpu", "resident": "1MiB"})

# What a run would do, but for the crossing: it is where we say, on every machine.
SLOW = """
import sys
from partywall import api, design
from partywall.model import Grid, Profile

profile = Profile(name="tiny", runs=9, trial_s=0.001, warmup_s=0.0005)
api.count_checks = lambda plan, claims: 2
api.wanted_checks = lambda samples, fitted, claims: (eval(sys.argv[3]),)
done = 0

def progress(what, at, total):
    global done
    done += not what.startswith("pilot")
    if done > int(sys.argv[2]):
        print("ready", flush=True)
        sys.stdin.read()

planned = design.plan_session([Grid(names=("fork_wait",))], profile, 11)
api.carry_out(planned, output=sys.argv[1], progress=progress)
"""
PLANNED = 4  # fork_wait, the empty arm, the null system call and the fixed spin
MAIN = 9 * PLANNED  # their trials in nine blocks
CHECKS = 18  # those of one cell and the empty arm in nine more


def plan(seed: int = 11) -> Plan:
    return design.plan_session([Grid(names=("fork_wait",))], PROFILE, seed)


def extend(record: Record) -> Plan:
    return design.extend_plan(record.plan, [WANTED])


def check_is_there_once(record: Record) -> None:
    (added,) = record.plan.cells[PLANNED:]
    assert (added.role, added.factors) == ("check", WANTED[1])
    assert added.samples > 0
    assert len(record.trials) == MAIN + CHECKS
    assert [trial.position for trial in record.trials] == list(range(1, MAIN + CHECKS + 1))
    main, checks = record.trials[:MAIN], record.trials[MAIN:]
    assert sorted((t.cell, t.run) for t in main) == sorted((cell, run) for cell in range(PLANNED) for run in range(9))
    assert sorted((t.cell, t.run) for t in checks) == sorted(
        (cell, run) for cell in (0, PLANNED) for run in range(9, 18)
    )
    rows = 0
    for trial in record.trials:
        assert trial.first == rows
        rows += trial.count
    assert len(record.samples) == rows


def test_checks_are_measured_after_all_others_in_the_order_of_the_seed() -> None:
    record = measure_plan(plan(), extend=extend)
    check_is_there_once(record)
    alone = measure_plan(plan())
    assert [(t.cell, t.run, t.seed) for t in record.trials[:MAIN]] == [(t.cell, t.run, t.seed) for t in alone.trials]
    again = measure_plan(plan(), extend=extend)
    assert [(t.cell, t.run, t.seed) for t in again.trials] == [(t.cell, t.run, t.seed) for t in record.trials]
    cell = Session(record, ()).cells[PLANNED]
    assert (cell.runs, cell.estimates is not None) == (9, True)


def test_nothing_to_check_changes_nothing() -> None:
    asked: list[int] = []

    def nothing(record: Record) -> Plan:
        asked.append(len(record.trials))
        return record.plan

    record = measure_plan(plan(), extend=nothing)
    assert (asked, len(record.trials), len(record.plan.cells)) == ([MAIN], MAIN, PLANNED)


def test_a_check_that_this_machine_cannot_do_says_so() -> None:
    huge = ("fork_wait", {**WANTED[1], "resident": "64GiB" if os.sysconf("SC_PHYS_PAGES") < 2**24 else "64000GiB"})
    record = measure_plan(plan(), extend=lambda record: design.extend_plan(record.plan, [huge]))
    assert len(record.trials) == MAIN
    assert record.plan.cells[PLANNED].state == State.UNSUPPORTED
    assert "bytes" in Session(record, ()).cells[PLANNED].reason


@pytest.mark.parametrize("after", [5, MAIN, MAIN + 1, MAIN + CHECKS - 1])
def test_a_kill_before_or_amid_the_checks_loses_nothing(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    path = tmp_path / "s.parquet"
    kill_when_ready(SLOW, str(path), str(after), repr(WANTED), environment=environment)
    # One frame says what is measured, one for each trial, and one which cells came to it.
    kept: list[Frame] = []
    with Journal.reopen(journal_path(path), kept.append):
        assert len(kept) == 1 + after + (after >= MAIN)
    asked: list[int] = []

    def wanted(*_: object) -> tuple[tuple[str, dict[str, str]], ...]:
        asked.append(1)
        return (WANTED,)

    monkeypatch.setattr(api, "wanted_checks", wanted)
    session = partywall.resume(path)
    assert len(asked) == (after < MAIN)
    check_is_there_once(session.record)
    assert partywall.load(path).record.plan == session.record.plan
    assert [p.name for p in tmp_path.glob("s.parquet*")] == ["s.parquet"]


def test_a_sweep_is_checked_where_it_crosses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # However fast memory is: the bound lies in the middle of what was just measured.
    levels = ("256KiB", "512KiB", "1MiB", "2MiB")
    monkeypatch.setitem(design.PROFILES, "tiny", PROFILE)
    claims = tmp_path / "mine.toml"

    def run(high: str) -> Session:
        claims.write_text(
            f"""
[[claim]]
id = "copy"
says = "It is quick."
kind = "range"
source = "a test"
high = "{high}"
[[claim.crossing]]
primitive = "memcpy_message"
along = "message"
""",
            encoding="utf-8",
        )
        return partywall.run(["memcpy_message"], profile="tiny", seed=1, factors={"message": levels}, claims=claims)

    first = run("1000 s")
    assert not [cell for cell in first.record.plan.cells if cell.role == "check"]
    costs = [c.estimates.typical.value for c in first.cells if c.primitive == "memcpy_message" and c.estimates]
    second = run(f"{1e9 * (costs[0] + costs[-1]) / 2:.0f} ns")
    (crossing,) = second.crossings
    added = [cell for cell in second.record.plan.cells if cell.role == "check"]
    # A busy machine may bend the line or move it; whatever was said of the crossing was also measured.
    if crossing.state not in (CrossingState.FOUND, CrossingState.EXTRAPOLATED):
        assert (crossing.value, crossing.check, added) == (None, None, [])
        return
    assert [cell.primitive for cell in added] == ["memcpy_message"]
    assert crossing.check is not None
    assert crossing.check.state != CheckState.UNMEASURED
    assert crossing.check.level == added[0].factors["message"]


def test_the_shipped_claims_check_nothing_that_is_not_swept() -> None:
    from partywall.crossings import count_checks

    everything = design.plan_session([Grid()], PROFILE, 1)
    assert count_checks(everything, load_claims()) == 0
    levels = ("0B", "1MiB", "2MiB")
    swept = design.plan_session([Grid(names=("fork_wait",), factors={"resident": levels})], PROFILE, 1)
    assert count_checks(swept, load_claims()) == 3
