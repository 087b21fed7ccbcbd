"""Tables of a session in Arrow, pandas and polars."""

import sys
from pathlib import Path

import pytest

from partywall import store
from partywall.errors import InputError
from partywall.record import Record
from partywall.session import Session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"


def test_a_row_for_each_cell_and_estimate() -> None:
    session = Session(store.read(OLD))
    frame = session.to_pandas("cells")
    typical = frame[frame.estimate == "typical"].set_index("cell")
    for cell in session.cells:
        assert cell.estimates
        row = typical.loc[cell.id]
        estimate = cell.estimates.typical
        assert (row.value, row.low, row.high, row.unit) == (estimate.value, estimate.low, estimate.high, "s")
        assert (row.runs, row.state) == (cell.runs, cell.state.value)
    assert session.to_polars("cells").shape == frame.shape
    assert session.to_arrow("cells").num_rows == len(frame)


def test_a_row_for_each_sample() -> None:
    session = Session(store.read(OLD))
    count = len(session.record.samples)
    assert len(session.to_pandas()) == session.to_polars().height == session.to_arrow().num_rows == count
    assert list(session.to_pandas().columns) == ["cell", "run", "position", "value", "ops"]


def test_a_cell_without_estimates_is_a_row_without_values(record: Record) -> None:
    frame = Session(record, ()).to_polars("cells")
    assert frame["state"].to_list() == ["invalid", "invalid"]
    assert frame["value"].to_list() == [None, None]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_what_is_not_installed_is_told_with_the_command(
    record: Record, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=rf"{name} is not installed; pip install 'partywall\[frames\]'"):
        getattr(Session(record, ()), f"to_{name}")()


def test_a_table_that_is_none(record: Record) -> None:
    with pytest.raises(InputError, match="'samples' and 'cells'"):
        Session(record, ()).to_arrow("walls")  # type: ignore[arg-type]
