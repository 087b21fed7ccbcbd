"""Plan files: what they may say, and how they say what is wrong."""

from pathlib import Path

import pytest

from partywall import api, design, prepare
from partywall.errors import InputError
from partywall.model import Profile
from partywall.plans import Study, is_plan, load_study, shipped_plans

WHOLE = """
title = "A sweep"
source = "a study"
profile = "quick"
seed = 7
budget = "60s"
claims = "mine.toml"

[[grid]]
measure = "fork_wait"
factors = { resident = ["0B", "1 MiB"], vmas = [0, 10] }
runs = 12
trial = "20ms"

[[grid.override]]
where = { resident = "1MiB", vmas = 10 }
trial = "50ms"
warmup = "1ms"
"""


def study(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.toml"
    path.write_text(text)
    return path


def test_a_whole_plan(tmp_path: Path) -> None:
    found = load_study(str(study(tmp_path, WHOLE)))
    assert (found.title, found.source, found.profile, found.seed) == ("A sweep", "a study", "quick", 7)
    assert found.budget_s == 60.0
    assert found.claims == tmp_path / "mine.toml"
    cells = design.plan_session(found.grids, design.PROFILES["quick"], 7).cells[3:]
    assert [(c.factors["resident"], c.factors.get("vmas", "0")) for c in cells] == [
        ("0B", "0"),
        ("0B", "10"),
        ("1MiB", "0"),
        ("1MiB", "10"),
    ]
    assert [c.trial_s for c in cells] == [0.02, 0.02, 0.02, 0.05]
    assert [c.runs for c in cells] == [12] * 4
    assert [c.warmup_s for c in cells] == [None, None, None, 0.001]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title = 3", "title"),
        ("", "grid"),
        ("grid = []", "[[grid]]"),
        ("colour = 1\n[[grid]]\nmeasure = 'fork_wait'", "colour"),
        ("[[grid]]\nfactors = {}", "measure"),
        ("[[grid]]\nmeasure = []", "grid[0].measure"),
        ("[[grid]]\nmeasure = 'fork_wait'\nfactors = { resident = [] }", "grid[0].factors.resident"),
        ("[[grid]]\nmeasure = 'fork_wait'\nfactors = { resident = 1.5 }", "factors"),
        ("[[grid]]\nmeasure = 'fork_wait'\ntrial = '20'", "grid[0].trial"),
        ("[[grid]]\nmeasure = 'fork_wait'\nruns = 0", "grid[0].runs"),
        ("[[grid]]\nmeasure = 'fork_wait'\n[[grid.override]]\nwhere = {}\ntrial = 'x'", "grid[0].override[0].trial"),
        ("budget = 'soon'\n[[grid]]\nmeasure = 'fork_wait'", "budget"),
        ("[[grid", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = study(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_study(str(path))
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[grid]]\nmeasure = 'no_such'", "no_such"),
        ("[[grid]]\nmeasure = 'fork_wait'\nfactors = { message = '1B' }", "message"),
        ("[[grid]]\nmeasure = 'fork_wait'\nfactors = { resident = 'big' }", "resident"),
        ("profile = 'hasty'\n[[grid]]\nmeasure = 'fork_wait'", "hasty"),
        ("seed = -1\n[[grid]]\nmeasure = 'fork_wait'", "seed"),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        api.plan([str(study(tmp_path, text))])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_study(str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match="plan:fork-size"):
        load_study("plan:none")


def test_the_same_plan_and_seed_give_the_same_order(tmp_path: Path) -> None:
    path = str(study(tmp_path, WHOLE.replace('claims = "mine.toml"', "")))
    first, again = api.plan([path]), api.plan([path])
    assert first == again
    assert [design.block(first, run) for run in range(9)] == [design.block(again, run) for run in range(9)]
    assert api.plan([path], seed=8).seed == 8


def test_the_grid_is_one_random_order() -> None:
    planned = api.plan(["plan:fork-size"], seed=3)
    kinds = [planned.cells[i].factors.get("resident", "") for _, i, _ in design.block(planned, 0)]
    assert kinds != sorted(kinds)


def test_a_plan_stands_alone() -> None:
    with pytest.raises(InputError, match="no other names"):
        api.plan(["plan:fork-size", "fork_wait"])
    with pytest.raises(InputError, match="no factors"):
        api.plan(["plan:fork-size"], factors={"resident": ["1MiB"]})


@pytest.mark.parametrize("name", list(shipped_plans()))
def test_every_shipped_plan_can_be_planned(name: str) -> None:
    assert is_plan(name)
    planned = api.plan([name], seed=1)
    assert planned.title
    assert planned.source
    assert planned.cells


def test_a_plan_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def counting(name: str) -> Study:
        reads.append(name)
        return load_study(name)

    monkeypatch.setattr(prepare, "load_study", counting)
    path = tmp_path / "a.toml"
    path.write_text('profile = "quick"\n[[grid]]\nmeasure = "mem.cow_child"\n')
    monkeypatch.setitem(design.PROFILES, "quick", Profile(name="quick", runs=1, trial_s=0.001, warmup_s=0.0))
    session = api.run([str(path)])
    assert len(session.record.wall_trials) > 0
    assert reads == [str(path)]
