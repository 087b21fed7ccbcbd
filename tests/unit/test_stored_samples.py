"""Samples in a session file: the same however the file is divided, never all in memory, never wrong in silence."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from partywall import store
from partywall.errors import SessionError
from partywall.model import Trial
from partywall.record import Record, Rows, Samples
from partywall.session import Session

Change = Callable[[pa.Table], pa.Table]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.parquet"


def rewritten(record: Record, path: Path, change: Change = lambda table: table, **options: Any) -> Samples:
    """The samples of the session after another tool wrote it anew."""
    pq.write_table(change(store.to_arrow(record)), path, **options)
    return store.read(path).samples


def column(name: str, array: Any) -> Change:
    """Replace one column."""
    return lambda table: table.set_column(table.column_names.index(name), name, pa.array(array))


def with_value(name: str, row: int, value: Any, dtype: Any = np.float64) -> Change:
    """Replace one number of one column."""

    def change(table: pa.Table) -> pa.Table:
        numbers = table.column(name).to_numpy().astype(dtype)
        numbers[row] = value
        return column(name, numbers)(table)

    return change


@pytest.mark.parametrize("size", [1, 2, 5, 7, 11, 12, 100])
def test_row_groups_of_any_size_in_any_order(record: Record, path: Path, size: int) -> None:
    found = rewritten(record, path, row_group_size=size)
    expected = record.samples
    spans = [(first, count) for first in range(13) for count in range(13 - first)]
    for spread in (spans, spans[::-1], spans[::5]):
        for span in spread:
            for one, other in zip(found.rows(*span), expected.rows(*span), strict=True):
                assert one.dtype == other.dtype
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("span", [(-1, 2), (0, 13), (12, 1), (3, -1)])
def test_rows_that_are_not_there(record: Record, path: Path, span: tuple[int, int]) -> None:
    store.write(record, path)
    for samples in (record.samples, store.read(path).samples):
        with pytest.raises(IndexError):
            samples.rows(*span)


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint8(), pa.int16()])
def test_other_types_of_whole_numbers(record: Record, path: Path, kind: Any) -> None:
    found = rewritten(record, path, column("ops", pa.array([4] * 12, kind)))
    assert found.rows(0, 12)[1].dtype == np.uint32
    np.testing.assert_array_equal(found.rows(0, 12)[1], [4] * 12)


@pytest.mark.parametrize("kind", [pa.float32(), pa.int64()])
def test_other_types_of_values(record: Record, path: Path, kind: Any) -> None:
    found = rewritten(record, path, column("value", pa.array(range(12), kind)))
    assert found.rows(0, 12)[0].dtype == np.float64
    np.testing.assert_array_equal(found.rows(0, 12)[0], range(12))


def refusal(call: Callable[[], Any], path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_value("value", 7, np.nan), "value is nan in row 7"),
        (with_value("value", 7, np.inf), "value is inf in row 7"),
        (with_value("value", 11, -0.5), "value is -0.5 in row 11"),
        (with_value("ops", 0, 0, np.uint32), "ops is 0 in row 0"),
        (with_value("ops", 0, -1, np.int32), "column ops"),
        (with_value("ops", 0, 2**32, np.int64), "column ops"),
        (with_value("cell", 3, 0, np.int32), "cell is 0 in row 3, a sample of cell 1 in run 0"),
        (with_value("run", 6, 7, np.int32), "run is 7 in row 6, a sample of cell 0 in run 1"),
        (column("value", [None, *range(11)]), "column value lacks a number"),
        (column("ops", [*range(1, 12), None]), "column ops lacks a number"),
        (lambda table: table.take(list(range(11, -1, -1))), "cell is 1 in row 0"),
    ],
)
@pytest.mark.parametrize("size", [4, 12])
def test_a_number_that_cannot_be(record: Record, path: Path, change: Change, says: str, size: int) -> None:
    samples = rewritten(record, path, change, row_group_size=size)
    for _ in range(2):  # asking again does not make it right
        assert says in refusal(lambda: samples.rows(0, 12), path)
    session = Session(store.read(path), ())
    assert says in refusal(lambda: session.cells, path)


def test_show_says_it_in_one_line(record: Record, path: Path, partywall: Callable[..., Any]) -> None:
    rewritten(record, path, with_value("value", 7, np.nan))
    run = partywall("show", str(path))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"partywall: {path}: value is nan in row 7, a sample of cell 0 in run 1\n"


def of_reading(record: Record) -> Record:
    cells = [*record.plan.cells]
    cells[1] = msgspec.structs.replace(cells[1], reading="bytes", unit="B", of=0)
    return replace(record, plan=msgspec.structs.replace(record.plan, cells=tuple(cells)))


def test_what_was_read_may_be_negative_but_is_a_number(record: Record, path: Path) -> None:
    record = of_reading(record)
    assert rewritten(record, path, with_value("value", 4, -8.0)).rows(3, 3)[0][1] == -8.0
    for value in (np.nan, np.inf, -np.inf):
        samples = rewritten(record, path, with_value("value", 4, value))
        assert f"value is {value} in row 4" in refusal(lambda samples=samples: samples.rows(3, 3), path)
    samples = rewritten(record, path, with_value("value", 1, -8.0))
    assert "value is -8.0 in row 1" in refusal(lambda: samples.rows(0, 3), path)


def test_rows_of_no_trial_are_nothing_to_check(record: Record, path: Path) -> None:
    trials = tuple(msgspec.structs.replace(trial, first=trial.first + 2 * i) for i, trial in enumerate(record.trials))
    rows = [trial.first + i for trial in trials for i in range(3)]
    table = store.to_arrow(record).take([max(0, sum(row <= at for row in rows) - 1) for at in range(20)])
    values = table.column("value").to_numpy().copy()
    values[[3, 4, 18, 19]] = np.nan, -1, np.inf, np.nan
    head = msgspec.json.decode(table.schema.metadata[b"partywall"], type=store.Head)
    metadata = {b"partywall": msgspec.json.encode(msgspec.structs.replace(head, trials=trials))}
    pq.write_table(column("value", values)(table).replace_schema_metadata(metadata), path, row_group_size=6)
    found = store.read(path)
    for trial, original in zip(found.trials, record.trials, strict=True):
        rows_found = found.samples.rows(trial.first, trial.count)
        np.testing.assert_array_equal(rows_found[0], record.samples.rows(original.first, 3)[0])


def test_a_flipped_bit_is_an_error_or_changes_nothing(record: Record, path: Path) -> None:
    store.write(record, path)
    whole = path.read_bytes()
    expected = np.array(record.samples.rows(0, 12))
    begin_of_footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    refused = 0
    for place in range(4, begin_of_footer):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        samples = store.read(path).samples
        try:
            found = np.array(samples.rows(0, 12))
        except SessionError as error:
            assert str(path) in str(error)
            refused += 1
        else:
            np.testing.assert_array_equal(found, expected)
    assert refused > 100


class _Endless(Samples):
    """Rows that are made when asked for; each time it looks at what Arrow holds by then."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.held = 0

    def __len__(self) -> int:
        return self._count

    def _piece(self, first: int, count: int) -> Rows:
        self.held = max(self.held, pa.total_allocated_bytes())
        rows = np.arange(first, first + count)
        return rows / 7, (rows % 100 + 1).astype(np.uint32)


