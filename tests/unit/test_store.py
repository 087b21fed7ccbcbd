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
from partywall.record import Record

FIELDS = ("plan", "host", "clock", "tool", "trials", "wall_trials")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.parquet"


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
    np.testing.assert_array_equal(found.ns, record.ns)
    np.testing.assert_array_equal(found.ops, record.ops)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_session_without_samples_is_read_back(record: Record, path: Path) -> None:
    store.write(replace(record, trials=(), ns=np.empty(0), ops=np.empty(0, np.uint32)), path)
    found = store.read(path)
    assert found.ns.size == 0
    assert found.trials == ()


def test_any_parquet_reader_finds_the_columns_and_the_description(record: Record, path: Path) -> None:
    store.write(record, path)
    table = pq.read_table(path)
    assert table.column_names == ["cell", "run", "position", "ns", "ops"]
    assert [str(t) for t in table.schema.types] == ["int32", "int32", "int64", "double", "uint32"]
    assert table.column("cell").to_pylist() == [0, 0, 0, 1, 1, 1] * 2
    assert table.column("run").to_pylist() == [0] * 6 + [1] * 6
    assert table.column("position").to_pylist() == [0, 1, 2] * 4
    head = json.loads(table.schema.metadata[b"partywall"])
    assert head["schema"] == "partywall/1"
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
    pq.write_table(pa.table({"ns": [1.0], "ops": [1]}), path)
    assert "not a partywall session" in refusal(path)


def altered(record: Record, path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    table = store.to_arrow(record)
    head = json.loads(table.schema.metadata[b"partywall"])
    change(head)
    pq.write_table(table.replace_schema_metadata({b"partywall": json.dumps(head)}), path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda head: head.update(schema="partywall/2"), "'partywall/2'"),
        (lambda head: head.pop("schema"), "None"),
        (lambda head: head.pop("plan"), "plan"),
        (lambda head: head["plan"].update(seed="seven"), "plan.seed"),
        (lambda head: head["trials"][1].update(count=10**6), "trials[1]"),
        (lambda head: head["trials"][1].update(first=-1), "trials[1]"),
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


@pytest.mark.parametrize("name", ["ns", "ops"])
def test_a_column_that_is_missing_or_text(record: Record, path: Path, name: str) -> None:
    table = store.to_arrow(record)
    pq.write_table(table.drop_columns([name]), path)
    assert "ns and ops" in refusal(path)
    text = pa.array(["x"] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index(name), name, text), path)
    assert "ns and ops" in refusal(path)


def test_a_directory_that_is_missing(record: Record, tmp_path: Path) -> None:
    with pytest.raises(PartywallError, match=r"missing/s\.parquet: cannot be written"):
        store.write(record, tmp_path / "missing" / "s.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["write_table", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_earlier_file(
    record: Record, path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    store.write(record, path)
    before = path.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    owner = {"write_table": pq, "fsync": os, "replace": Path}[where]
    with monkeypatch.context() as patch:
        patch.setattr(owner, where, full)
        with pytest.raises(PartywallError, match="No space left") as caught:
            store.write(replace(record, host={"cpu": "another"}), path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_write_that_is_interrupted_leaves_the_earlier_file(
    record: Record, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(record, path)
    before = path.read_bytes()

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.write(record, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_head_of_an_earlier_file_may_lack_what_has_a_default(record: Record, path: Path) -> None:
    altered(record, path, lambda head: head["trials"][0].pop("flags"))
    assert msgspec.to_builtins(store.read(path).trials[0])["flags"] == ()
