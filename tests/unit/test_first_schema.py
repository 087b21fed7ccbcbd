"""A session file that an earlier version wrote: it is loaded, summarised and shown as that version did."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from partywall import store
from partywall.model import Outcome, State, VerdictKind
from partywall.session import Session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"

# Seconds per op, as that version printed them with --json.
TYPICAL = {
    "empty[image=pristine]": 2.0029722727937225e-08,
    "null_syscall[image=pristine]": 1.6403652234086518e-07,
    "fork_wait[image=pristine,peer=process,placement=same-cpu,resident=0B]": 6.699942252495003e-05,
    "yield_switch[image=pristine,peer=process,placement=same-cpu]": 2.7841314591832742e-06,
    "yield_switch[image=pristine,peer=thread,placement=same-cpu]": 2.618886246677792e-06,
}


def test_it_is_of_the_first_schema() -> None:
    schema = pq.read_schema(OLD)
    assert schema.names == ["cell", "run", "position", "ns", "ops"]
    head = json.loads(schema.metadata[b"partywall"])
    assert head["schema"] == "partywall/1"
    assert not {"reading", "unit", "of"} & head["plan"]["cells"][0].keys()


def test_its_figures_are_what_they_were() -> None:
    session = Session(store.read(OLD))
    assert {cell.id: cell.state for cell in session.cells} == dict.fromkeys(TYPICAL, State.OK)
    for cell in session.cells:
        assert cell.estimates
        assert cell.estimates.typical.value == pytest.approx(TYPICAL[cell.id], rel=1e-12)
        assert (cell.reading, cell.estimates.typical.unit) == ("", "s")
    assert [(wall.id, wall.host, wall.outcome) for wall in session.walls] == [
        ("crash.bus", "process", Outcome.HOLDS),
        ("crash.bus", "thread", Outcome.BROKEN),
    ]
    kinds = {verdict.verdict for verdict in session.verdicts}
    assert {VerdictKind.BELOW, VerdictKind.HOLDS} <= kinds


def test_it_is_written_as_the_present_schema(tmp_path: Path) -> None:
    old = store.read(OLD)
    store.write(old, tmp_path / "new.parquet")
    new = store.read(tmp_path / "new.parquet")
    np.testing.assert_array_equal(new.samples.rows(0, len(new.samples)), old.samples.rows(0, len(old.samples)))
    assert Session(new, ()).result == Session(old, ()).result
    assert pq.read_schema(tmp_path / "new.parquet").names == ["cell", "run", "position", "value", "ops"]


def test_it_is_shown(partywall: Callable[..., Any]) -> None:
    run = partywall("show", str(OLD))
    assert (run.returncode, run.stderr) == (0, "")
    for said in ("67.0 us [66.6 us, 67.5 us]", "2.78 us [2.76 us, 2.79 us]", "crash.bus", "seed 7"):
        assert said in run.stdout
