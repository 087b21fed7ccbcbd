"""Several sessions: the level between them."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from partywall.errors import InputError
from partywall.model import AcrossSessions, State, Trial
from partywall.report.sessions import render_sessions, render_sessions_json
from partywall.session import Session
from partywall.sessions import across_sessions
from synthetic import planned, session

FORK = planned("fork_wait", peer="process")
HOST = {"machine": "x86_64", "kernel": "Linux 6", "cpu": "a CPU", "cpus_allowed": [0, 1]}


def made(level: float, seed: int, host: dict[str, Any] | None = None, error: str = "") -> Session:
    """A session in which forks take about ``level`` us."""

    def fail(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, error=error) if error and trial.cell == 1 else trial

    cells = [(planned("empty"), lambda run: 20.0), (FORK, lambda run: 20.0 + level * (1000 + run))]
    record = session(cells, change=fail)
    return Session(replace(record, host=HOST | (host or {}), plan=msgspec.structs.replace(record.plan, seed=seed)), ())


def fork(sessions: list[Session]) -> Any:
    return next(cell for cell in across_sessions(sessions) if cell.primitive == "fork_wait")


def test_from_six_sessions_on_there_is_an_interval() -> None:
    levels = (61, 64, 60, 66, 62, 63)
    found = fork([made(level, seed) for seed, level in enumerate(levels)])
    assert (found.sessions, found.interval, found.typical.confidence) == (6, True, 0.95)
    assert found.typical.value == pytest.approx(62.5e-6, rel=0.01)
    assert found.typical.low == pytest.approx(60e-6, rel=0.01)
    assert found.typical.high == pytest.approx(66e-6, rel=0.01)
    # Half of what nine runs of one session gave: far less than sessions lie apart.
    assert found.within < 0.5e-6


def test_below_it_is_a_range_and_says_so() -> None:
    sessions = [made(level, seed) for seed, level in enumerate((61, 64, 60))]
    found = fork(sessions)
    assert (found.interval, found.typical.confidence) == (False, 0.75)
    assert found.typical.value == pytest.approx(61e-6, rel=0.01)
    assert found.typical.low == pytest.approx(60e-6, rel=0.01)
    assert found.typical.high == pytest.approx(64e-6, rel=0.01)
    text = render_sessions(across_sessions(sessions))
    assert "typical over 3 sessions [range of 3: too few for an interval, six are needed]" in text
    assert "fork_wait,process  61.2 us [60.2 us, 64.3 us]" in text
    assert "95 %" not in text


def test_json_is_what_was_found() -> None:
    cells = across_sessions([made(61, 1), made(62, 2)])
    assert msgspec.json.decode(render_sessions_json(cells), type=tuple[AcrossSessions, ...]) == cells


def test_a_cell_without_figures_in_one_session_has_none_over_all() -> None:
    sessions = [made(61, 1), made(62, 2, error="no memory")]
    found = fork(sessions)
    assert (found.sessions, found.typical, found.states) == (1, None, (State.OK, State.INVALID))
    text = render_sessions(across_sessions(sessions))
    assert "fork_wait,process: ok, invalid" in text


def test_sessions_that_cannot_be_set_beside_each_other() -> None:
    with pytest.raises(InputError, match="1 session cannot"):
        across_sessions([made(61, 1)])
    with pytest.raises(InputError, match="not of one machine: cpu is 'a CPU' and 'another'"):
        across_sessions([made(61, 1), made(61, 2, {"cpu": "another"})])
    with pytest.raises(InputError, match="given twice"):
        across_sessions([made(61, 1), made(62, 2), made(61, 1)])


def test_what_a_session_says_does_not_steer_the_terminal() -> None:
    cells = across_sessions([made(61, 1), made(62, 2)])
    hostile = tuple(msgspec.structs.replace(cell, cell="\x1b[31mred\n") for cell in cells)
    assert "\x1b" not in render_sessions(hostile)
