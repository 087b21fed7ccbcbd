"""Cells against copies of themselves."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall.cells import summarise_cells
from partywall.model import Trial
from partywall.record import Record
from partywall.report.design_lines import sameness_lines
from partywall.sameness import compare_copies
from partywall.session import Session
from synthetic import planned, session

NULL = planned("null_syscall", image="pristine")
COPY = msgspec.structs.replace(NULL, id=f"{NULL.id}@aa", role="aa")
PLAIN = planned("pipe_pingpong", peer="process")


def record(copied: Callable[[int], float], runs: int = 9, **more: Any) -> Record:
    cells = [
        (planned("empty"), lambda run: 20.0),
        (NULL, lambda run: 1000.0 + run % 4),
        (PLAIN, lambda run: 5000.0),
        (COPY, copied),
    ]
    return session(cells, runs=runs, **more)


def found(given: Record) -> Any:
    (one,) = compare_copies(given, summarise_cells(given))
    return one


def test_a_copy_that_is_the_same_raises_no_alarm() -> None:
    one = found(record(lambda run: 1000.0 + (run + 2) % 4))
    assert (one.cell, one.alarm, one.reason) == (NULL.id, False, "")
    assert one.ratio.low <= 1 <= one.ratio.high
    assert one.ratio.value == pytest.approx(1.0, abs=0.005)


def test_a_copy_that_differs_raises_one() -> None:
    one = found(record(lambda run: 1.02 * (1000.0 + run % 4 - 20) + 20))
    assert one.alarm
    assert one.ratio.value == pytest.approx(1.02)
    (line,) = sameness_lines((one,))
    assert line.startswith(f"A/A: {NULL.id} against itself +2.0 % [+2.0, +2.0]: ")


def test_alarms_come_as_often_as_they_should() -> None:
    random = np.random.default_rng(5)

    def alarm() -> bool:
        noise = random.lognormal(0, 0.05, (2, 9))
        cells = [(cell, lambda run, i=i: 1000 * noise[i, run]) for i, cell in enumerate((NULL, COPY))]
        return bool(found(session([(planned("empty"), lambda run: 0.0), *cells])).alarm)

    alarms = sum(alarm() for _ in range(400))
    # With 3.9 % each, more than 32 of 400 are as rare as one in 10 000, and so is none.
    assert 1 <= alarms <= 32


def test_copies_that_cannot_be_compared_say_why() -> None:
    def fail(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, error="no memory") if trial.cell == 3 else trial

    one = found(record(lambda run: 1000.0, change=fail))
    assert (one.ratio, one.alarm, one.reason) == (None, False, "no memory")
    assert list(sameness_lines((one,))) == [f"A/A: {NULL.id}: no memory"]


def test_copies_are_neither_shown_nor_judged_as_cells() -> None:
    whole = Session(record(lambda run: 1000.0), ())
    assert [cell.id for cell in whole.cells] == ["empty", NULL.id, PLAIN.id]
    assert whole.result.cells == whole.cells
    assert [one.cell for one in whole.result.sameness] == [NULL.id]


def test_a_session_without_copies_compares_none() -> None:
    plain = session([(planned("empty"), lambda run: 20.0), (PLAIN, lambda run: 5000.0)])
    assert Session(plain, ()).sameness == ()
