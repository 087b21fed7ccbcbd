"""The session file: what is read is what was written, and anything else is one line that names the file."""

import errno
import json
import os
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
from partywall.errors import PartywallError, SessionError
from partywall.record import Record, Samples

FIELDS = ("plan", "host", "clock", "tool", "trials", "wall_trials")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.parquet"


def same_samples(found: Samples, expected: Samples) -> None:
    assert len(found) == len(expected)
    for column, other in zip(found.rows(0, len(found)), expected.rows(0, len(expected)), strict=True):
        assert column.dtype == other.dtype
        np.testing.assert_array_equal(column, other)


def refusal(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        store.read(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message.splitlines()) == 1
    return message


def test_what_is_read_is_what_was_written(record: Record, path: Path) -> None:
    store.write(record, path)
    found = store.read(path)
    for name in FIELDS:
        assert getattr(found, name) == getattr(record, name), name
    same_samples(found.samples, record.samples)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_session_without_samples_is_read_back(record: Record, path: Path) -> None:
    store.write(replace(record, trials=()), path)
    found = store.read(path)
    assert len(found.samples) == 0
    assert store.to_arrow(found).num_rows == 0
    assert found.trials == ()


def test_any_parquet_reader_finds_the_columns_and_the_description(record: Record, path: Path) -> None:
    store.write(record, path)
    table = pq.read_table(path)
    assert table.column_names == ["cell", "run", "position", "value", "ops"]
    assert [str(t) for t in table.schema.types] == ["int32", "int32", "int64", "double", "uint32"]
    assert table.column("cell").to_pylist() == [0, 0, 0, 1, 1, 1] * 2
    assert table.column("run").to_pylist() == [0] * 6 + [1] * 6
    assert table.column("position").to_pylist() == [0, 1, 2] * 4
    head = json.loads(table.schema.metadata[b"partywall"])
    assert head["schema"] == "partywall/2"
    assert head["plan"]["seed"] == 7


def test_a_missing_file(path: Path) -> None:
    assert "no such file" in refusal(path)


def test_a_directory(path: Path) -> None:
    path.mkdir()
    refusal(path)


def test_a_file_cut_at_any_of_many_places(record: Record, path: Path) -> None:
    store.write(record, path)
    whole = path.read_bytes()
    for end in {0, 1, 4, 8, *range(12, len(whole), 97), len(whole) - 1}:
        path.write_bytes(whole[:end])
        assert "not a readable Parquet file" in refusal(path)


def test_text(path: Path) -> None:
    path.write_text("cell,run,ns\n1,2,3\n")
    refusal(path)


def test_a_foreign_parquet_file(path: Path) -> None:
    pq.write_table(pa.table({"value": [1.0], "ops": [1]}), path)
    assert "not a partywall session" in refusal(path)


def altered(record: Record, path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    table = store.to_arrow(record)
    head = json.loads(table.schema.metadata[b"partywall"])
    change(head)
    pq.write_table(table.replace_schema_metadata({b"partywall": json.dumps(head)}), path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda head: head.update(schema="partywall/3"), "'partywall/3'"),
        (lambda head: head.pop("schema"), "None"),
        (lambda head: head.pop("plan"), "plan"),
        (lambda head: head["plan"].update(seed="seven"), "plan.seed"),
        (lambda head: head["trials"][1].update(count=10**6), "trials[1]"),
        (lambda head: head["trials"][1].update(first=-1), "trials[1]"),
        (lambda head: head["trials"][1].update(first=2), "trials[1] has samples that are also those of trials[0]"),
        (lambda head: head["trials"][2].update(cell=2), "trials[2].cell"),
        (lambda head: head["trials"][2].update(cell=-1), "trials[2].cell"),
    ],
)
def test_a_description_that_cannot_be(
    record: Record, path: Path, change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    altered(record, path, change)
    assert says in refusal(path)


@pytest.mark.parametrize("metadata", [b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_description_that_is_no_object(record: Record, path: Path, metadata: bytes) -> None:
    pq.write_table(store.to_arrow(record).replace_schema_metadata({b"partywall": metadata}), path)
    refusal(path)


@pytest.mark.parametrize(("word", "says"), [(b'"quick"', "description is damaged"), (b"position", "not a readable")])
def test_letters_that_are_none(record: Record, path: Path, word: bytes, says: str) -> None:
    store.write(record, path)
    whole = path.read_bytes()
    assert word in whole
    path.write_bytes(whole.replace(word, word[:2] + b"\xff" + word[3:]))
    assert says in refusal(path)


@pytest.mark.parametrize("name", ["cell", "run", "value", "ops"])
def test_a_column_that_is_missing_or_text(record: Record, path: Path, name: str) -> None:
    table = store.to_arrow(record)
    pq.write_table(table.drop_columns([name]), path)
    assert f"no column {name}" in refusal(path)
    text = pa.array(["x"] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index(name), name, text), path)
    assert f"column {name} holds string" in refusal(path)


@pytest.mark.parametrize("name", ["cell", "run", "ops"])
def test_a_column_of_whole_numbers_that_holds_fractions(record: Record, path: Path, name: str) -> None:
    table = store.to_arrow(record)
    fractions = pa.array(np.arange(table.num_rows) / 2)
    pq.write_table(table.set_column(table.column_names.index(name), name, fractions), path)
    assert f"column {name} holds double" in refusal(path)


def test_rows_are_written_one_trial_after_the_other(record: Record, path: Path) -> None:
    trials = record.trials
    store.write(replace(record, trials=(trials[2], trials[0])), path)
    found = store.read(path)
    assert [(t.cell, t.run, t.first, t.count) for t in found.trials] == [(0, 1, 0, 3), (0, 0, 3, 3)]
    np.testing.assert_array_equal(found.samples.rows(0, 6)[0], [6.25, 7.25, 8.25, 0.25, 1.25, 2.25])
    assert store.to_arrow(found).column("run").to_pylist() == [1, 1, 1, 0, 0, 0]


def test_a_directory_that_is_missing(record: Record, tmp_path: Path) -> None:
    with pytest.raises(PartywallError, match=r"missing/s\.parquet: cannot be written"):
        store.write(record, tmp_path / "missing" / "s.parquet")
    assert list(tmp_path.iterdir()) == []


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("owner", "name"), [(pq.ParquetWriter, "write_batch"), (pq.ParquetWriter, "close"), (os, "fsync"), (os, "link")]
)
@pytest.mark.parametrize(("failure", "raised"), [(full, PartywallError), (interrupted, KeyboardInterrupt)])
def test_a_write_that_fails_leaves_nothing(
    record: Record,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    failure: Any,
    raised: type[BaseException],
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(raised) as caught:
            store.write(record, path)
    if raised is PartywallError:
        assert str(caught.value) == f"{path}: cannot be written: No space left on device"
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_left_alone(
    record: Record, path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    sync = os.fsync

    def appear(descriptor: int) -> None:
        sync(descriptor)
        path.write_text("another's")

    monkeypatch.setattr(os, "fsync", appear)
    with pytest.raises(PartywallError, match="exists and is not written over") as caught:
        store.write(record, path)
    assert str(path) in str(caught.value)
    assert path.read_text() == "another's"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def no_links(*_: Any) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_file_system_without_links(record: Record, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    store.write(record, path)
    same_samples(store.read(path).samples, record.samples)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_only_what_killed_writers_left_is_removed(record: Record, path: Path) -> None:
    kept = [path.name, f"{path.name}.tmp", f"{path.name}.1.tmp.2", f"{path.name}.x.tmp", f"x{path.name}.1.tmp"]
    for name in (*kept, f"{path.name}.12345.tmp"):
        path.with_name(name).touch()
    store.remove_leftovers(path)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(kept)


def test_a_session_stays_readable_when_its_file_is_removed(record: Record, path: Path) -> None:
    store.write(record, path)
    found = store.read(path)
    path.unlink()
    same_samples(found.samples, record.samples)


def test_the_head_of_an_earlier_file_may_lack_what_has_a_default(record: Record, path: Path) -> None:
    altered(record, path, lambda head: head["trials"][0].pop("flags"))
    assert msgspec.to_builtins(store.read(path).trials[0])["flags"] == ()