@pytest.mark.parametrize("row_group_size", [None, 10**7])
def test_a_large_session_is_never_all_in_memory(record: Record, path: Path, row_group_size: int | None) -> None:
    per_trial, trials = 100_000, 40
    samples = _Endless(per_trial * trials)
    cells = tuple(msgspec.structs.replace(record.plan.cells[1], id=f"cell {i}") for i in range(trials))
    endless = replace(
        record,
        plan=msgspec.structs.replace(record.plan, cells=cells),
        trials=tuple(
            Trial(cell=i, run=0, position=i, seed=1, first=i * per_trial, count=per_trial) for i in range(trials)
        ),
        samples=samples,
    )
    bytes_of_all = 12 * len(samples)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        store.write(endless, path)
        assert tracemalloc.get_traced_memory()[1] + samples.held - before < bytes_of_all
        if row_group_size:
            pq.write_table(pq.read_table(path), path, row_group_size=row_group_size)
            assert pq.read_metadata(path).num_row_groups == 1
        tracemalloc.reset_peak()
        held = 0
        found = store.read(path)
        for trial in found.trials:
            values, ops = found.samples.rows(trial.first, trial.count)
            assert values[-1] == (trial.first + trial.count - 1) / 7
            assert ops[0] == trial.first % 100 + 1
            held = max(held, pa.total_allocated_bytes())
        assert tracemalloc.get_traced_memory()[1] + held - before < bytes_of_all / 4
    finally:
        tracemalloc.stop()
