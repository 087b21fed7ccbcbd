"""Plans on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import partywall as pw

Call = Callable[..., CompletedProcess[str]]

PLAN = """
title = "Small"
seed = 3
profile = "quick"

[[grid]]
measure = "fork_wait"
factors = { resident = ["0B", "1MiB", "100000GiB"] }
trial = "1ms"
warmup = "0ms"
runs = 9
"""


def test_a_dry_run_measures_nothing_and_says_what_is_left_out(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(PLAN)
    run = partywall("run", "a.toml", "--dry-run")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Small\n")
    assert "seed     3;" in run.stdout
    assert "6 measured, 1 left out" in run.stdout
    assert "left out: fork_wait[image=pristine,peer=process,placement=same-cpu,resident=100000GiB]: needs" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_a_dry_run_as_json_is_the_plan(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(PLAN)
    plan = json.loads(partywall("run", "a.toml", "--dry-run", "--json", "-").stdout)
    assert plan["seed"] == 3
    assert len([cell for cell in plan["cells"] if cell["primitive"] == "fork_wait"]) == 3


def test_a_plan_is_carried_out_and_stays_in_the_session(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(PLAN)
    run = partywall("run", "a.toml", "-o", "s.parquet")
    assert run.returncode == 0
    assert "left out: 1 cell: needs" in run.stderr
    plan = pw.load(tmp_path / "s.parquet").record.plan
    assert (plan.title, plan.seed) == ("Small", 3)
    assert [cell.trial_s for cell in plan.cells if cell.primitive == "fork_wait"] == [0.001] * 3


def test_a_plan_with_names_beside_it(partywall: Call) -> None:
    run = partywall("run", "plan:fork-size", "fork_wait")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.count("\n") == 1


def test_a_plan_that_says_its_runs_and_a_precision(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(PLAN)
    run = partywall("run", "a.toml", "--precision", "2%")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("partywall: a precision decides how many runs there are")
    assert run.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_a_dry_run_to_a_target_says_what_it_knows(partywall: Call) -> None:
    run = partywall("run", "fork_wait", "--precision", "2%", "--dry-run")
    assert (run.returncode, run.stderr) == (0, "")
    assert "10 runs of" in run.stdout
    assert "target   2 %: these runs are a pilot" in run.stdout
    assert "for the pilot; an op that takes longer than its trial makes it longer" in run.stdout


def test_a_run_to_a_target_says_how_long_it_takes(partywall: Call, tmp_path: Path) -> None:
    run = partywall("run", "null_syscall", "--precision", "50%", "--budget", "20s", "-o", "s.parquet")
    assert run.returncode == 0, run.stderr
    first, second, _ = run.stderr.splitlines()
    assert first.startswith("precision 50 %: a pilot of 10 runs takes about ")
    assert second.startswith("the pilot is done; what follows takes about ")
    assert "precision  asked 50 %, reached " in run.stdout
    assert "A/A: null_syscall[image=pristine] against itself " in run.stdout
