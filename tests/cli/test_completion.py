"""What the shell is offered where a name is typed."""

import pytest
from click.shell_completion import ShellComplete

from partywall.api import plan
from partywall.catalog import PRIMITIVES, SCENARIOS, WALLS
from partywall.cli import group
from partywall.explaining import explain
from partywall.model import Family
from partywall.plans import shipped_plans


def offered(arguments: list[str], incomplete: str) -> list[str]:
    complete = ShellComplete(group, {}, "partywall", "_PARTYWALL_COMPLETE")
    return [item.value for item in complete.get_completions(arguments, incomplete) if item.type == "plain"]


def test_run_offers_all_that_it_takes() -> None:
    names = offered(["run"], "")
    assert len(names) == len(set(names))
    expected = {*Family, *PRIMITIVES, *(f"scenario:{name}" for name in SCENARIOS), *shipped_plans()}
    expected |= {wall.name for wall in WALLS.values() if not wall.scenario}
    expected |= {name.partition(".")[0] for name, _ in WALLS if not name.startswith("scenario:")}
    assert set(names) == {*expected, "walls"}


@pytest.mark.parametrize(
    ("incomplete", "name"),
    [
        ("fork_w", "fork_wait"),
        ("mem.cow", "mem.cow_child"),
        ("cre", "create"),
        ("wal", "walls"),
        ("cra", "crash"),
        ("scenario:", f"scenario:{next(iter(SCENARIOS))}"),
        ("plan:", "plan:fork-size"),
    ],
)
def test_what_is_offered_begins_so_and_is_taken(incomplete: str, name: str) -> None:
    names = offered(["run", "--profile", "quick"], incomplete)
    assert name in names
    assert all(one.startswith(incomplete) for one in names)
    found = plan([name])
    assert found.cells or found.walls


def test_a_name_is_offered_once_and_files_where_no_name_fits() -> None:
    assert "fork_wait" not in offered(["run", "fork_wait"], "fork_")
    complete = ShellComplete(group, {}, "partywall", "_PARTYWALL_COMPLETE")
    assert [(item.type, item.value) for item in complete.get_completions(["run"], "./my")] == [("file", "./my")]


@pytest.mark.parametrize("incomplete", ["fork_w", "mem.cow", "plan:fork", "scenario:", "NOI", "create"])
def test_what_explain_offers_has_a_meaning(incomplete: str) -> None:
    names = offered(["explain"], incomplete)
    assert names
    for name in names:
        assert explain(name)
