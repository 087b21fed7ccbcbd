"""What a terminal shows: a line for each claim first, sketches on one scale, long lists of walls counted, progress."""

from collections.abc import Iterator

import msgspec
import pytest

from partywall.cli import output
from partywall.distributions import Distribution, find_distributions
from partywall.model import Control, Outcome, VerdictKind, WallResult
from partywall.report.foot import foot_lines
from partywall.report.layout import console_for, written
from partywall.report.sketch import WIDTH, sketch
from partywall.report.text_cells import print_cells
from partywall.report.text_summary import print_summary
from partywall.report.text_walls import print_walls
from partywall.session import Session
from synthetic import planned, session
from test_inside import verdict


def drawn(ns: list[float], ascii_only: bool = False) -> str:
    (found,) = find_distributions(session([(planned("fork_wait"), lambda run: ns)])).values()
    return sketch(found, ascii_only)


def test_a_sketch_is_around_the_median_and_what_lies_beyond_is_at_its_ends() -> None:
    assert drawn([1000.0] * 99) == "    █    "
    assert drawn([1000.0] * 60 + [9000.0] * 40) == "    █   ▆"
    assert drawn([1000.0] * 60 + [10.0] * 40, ascii_only=True) == "*   @    "
    assert len(drawn([900.0, 1000.0, 1100.0] * 30)) == WIDTH


def test_nothing_is_drawn_of_nothing() -> None:
    nothing = Distribution(cell="c", unit="s", per_op=True, first=0, counts=(), below=0, run_medians={})
    assert sketch(nothing) == ""
    assert sketch(msgspec.structs.replace(nothing, below=9)) == ""


@pytest.mark.parametrize("width", [80, 120])
def test_every_claim_is_one_line_with_the_leading_quantity(width: int) -> None:
    record = session([(planned("fork_wait"), lambda run: [50_000.0 + run])])
    one = verdict(record, 1e-3, 1e-2, primitive="fork_wait")
    long = msgspec.structs.replace(one, says="A claim of many words " * 9)
    other = msgspec.structs.replace(long, verdict=VerdictKind.WITHIN)
    holds = msgspec.structs.replace(one, claim="h", verdict=VerdictKind.HOLDS_WITH_EXCEPTIONS, value=None)
    console = console_for(colour=False, width=width)
    print_summary(console, (long, other, holds))
    lines = written(console).splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) <= width
    assert lines[2].startswith("BELOW")
    assert "1.00-10.0 ms" in lines[2]
    assert lines[2].endswith("50.0-50.0 us  1/2") or lines[2].endswith("1/2")
    assert lines[3].startswith("HOLDS, EXCEPT")


def walls(count: int) -> tuple[WallResult, ...]:
    sound = [
        WallResult(id=f"w.{i}", host="process", outcome=Outcome.HOLDS, control=Control.DETECTED, evidence={})
        for i in range(count)
    ]
    broken = msgspec.structs.replace(sound[0], id="w.torn", outcome=Outcome.BROKEN)
    return (*sound, broken)


@pytest.mark.parametrize(("count", "full", "lines"), [(200, False, 4), (200, True, 203), (5, False, 8)])
def test_of_a_long_list_of_walls_only_what_is_not_as_it_should_be_is_told(count: int, full: bool, lines: int) -> None:
    console = console_for(colour=False, width=80)
    print_walls(console, walls(count), full)
    said = written(console)
    assert "w.torn" in said
    assert ("200 as they should be: 200 holds" in said) == (lines == 4)
    assert len(said.rstrip("\n").splitlines()) == lines


@pytest.mark.parametrize(
    ("reason", "said"),
    [("open failed: Operation not permitted (EPERM)", True), ("CAP_SYS_ADMIN is missing", True), ("no CPU", False)],
)
def test_who_is_not_root_learns_what_was_left_out(reason: str, said: bool) -> None:
    result = Session(session([(planned("fork_wait"), lambda run: [5e4])]), ()).result
    wall = msgspec.structs.replace(walls(1)[0], outcome=Outcome.UNSUPPORTED, reason=reason)
    notes = [line for line, _ in foot_lines(msgspec.structs.replace(result, walls=(wall,))) if "root" in line]
    assert notes == (["note     not root: 1 wall left out for lack of rights"] if said else [])


def test_a_log_has_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def seconds() -> Iterator[float]:
        yield 0.0
        for done in range(1, 101):
            yield 4.0 * done

    clock = seconds()
    monkeypatch.setattr(output.time, "monotonic", lambda: next(clock))
    line = output.ProgressLine()
    for done in range(1, 101):
        line("fork_wait", done, 100)
    told = capsys.readouterr().err.splitlines()
    assert [text.split()[0] for text in told] == [f"{done}/100" for done in range(10, 101, 10)]
    assert told[0] == "10/100  360 s left  fork_wait"


@pytest.mark.parametrize(("width", "drawn"), [(60, False), (120, True)])
def test_an_interval_is_not_broken_for_a_sketch(width: int, drawn: bool) -> None:
    made = Session(session([(planned("fork_wait", peer="process"), lambda run: [5e4] * 9)]), ())
    console = console_for(colour=False, width=width)
    print_cells(console, made.cells, False, {name: sketch(one) for name, one in made.distributions.items()})
    said = written(console)
    assert "50.0 us [50.0 us, 50.0 us]" in said
    assert ("\N{FULL BLOCK}" in said) == drawn
    assert "p99" not in said, "nine samples carry none, so it has no column"
