"""Walls in the text report: a matrix where there are many hosts, and all facts of one wall on demand."""

import msgspec
import pytest

from partywall.catalog.walls_crash import OWN_MEMORY, SHARED_MEMORY
from partywall.errors import InputError
from partywall.model import Control, Estimate, Outcome, Result, WallResult
from partywall.record import Record
from partywall.report import render_evidence, render_text
from partywall.session import Session

HOSTS = (*OWN_MEMORY, *SHARED_MEMORY, "thread")
LEFT_OUT = "it takes seconds"


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value * 0.8, high=value * 1.2, unit="s", confidence=0.95)


def crash(cause: str, host: str) -> WallResult:
    evidence: dict[str, object] = {"waitpid": estimate(3e-5), "signal": 11}
    outcome, reason, exception = Outcome.HOLDS, "", ""
    if host in SHARED_MEMORY:
        outcome, reason, exception = Outcome.OPEN, "host_changed is 1, not 0", "what it wrote stays"
        evidence["host_changed"] = 1
    if host == "thread":
        outcome, reason = Outcome.BROKEN, "host_died is 1, not 0"
        evidence["host_died"] = 1
    if cause == "slow" and host == "exec":
        outcome, reason = Outcome.UNSUPPORTED, LEFT_OUT
    if cause == "slow" and host == "cgroup":
        outcome, reason = Outcome.INVALID, "control_died is 0, not 1"
    return WallResult(
        id=f"crash.{cause}",
        host=host,
        outcome=outcome,
        control=Control.DETECTED,
        evidence=evidence,
        reason=reason,
        exception=exception,
    )


@pytest.fixture
def result(record: Record) -> Result:
    walls = [crash(cause, host) for cause in ("segv_noncanonical", "slow") for host in HOSTS]
    memory = WallResult(
        id="mem.cow_child",
        host="process",
        outcome=Outcome.HOLDS,
        control=Control.DETECTED,
        evidence={"leaked_bytes": 0},
    )
    return msgspec.structs.replace(Session(record, ()).result, walls=(*walls, memory), verdicts=())


def row(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    return line.split()[1:]


def test_a_row_for_each_cause_and_a_column_for_each_host(result: Result) -> None:
    text = render_text(result, width=110)
    header = next(line.split() for line in text.splitlines() if line.startswith("crash "))
    assert header == ["crash", *HOSTS, "detected"]
    own, shared = ["holds"] * len(OWN_MEMORY), ["changed"] * len(SHARED_MEMORY)
    assert row(text, "segv_noncanonical") == [*own, *shared, "dies", "30.0", "us"]
    slow = row(text, "slow")
    assert (slow[HOSTS.index("exec")], slow[HOSTS.index("cgroup")]) == ("n.s.", "invalid")
    assert text.count("what it wrote stays") == len(["the legend", "the exception, once for all"])
    assert LEFT_OUT in text
    assert "mem.cow_child  process  holds" in text
    assert "crash.slow" not in row(text, "mem.cow_child")


@pytest.mark.parametrize("width", [60, 80, 95, 110, 200])
def test_it_fits(result: Result, width: int) -> None:
    text = render_text(result, width=width)
    assert max(map(len, text.splitlines())) <= width
    marks = text[text.index("Walls: crash") :]
    assert ("dies:" in marks) or ("x: the process that it was in died with it" in marks)


def test_no_wall_is_left_out_of_the_narrow_one(result: Result) -> None:
    assert row(render_text(result, width=80), "slow") == ["+", ".", "+", "+", "+", "?", "~", "~", "x"]


def test_all_facts_of_one_wall(result: Result) -> None:
    text = render_evidence(result, "crash.slow", "thread", width=80)
    assert text.startswith("crash.slow (thread): broken, control detected\n  host_died is 1, not 0\n")
    for said in ("signal     11", "host_died  1", "30.0 us [24.0 us, 36.0 us]"):
        assert said in text
    assert "crash.slow (vfork)" not in text
    assert render_evidence(result, "crash.*", width=80).count("control detected") == 2 * len(HOSTS)


def test_facts_of_no_wall(result: Result) -> None:
    with pytest.raises(InputError, match=r"no wall 'mem.x' in this session; there are crash.segv_noncanonical"):
        render_evidence(result, "mem.x")
    with pytest.raises(InputError, match=r"no wall 'crash.slow' with host 'root'"):
        render_evidence(result, "crash.slow", "root")
