"""What a run has collected: trials in order with their rows, a reading's beside its cell's."""

from pathlib import Path

import numpy as np
import pytest

from partywall.collected import CellDone, Collected, WallDone
from partywall.journal import Journal
from partywall.model import Trial, WallTrial
from synthetic import counters

RUNS = (4, 0, 3)


def trial(run: int, count: int) -> Trial:
    return Trial(cell=1, run=run, position=run, seed=1, count=count, cold_ns=5.0, driver=counters())


def columns(run: int, count: int) -> list[np.ndarray]:
    if count == 0:
        return []
    x = np.arange(count) + 10.0 * run
    return [x, np.arange(1, count + 1, dtype=np.uint32), -x, x / 4]


@pytest.mark.parametrize("named", [True, False])
def test_rows_of_readings_follow_those_of_their_cell(tmp_path: Path, named: bool) -> None:
    collected = Collected()
    with Journal.create(tmp_path / "journal" if named else None) as journal:
        for run, count in enumerate(RUNS):
            head = CellDone(trial=trial(run, count))
            collected.add(head, journal.append(head, columns(run, count)).columns)
        assert [(t.cell, t.run, t.first, t.count) for t in collected.trials] == [
            (1, 0, 0, 4),
            (2, 0, 4, 4),
            (3, 0, 8, 4),
            (1, 1, 12, 0),
            (1, 2, 12, 3),
            (2, 2, 15, 3),
            (3, 2, 18, 3),
        ]
        assert [(t.cold_ns, t.driver is None) for t in collected.trials[:3]] == [(5.0, False), (0.0, True), (0.0, True)]
        samples = collected.samples(journal)
        first, _, last = (columns(run, count) for run, count in enumerate(RUNS))
        values = np.concatenate([first[0], *first[2:], last[0], *last[2:]])
        ops = np.concatenate([first[1], np.ones(8), last[1], np.ones(6)])
        assert len(samples) == values.size
        for begin in range(values.size + 1):
            for end in range(begin, values.size + 1):
                found = samples.rows(begin, end - begin)
                np.testing.assert_array_equal(found[0], values[begin:end])
                np.testing.assert_array_equal(found[1], ops[begin:end])
                assert found[1].dtype == np.uint32


def test_what_is_done_is_not_done_again() -> None:
    collected = Collected()
    collected.add(CellDone(trial=trial(2, 0)), ())
    collected.add(WallDone(trial=WallTrial(wall="crash.bus", host="thread", run=1, facts={}), index=4), ())
    assert collected.done == {("cell", 1, 2, 0), ("wall", 4, 1, 0)}
    assert [wall.wall for wall in collected.walls] == ["crash.bus"]
