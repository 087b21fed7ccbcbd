"""The journal: what was appended comes back, what was cut short does not, and nothing else is taken for one."""

import resource
import signal
from pathlib import Path

import msgspec
import pytest

from partywall.errors import PartywallError, SessionError
from partywall.journal import Journal, journal_path, read_frames

VALUES = [{"trial": 1}, {"trial": 2, "ns": b"\x00\x01" * 50}, {"last": "frame"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path / "s.parquet")


def values(path: Path) -> list[object]:
    return [msgspec.msgpack.decode(frame) for frame in read_frames(path)]


def written(path: Path, count: int = len(VALUES)) -> bytes:
    with Journal(path) as journal:
        for value in VALUES[:count]:
            journal.append(value)
    return path.read_bytes()


def test_the_journal_lies_beside_its_session(tmp_path: Path) -> None:
    assert journal_path(tmp_path / "s.parquet") == tmp_path / "s.parquet.journal"


def test_frames_come_back_in_order(path: Path) -> None:
    written(path)
    assert values(path) == VALUES


def test_a_frame_is_in_the_file_as_soon_as_append_returns(path: Path) -> None:
    with Journal(path) as journal:
        for count, value in enumerate(VALUES, 1):
            journal.append(value)
            assert values(path) == VALUES[:count]


def test_a_last_frame_cut_at_any_byte_is_dropped_and_written_again(path: Path) -> None:
    whole = written(path)
    path.unlink()
    kept = len(written(path, count=2))
    for end in range(kept, len(whole)):
        path.write_bytes(whole[:end])
        assert values(path) == VALUES[:2], end
        with Journal(path, resume=True) as journal:
            journal.append(VALUES[2])
        assert path.read_bytes() == whole, end


def test_a_corrupt_frame_ends_the_journal(path: Path) -> None:
    whole = bytearray(written(path))
    first = len(written(path.with_name("other"), count=1))
    whole[first + 12] ^= 0x40
    path.write_bytes(whole)
    assert values(path) == VALUES[:1]
    with Journal(path, resume=True):
        pass
    assert path.stat().st_size == first


@pytest.mark.parametrize("content", [b"", b"partywall-journ", b"PAR1 something else", b"partywall-journal/2\n"])
def test_a_foreign_file_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SessionError, match="not a partywall journal"):
        list(read_frames(path))
    with pytest.raises(SessionError):
        Journal(path, resume=True)
    assert path.read_bytes() == content


def test_an_existing_journal_is_not_written_over(path: Path) -> None:
    before = written(path)
    with pytest.raises(SessionError, match="--resume") as caught:
        Journal(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_nothing_to_resume(path: Path) -> None:
    with pytest.raises(SessionError, match="nothing to resume"):
        list(read_frames(path))
    with pytest.raises(SessionError):
        Journal(path, resume=True)
    assert not path.exists()


def test_a_directory_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot be written"):
        Journal(tmp_path / "missing" / "s.journal")


def test_remove_takes_the_file_away(path: Path) -> None:
    journal = Journal(path)
    journal.append(VALUES[0])
    journal.remove()
    assert not path.exists()


def test_a_full_disk_keeps_what_was_written_and_says_so(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(PartywallError, match="kept for --resume"), Journal(path) as journal:
            journal.append(VALUES[0])
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
            journal.append(VALUES[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert values(path) == VALUES[:1]
