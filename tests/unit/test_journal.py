"""The journal: what was appended comes back, what was cut short does not, and nothing else is taken for one."""

import contextlib
import gc
import os
import resource
import signal
import tempfile
import tracemalloc
from pathlib import Path

import msgspec
import numpy as np
import pytest

from partywall import journal as module
from partywall.errors import PartywallError, SessionError
from partywall.journal import Frame, Journal, journal_path

COLUMNS = (np.arange(8) / 7, np.arange(8, dtype=np.uint32))
VALUES = [{"trial": 1}, {"trial": 2}, {"last": "frame"}]
LARGE = 3 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path / "s.parquet")


def frames(path: Path) -> list[Frame]:
    found: list[Frame] = []
    with Journal.reopen(path, found.append):
        return found


def values(path: Path) -> list[object]:
    return [msgspec.msgpack.decode(frame.head) for frame in frames(path)]


def append(journal: Journal, number: int) -> Frame:
    """The frame of that number; the second has columns."""
    return journal.append(VALUES[number], COLUMNS if number == 1 else ())


def written(path: Path, count: int = len(VALUES)) -> bytes:
    with Journal.create(path) as journal:
        for number in range(count):
            append(journal, number)
    return path.read_bytes()


def test_the_journal_lies_beside_its_session(tmp_path: Path) -> None:
    assert journal_path(tmp_path / "s.parquet") == tmp_path / "s.parquet.journal"


def test_frames_come_back_in_order(path: Path) -> None:
    written(path)
    assert values(path) == VALUES


def same_columns(journal: Journal, frame: Frame) -> None:
    for place, column in zip(frame.columns, COLUMNS, strict=True):
        np.testing.assert_array_equal(journal.read(place, column.dtype, column.size), column)
        np.testing.assert_array_equal(journal.read(place + 3 * column.itemsize, column.dtype, 5), column[3:8])


@pytest.mark.parametrize("named", [True, False])
def test_columns_are_read_where_they_were_written(path: Path, named: bool) -> None:
    with Journal.create(path if named else None) as journal:
        appended = [append(journal, number) for number in range(len(VALUES))]
        same_columns(journal, appended[1])
        append(journal, 0)
        same_columns(journal, appended[1])
    assert path.exists() == named
    if named:
        found: list[Frame] = []
        with Journal.reopen(path, found.append) as journal:
            assert found[:3] == appended
            same_columns(journal, found[1])


def test_what_is_in_a_journal_is_not_in_memory(path: Path) -> None:
    column = np.ones(LARGE // 8)
    tracemalloc.start()
    try:
        with Journal.create(path) as journal:
            places = [journal.append({}, (column, column)).columns for _ in range(10)]
            assert tracemalloc.get_traced_memory()[0] < LARGE
            assert path.stat().st_size > 20 * LARGE
        tracemalloc.reset_peak()
        with Journal.reopen(path, lambda frame: None) as journal:
            assert tracemalloc.get_traced_memory()[1] < LARGE
            np.testing.assert_array_equal(journal.read(places[9][1], np.float64, column.size), column)
    finally:
        tracemalloc.stop()


def opened_below(directory: Path) -> int:
    """How many descriptors lead to files that are, or were, in the directory."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(descriptor.readlink()))
    return sum(link.startswith(str(directory)) for link in links)


def test_a_journal_without_a_name_leaves_memory_when_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    journal = Journal.create()
    column = np.arange(LARGE // 8) / 3
    places = [journal.append({}, (column,)).columns[0] for _ in range(4)]
    assert opened_below(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
    for place in places:
        np.testing.assert_array_equal(journal.read(place, np.float64, column.size), column)
    del journal
    gc.collect()
    assert opened_below(tmp_path) == 0


def test_a_small_journal_without_a_name_needs_no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    with Journal.create() as journal:
        same_columns(journal, append(journal, 1))
        with pytest.raises(PartywallError, match="/nonexistent"):
            journal.append({}, (np.zeros(module._IN_MEMORY),))


def test_a_frame_is_in_the_file_as_soon_as_append_returns(path: Path) -> None:
    with Journal.create(path) as journal:
        copy = path.with_name("copy")
        for count in range(1, len(VALUES) + 1):
            append(journal, count - 1)
            copy.write_bytes(path.read_bytes())
            assert values(copy) == VALUES[:count]


@pytest.mark.parametrize("last", [1, 2])
def test_a_last_frame_cut_at_any_byte_is_dropped_and_written_again(path: Path, last: int) -> None:
    whole = written(path, count=last + 1)
    path.unlink()
    kept = len(written(path, count=last))
    for end in range(kept, len(whole)):
        path.write_bytes(whole[:end])
        assert values(path) == VALUES[:last], end
        assert path.read_bytes() == whole[:end], "reading alone changes nothing"
        with Journal.reopen(path, lambda frame: None) as journal:
            append(journal, last)
        assert path.read_bytes() == whole, end


def test_a_corrupt_frame_ends_the_journal(path: Path) -> None:
    whole = written(path)
    first = len(written(path.with_name("other"), count=1))
    second = len(written(path.with_name("another"), count=2))
    for place in range(first, second):
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        assert values(path) == VALUES[:1], place
    with Journal.reopen(path, lambda frame: None) as journal:
        append(journal, 1)
    assert path.stat().st_size == second


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a partywall journal"),
        (b"partywall-journ", "not a partywall journal"),
        (b"PAR1 something else", "not a partywall journal"),
        (b"partywall-journal/1\n", "another version"),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SessionError, match=says) as caught:
        Journal.reopen(path, lambda frame: None)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_an_existing_journal_is_not_written_over(path: Path) -> None:
    before = written(path)
    with pytest.raises(SessionError, match="--resume") as caught:
        Journal.create(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_journal_that_is_being_written_cannot_be_resumed(path: Path) -> None:
    with Journal.create(path) as journal:
        append(journal, 0)
        with pytest.raises(SessionError, match="by another process"):
            Journal.reopen(path, lambda frame: None)
        append(journal, 1)
    assert values(path) == VALUES[:2]


def test_nothing_to_resume(path: Path) -> None:
    with pytest.raises(SessionError, match="nothing to resume"):
        Journal.reopen(path, lambda frame: None)
    assert not path.exists()


def test_a_directory_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot be written"):
        Journal.create(tmp_path / "missing" / "s.journal")


def test_remove_takes_the_file_away(path: Path) -> None:
    journal = Journal.create(path)
    append(journal, 0)
    journal.remove()
    assert not path.exists()


def test_a_journal_that_shrank_is_one_line(path: Path) -> None:
    with Journal.create(path) as journal:
        frame = append(journal, 1)
        os.truncate(path, frame.columns[1])
        with pytest.raises(PartywallError, match="shorter") as caught:
            journal.read(frame.columns[1], np.uint32, 8)
    assert str(path) in str(caught.value)


def test_a_full_disk_keeps_what_was_written_and_says_so(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(PartywallError, match="kept for --resume"), Journal.create(path) as journal:
            append(journal, 0)
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
            append(journal, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert values(path) == VALUES[:1]
