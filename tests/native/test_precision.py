"""Runs to a target: the pilot, what is fixed after it, and kills at every stage between."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

import partywall
from killed import kill_when_ready
from partywall import api, design, runner, stopping
from partywall.collected import Begun, CellDone, Confirmed
from partywall.journal import Frame, Journal, journal_path
from partywall.model import Plan
from partywall.prepare import prepare
from partywall.record import Record
from partywall.stopping import PILOT_RUNS

# The number of further runs follows from the noise of the machine: here from what we say.
SLOW = """
import sys
from partywall import api, design, runner, stopping
from partywall.model import Profile

stopping.MOST_RUNS = 12

design.PROFILES["tiny"] = Profile(name="tiny", runs=9, trial_s=0.001, warmup_s=0.0005)
after = int(sys.argv[2])
decide = runner.after_pilot
done = 0

def wait():
    print("ready", flush=True)
    sys.stdin.read()

def progress(what, at, total):
    global done
    done += not what.startswith("pilot")
    if done > after:
        wait()

def slowly(record, spent):
    if len(record.trials) == after:
        wait()
    return decide(record, spent)

runner.after_pilot = slowly
api.run(["fork_wait"], profile="tiny", seed=11, precision=0.5, output=sys.argv[1], progress=progress)
"""
CELLS = 5  # with the empty arm, the fixed spin, the null-syscall arm and its copy
PILOT = CELLS * PILOT_RUNS
MOST = 12


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the noise would ask for hundreds of runs."""
    monkeypatch.setattr(stopping, "MOST_RUNS", MOST)


def complete(record: Record) -> None:
    """Each trial that the plan's blocks hold is there once, in their order."""
    blocks = design.blocks(record.plan)
    expected = [(index, run, seed) for run, block in enumerate(blocks) for _, index, seed in block]
    assert [(t.cell, t.run, t.seed) for t in record.trials] == expected
    assert [trial.position for trial in record.trials] == list(range(1, len(expected) + 1))
    assert {trial.phase for trial in record.trials if trial.run < PILOT_RUNS} == {"pilot"}
    assert {trial.phase for trial in record.trials if trial.run >= PILOT_RUNS} <= {""}


def planned(precision: float, pooled: bool = False, budget_s: float | None = None) -> Plan:
    return prepare(
        ["fork_wait"],
        profile="tiny",
        seed=3,
        factors=None,
        budget_s=budget_s,
        precision=precision,
        pooled=pooled,
        claims=None,
    ).plan


def test_what_the_pilot_fixed_is_measured(tiny: str) -> None:
    lines: list[str] = []
    session = api.carry_out(planned(0.5), told=lines.append)
    record = session.record
    complete(record)
    fork = next(cell for cell in record.plan.cells if cell.primitive == "fork_wait")
    assert fork.confirmation is not None
    assert 9 <= fork.confirmation.runs <= MOST
    found = next(cell for cell in session.cells if cell.id == fork.id)
    assert found.runs == fork.confirmation.runs
    assert session.precision is not None
    assert [one.cell for one in session.precision.cells] == [fork.id]
    (line,) = lines
    assert line.startswith("the pilot is done; what follows takes about ")
    assert all(trial.took_s > trial.seconds > 0 for trial in record.trials if trial.count)


def test_pooled_runs_count_all(tiny: str) -> None:
    session = api.carry_out(planned(0.5, pooled=True))
    complete(session.record)
    runs = Counter(trial.cell for trial in session.record.trials)
    copies = [i for i, cell in enumerate(session.record.plan.cells) if cell.role]
    assert [cell.runs for cell in session.cells] == [runs[i] for i in range(CELLS) if i not in copies]


def test_a_budget_that_holds_no_more_than_the_pilot_leaves_it(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = runner.after_pilot
    monkeypatch.setattr(runner, "after_pilot", lambda record, spent: decide(record, 1e6))
    session = api.carry_out(planned(0.0001, budget_s=1000.0))
    complete(session.record)
    assert len(session.record.trials) == PILOT
    assert session.precision is not None
    (one,) = session.precision.cells
    assert (one.runs, one.why) == (PILOT_RUNS, "budget")


def test_one_cell_is_measured_as_exactly_as_asked(tiny: str) -> None:
    found = partywall.measure("null_syscall", profile=tiny, seed=1, precision=0.5)
    assert found.cell.runs >= 9
    assert found.typical.low <= found.typical.value <= found.typical.high


@pytest.mark.parametrize("after", [7, PILOT, PILOT + 1, PILOT + 20])
def test_a_kill_at_any_stage_loses_nothing(tmp_path: Path, environment: dict[str, str], after: int) -> None:
    path = tmp_path / "s.parquet"
    kill_when_ready(SLOW, str(path), str(after), environment=environment)
    frames: list[Frame] = []
    with Journal.reopen(journal_path(path), frames.append):
        kinds = Counter(type(_head(frame)) for frame in frames)
    assert kinds == {Begun: 1, CellDone: after} | ({Confirmed: 1} if after > PILOT else {})
    confirmed = [head for head in map(_head, frames) if isinstance(head, Confirmed)]
    session = partywall.resume(path)
    complete(session.record)
    assert len(session.record.trials) > PILOT
    for head in confirmed:
        assert head.cells == session.record.plan.cells
    assert partywall.load(path).record.plan == session.record.plan
    assert [p.name for p in tmp_path.glob("s.parquet*")] == ["s.parquet"]


def _head(frame: Frame) -> Begun | Confirmed | CellDone:
    return msgspec.msgpack.decode(frame.head, type=Begun | Confirmed | CellDone)


def test_trials_of_a_run_belong_together(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('profile = "tiny"\nseed = 5\n[[grid]]\nmeasure = "fork_wait"\ntrials = 3\n')
    session = partywall.run([str(tmp_path / "a.toml")], output=tmp_path / "s.parquet")
    record = session.record
    place = next(i for i, cell in enumerate(record.plan.cells) if cell.primitive == "fork_wait")
    parts = Counter((trial.run, trial.part) for trial in record.trials if trial.cell == place)
    assert parts == dict.fromkeys([(run, part) for run in range(9) for part in range(3)], 1)
    cell = next(cell for cell in session.cells if cell.primitive == "fork_wait")
    assert cell.runs == 9
    assert cell.samples == sum(trial.count for trial in record.trials if trial.cell == place)
    assert {trial.part for trial in record.trials if trial.cell != place} == {0}


def test_ops_that_do_not_fit_the_budget_are_found_before_anything_is_measured(tiny: str, tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    # Its length is not known before it is tried: a spin of a tenth of a second.
    factors = {"spin": ["100ms"]}
    with pytest.raises(partywall.InputError, match=r"--budget 2\.00 s is too short"):
        partywall.run(["null_syscall"], profile=tiny, factors=factors, budget_s=2.0, output=path)
    assert list(tmp_path.iterdir()) == []
