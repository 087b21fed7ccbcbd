"""What a crash leaves behind on this machine, and whom exhaustion reaches."""

import os
from pathlib import Path

import pytest

import partywall
from partywall.catalog import WALLS
from partywall.model import Control, Outcome, WallResult

CLEARED = ("leak.locks", "leak.sem_undo", "leak.pidfd")
LEFT = [name for name, _ in WALLS if name.startswith("leak.") and name not in CLEARED]
EXHAUSTED = [key for key in WALLS if key[0].startswith("exhaust.")]


def proved(wall: str, host: str = "process", runs: int = 2) -> WallResult:
    result = partywall.prove(wall, host=host, runs=runs, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        pytest.skip(result.reason)
    return result


@pytest.mark.parametrize("wall", CLEARED)
def test_what_the_kernel_clears_away(wall: str) -> None:
    result = proved(wall)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")


@pytest.mark.parametrize("wall", LEFT)
def test_what_stays_is_a_door_with_its_rule(wall: str) -> None:
    result = proved(wall)
    assert (result.outcome, result.control) == (Outcome.OPEN, Control.DETECTED)
    assert result.exception == WALLS[wall, "process"].door


@pytest.mark.parametrize(("wall", "host"), EXHAUSTED)
def test_exhaustion_in_one_process_denies_the_others_nothing(wall: str, host: str) -> None:
    result = proved(wall, host)
    assert (result.outcome, result.control, result.reason) == (Outcome.HOLDS, Control.DETECTED, "")


def objects() -> set[str]:
    """What a probe might have left, by name."""
    places = [Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp"))]
    found = {str(path) for place in places if place.is_dir() for path in place.glob("partywall-*")}
    return found | set(Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:])


@pytest.mark.parametrize("wall", ["leak.file", "leak.shm_posix", "leak.shm_sysv"])
def test_the_probe_itself_leaves_nothing(wall: str) -> None:
    before = objects()
    result = proved(wall)
    assert result.evidence["removed"] == 1
    assert not {name for name in objects() - before if "partywall" in name}


def documented() -> set[str]:
    text = (Path(__file__).parents[2] / "docs" / "containment.md").read_text(encoding="utf-8")
    return {name for name, _ in WALLS if f"`{name}`" in text}


def test_all_of_them_are_documented() -> None:
    assert documented() >= {name for name, _ in WALLS if name.startswith(("leak.", "exhaust."))}
