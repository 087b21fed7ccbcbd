"""``partywall explain``: whatever a report may say has a meaning."""

import importlib
import json
import pkgutil
import re
import subprocess
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest

import partywall as package
from partywall import design, interference, one_way
from partywall.catalog import PRIMITIVES, WALLS
from partywall.errors import InputError
from partywall.explaining import explain, names_by_kind
from partywall.glossary import MEANINGS, TITLES
from partywall.model import ESTIMATES

Call = Callable[..., subprocess.CompletedProcess[str]]


def enums() -> list[type[StrEnum]]:
    for module in pkgutil.walk_packages(package.__path__, "partywall."):
        if not re.search(r"__main__|_core|interpreter|pytest_plugin|cli", module.name):
            importlib.import_module(module.name)
    return [one for one in StrEnum.__subclasses__() if one.__module__.startswith("partywall.")]


def test_every_value_of_every_enum_is_explained() -> None:
    found = enums()
    assert len(found) > 12
    words = [set(meanings) for meanings in MEANINGS.values()]
    assert [one for one in found if {member.value for member in one} not in words] == []


def test_every_flag_factor_profile_and_estimate_is_explained() -> None:
    source = Path(interference.__file__).read_text(encoding="utf-8")
    flags = {*re.findall(r'yield "([a-z-]+)"', source), one_way.FLAG, "no-empty-arm"}
    assert set(MEANINGS["flag"]) == flags
    assert set(MEANINGS["factor"]) == {factor.name for p in PRIMITIVES.values() for factor in p.factors}
    assert set(MEANINGS["profile"]) == set(design.PROFILES)
    assert set(MEANINGS["estimate"]) >= set(ESTIMATES)
    assert set(TITLES) == set(MEANINGS)


def test_every_name_has_a_meaning() -> None:
    for kind, names in names_by_kind().items():
        for name in names:
            entries = [entry for entry in explain(name) if entry.kind == kind]
            assert entries, name
            assert all(entry.text for entry in entries), name
    assert len(explain("crash.segv_unmapped")) == sum(name == "crash.segv_unmapped" for name, _ in WALLS)


def test_what_is_near_is_offered() -> None:
    with pytest.raises(InputError, match=r"is it .*fork_wait"):
        explain("fork_wiat")
    assert {entry.name for entry in explain("within")} == {"WITHIN"}


def test_the_command(partywall: Call) -> None:
    run = partywall("explain", "fork_wait")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("fork_wait, primitive\n")
    assert json.loads(partywall("explain", "NOISY", "--json").stdout)[0]["kind"] == "verdict"
    assert "fork_wait" in partywall("explain").stdout
    wrong = partywall("explain", "fork_wiat")
    assert (wrong.returncode, wrong.stdout, len(wrong.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(partywall: Call, shell: str) -> None:
    run = partywall("completion", shell)
    assert (run.returncode, run.stderr) == (0, "")
    assert "_PARTYWALL_COMPLETE" in run.stdout
