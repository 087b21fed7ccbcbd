"""Whole runs through the API: figures, order, and a run that was killed and finished later."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import partywall
from killed import kill_when_ready
from partywall import api, host, runner
from partywall.errors import InputError, PartywallError, SessionError
from partywall.journal import Frame, Journal, journal_path
from partywall.model import Estimate, State
from partywall.record import Rows
from partywall.session import Session

SLOW = """
import sys
from partywall import api, design
from partywall.model import Profile

design.PROFILES["tiny"] = Profile(name="tiny", runs=9, trial_s=0.001, warmup_s=0.0005)
done = 0

def progress(what, at, total):
    global done
    done += not what.startswith("pilot")
    if done > int(sys.argv[2]):
        print("ready", flush=True)
        sys.stdin.read()

api.run(["fork_wait", "pipe_pingpong"], profile="tiny", seed=11, output=sys.argv[1], progress=progress)
"""


def sound(estimate: Estimate) -> None:
    assert estimate.low <= estimate.value <= estimate.high


def test_measure_gives_a_value_inside_its_interval(tiny: str) -> None:
    found = partywall.measure("null_syscall", profile=tiny, seed=1)
    assert found.cell.runs == 9
    # A tiny trial need not know its first percentile.
    for estimate in filter(None, (found.typical, found.mean, found.floor, found.cold)):
        sound(estimate)
        assert 0 < estimate.value < 1
        assert estimate.unit == "s"


def test_measure_takes_factors(tiny: str) -> None:
    cell = partywall.measure("pipe_pingpong", profile=tiny, seed=1, peer="thread", placement="same-cpu").cell
    assert cell.factors == {"image": "pristine", "peer": "thread", "placement": "same-cpu"}


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("no_such", {}),
        ("null_syscall", {"peer": "thread"}),
        ("fork_wait", {"peer": "thread"}),
        ("pipe_message", {"message": "big"}),
    ],
)
def test_measure_refuses_what_cannot_be_meant(tiny: str, name: str, factors: dict[str, str]) -> None:
    with pytest.raises(InputError):
        partywall.measure(name, profile=tiny, **factors)


def test_contrast_is_a_difference_with_its_interval(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What else runs on the machine is not what is tested.
    monkeypatch.setattr(runner, "flag_trial", lambda trial, cell: ())
    found = partywall.contrast("pipe_pingpong", vary="peer", profile=tiny, seed=1, placement="same-cpu")
    sound(found)
    assert found.unit == "s"


@pytest.mark.parametrize(
    ("vary", "factors"),
    [("image", {}), ("message", {}), ("peer", {"colour": "red"}), ("peer", {"peer": "thread"})],
)
def test_contrast_refuses_what_cannot_be_meant(tiny: str, vary: str, factors: dict[str, str]) -> None:
    with pytest.raises(InputError):
        partywall.contrast("pipe_pingpong", vary=vary, profile=tiny, **factors)


@pytest.mark.parametrize("seed", [-1, 2**63, 10**30])
def test_a_seed_out_of_range(tiny: str, seed: int) -> None:
    with pytest.raises(InputError, match="seed"):
        partywall.run(["null_syscall"], profile=tiny, seed=seed)


def order(session: Session) -> list[tuple[int, int, int, int]]:
    return [(trial.position, trial.run, trial.cell, trial.seed) for trial in session.record.trials]


def samples(session: Session) -> Rows:
    return session.record.samples.rows(0, len(session.record.samples))


def complete(session: Session) -> None:
    plan = session.record.plan
    cells = [i for i, cell in enumerate(plan.cells) if cell.state == State.OK]
    expected = [(cell, run) for run in range(plan.profile.runs) for cell in cells]
    assert sorted((t.cell, t.run) for t in session.record.trials) == sorted(expected)
    rows = 0
    for trial in session.record.trials:
        assert trial.first == rows
        rows += trial.count
    assert len(session.record.samples) == rows


def test_run_measures_every_cell_once_per_block(tiny: str) -> None:
    session = partywall.run(["switch", "null_syscall"], profile=tiny, seed=3)
    complete(session)
    # What a trial reads beside its times was measured when it was.
    positions = [t.position for t in session.record.trials if not session.record.plan.cells[t.cell].reading]
    assert positions == list(range(1, len(positions) + 1))
    assert (samples(session)[1] > 0).all()
    for cell in session.cells:
        if cell.estimates:
            sound(cell.estimates.typical)


def test_the_same_seed_gives_the_same_order(tiny: str) -> None:
    first, second, third = (order(partywall.run(["fork_wait"], profile=tiny, seed=seed)) for seed in (5, 5, 6))
    assert first == second
    assert first != third


def test_a_session_is_what_was_returned(tiny: str, tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    session = partywall.run(["null_syscall"], profile=tiny, seed=2, output=path)
    loaded = partywall.load(path)
    np.testing.assert_array_equal(samples(loaded), samples(session))
    assert loaded.result == session.result
    assert [p.name for p in tmp_path.iterdir()] == ["s.parquet"]


def test_a_placement_this_machine_lacks_is_reported_and_the_rest_goes_on(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {"same-cpu": host.placements()["same-cpu"]}
    monkeypatch.setattr(host, "placements", lambda: here)
    factors = {"placement": ["same-cpu", "cross-node"], "peer": ["thread"]}
    cells = partywall.run(["pipe_pingpong"], profile=tiny, seed=2, factors=factors).cells
    states = {cell.factors["placement"]: cell.state for cell in cells if cell.primitive == "pipe_pingpong"}
    assert states["cross-node"] == State.UNSUPPORTED
    assert states["same-cpu"] != State.UNSUPPORTED


@pytest.mark.parametrize("after", [0, 1, 17])
def test_a_killed_run_is_finished_with_every_trial_once(
    partywall: Callable[..., Any], tmp_path: Path, environment: dict[str, str], after: int
) -> None:
    path = tmp_path / "s.parquet"
    kill_when_ready(SLOW, str(path), str(after), environment=environment)
    assert not path.exists()
    kept: list[Frame] = []
    with Journal.reopen(journal_path(path), kept.append):
        assert len(kept) == 1 + after
    # What a full disk or a power cut may add: half a frame.
    with journal_path(path).open("ab") as file:
        file.write(b"\x64" + b"\0" * 7 + kept[-1].head[:7])
    # What a kill during the last step may leave.
    path.with_name(f"{path.name}.1.tmp").touch()
    run = partywall("run", "--resume", str(path), "--json", "-")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["plan"]["seed"] == 11
    session = api.load(path)
    complete(session)
    positions = [trial.position for trial in session.record.trials]
    assert positions == list(range(1, len(positions) + 1))
    assert [p.name for p in tmp_path.glob("s.parquet*")] == ["s.parquet"]


def test_a_file_that_appears_during_the_run_is_left_alone(tiny: str, tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"

    def appear(what: str, done: int, total: int) -> None:
        if done == total - 1:
            path.write_text("another's")

    with pytest.raises(PartywallError, match="not written over") as caught:
        api.run(["null_syscall"], profile=tiny, output=path, progress=appear)
    assert f"kept for --resume in {journal_path(path)}" in str(caught.value)
    assert path.read_text() == "another's"
    with pytest.raises(SessionError, match="move one of the two away"):
        api.resume(path)
    assert path.read_text() == "another's"
    path.rename(tmp_path / "other")
    complete(api.resume(path))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "s.parquet"]


def test_a_run_killed_after_its_session_was_written_is_finished(tiny: str, tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "remove", Journal.close)
        session = api.run(["null_syscall"], profile=tiny, seed=3, output=path)
    before = path.read_bytes()
    assert journal_path(path).exists()
    assert api.resume(path).result == session.result
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["s.parquet"]


def test_an_unfinished_run_is_not_begun_again(tmp_path: Path, tiny: str, environment: dict[str, str]) -> None:
    path = tmp_path / "s.parquet"
    kill_when_ready(SLOW, str(path), "1", environment=environment)
    before = journal_path(path).read_bytes()
    with pytest.raises(SessionError, match="--resume"):
        partywall.run(["null_syscall"], profile=tiny, output=path)
    assert journal_path(path).read_bytes() == before


def test_another_machine_cannot_finish_it(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.parquet"
    kill_when_ready(SLOW, str(path), "1", environment=environment)
    here = host.fingerprint()
    monkeypatch.setattr(host, "fingerprint", lambda: {**here, "kernel": "Linux 99"})
    with pytest.raises(SessionError, match="kernel"):
        partywall.resume(path)
    assert journal_path(path).exists()
    assert not path.exists()


def test_trials_do_not_outlive_a_run(tiny: str, processes: Any) -> None:
    before = processes.children(os.getpid())
    partywall.run(["create"], profile=tiny, seed=1)
    assert processes.children(os.getpid()) == before
