"""The journal of a session that is being measured: each finished trial, fsynced, one frame each.

A frame is a head, columns of raw numbers, an end mark and a checksum; head and columns each follow
their length.  Samples are read back from here, so that they need not be held in memory.
"""

import contextlib
import fcntl
import itertools
import os
import struct
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import msgspec
import numpy as np
from numpy.typing import DTypeLike, NDArray

from partywall.errors import PartywallError, SessionError

__all__ = ["Frame", "Journal", "journal_path"]

_KIND = b"partywall-journal/"
_MAGIC = _KIND + b"2\n"
_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_END_MARK = (1 << 64) - 1
_LARGEST_HEAD = 1 << 28  # so that a damaged length does not fill the memory
_PART = 1 << 20
_IN_MEMORY = 4 << 20


def journal_path(target: Path) -> Path:
    """Where the journal of a session lies: beside it."""
    return target.with_name(target.name + ".journal")


@dataclass(frozen=True)
class Frame:
    """One frame: its head, and where in the journal each of its columns begins."""

    head: bytes
    columns: tuple[int, ...]


class Journal:
    """Append-only file of checked frames; a frame that kill -9 or a full disk cut short is dropped.

    Attributes:
        path: where it lies; None if it is a temporary file without a name, in memory while it is small.
    """

    def __init__(self, path: Path | None, file: IO[bytes], end: int) -> None:
        self.path = path
        self._file = file
        self._end = end
        # Whoever reads samples from a journal without a name holds it for as long as they are wanted.
        self._closing = weakref.finalize(self, _close, file)

    @classmethod
    def create(cls, path: Path | None = None) -> Self:
        """A new journal; SessionError if one is there already, or if it cannot be written."""
        try:
            file: Any = path.open("x+b") if path else tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
            if path:
                _lock(file, path)
            file.write(_MAGIC)
        except FileExistsError:
            raise SessionError(f"{path} exists: an earlier run did not finish; use --resume, or remove it") from None
        except OSError as error:
            raise SessionError(f"{path or 'a temporary file'}: cannot be written: {error.strerror}") from None
        return cls(path, file, len(_MAGIC))

    @classmethod
    def reopen(cls, path: Path, take: Callable[[Frame], object]) -> Self:
        """Give each whole frame to ``take``, in order, and go on after the last; nothing changes before append.

        SessionError if there is no journal, or if another process is writing it.
        """
        end = len(_MAGIC)
        try:
            file = path.open("r+b")
        except OSError as error:
            raise SessionError(f"{path}: nothing to resume: {error.strerror}") from None
        with contextlib.ExitStack() as on_error:
            on_error.callback(file.close)
            _lock(file, path)
            try:
                _check_kind(file.read(end), path)
                size = os.fstat(file.fileno()).st_size
                while found := _frame(file, end, size):
                    take(found[0])
                    end = found[1]
            except OSError as error:
                raise SessionError(f"{path}: cannot be read: {error.strerror}") from None
            on_error.pop_all()
        return cls(path, file, end)

    def append(self, value: Any, columns: Iterable[NDArray[Any]] = ()) -> Frame:
        """Write one frame and wait until it is on the disk; PartywallError if it cannot be written."""
        head = msgspec.msgpack.encode(value)
        blocks: Iterable[bytes | memoryview] = (column.data.cast("B") for column in columns)
        places = []
        checksum = 0
        try:
            self._file.seek(self._end)
            self._file.truncate()
            for block in itertools.chain((head,), blocks):
                length = _LENGTH.pack(len(block))
                self._file.write(length)
                places.append(self._file.tell())
                self._file.write(block)
                checksum = zlib.crc32(block, zlib.crc32(length, checksum))
            self._file.write(_LENGTH.pack(_END_MARK) + _CHECKSUM.pack(checksum))
            self._file.flush()
            if self.path:
                os.fsync(self._file.fileno())
        except OSError as error:
            kept = f"{self.path}: cannot be written: {error.strerror}; what it holds is kept for --resume"
            lost = f"samples cannot be kept in {tempfile.gettempdir()}: {error.strerror}; write a session file instead"
            raise PartywallError(kept if self.path else lost) from None
        self._end = self._file.tell()
        return Frame(head, tuple(places[1:]))

    def read(self, at: int, dtype: DTypeLike, count: int) -> NDArray[Any]:
        """``count`` numbers of a column, from the place ``at`` on."""
        size = np.dtype(dtype).itemsize * count
        try:
            self._file.seek(at)
            data = self._file.read(size)
        except OSError as error:
            raise PartywallError(f"{self.path or 'samples'}: cannot be read: {error.strerror}") from None
        if len(data) < size:
            raise PartywallError(f"{self.path or 'samples'}: cannot be read: the file has become shorter")
        return np.frombuffer(data, dtype)

    def close(self) -> None:
        """Close the file and leave it where it is."""
        self._closing()

    def remove(self) -> None:
        """Close and delete, once the session itself is written."""
        self.close()
        if self.path:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _close(file: IO[bytes]) -> None:
    # A frame that did not fit was reported by append, and closing would try to write it again.
    with contextlib.suppress(OSError):
        file.close()


def _lock(file: IO[bytes], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SessionError(f"{path} is being written by another process") from None
    except OSError:
        # Not every file system has locks; they only guard against a mistake.
        pass


def _check_kind(found: bytes, path: Path) -> None:
    if found != _MAGIC:
        of_another = found.startswith(_KIND) and len(found) == len(_MAGIC)
        raise SessionError(f"{path} is {'the journal of another version' if of_another else 'not a partywall journal'}")


def _frame(file: IO[bytes], at: int, size: int) -> tuple[Frame, int] | None:
    """The frame at that place and where it ends; None if it is not whole."""
    file.seek(at)
    head = b""
    places: list[int] = []
    checksum = 0
    while len(prefix := file.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(prefix)
        if length == _END_MARK:
            whole = places and file.read(_CHECKSUM.size) == _CHECKSUM.pack(checksum)
            return (Frame(head, tuple(places[1:])), file.tell()) if whole else None
        place = file.tell()
        if place + length > size or (not places and length > _LARGEST_HEAD):
            return None
        places.append(place)
        checksum = zlib.crc32(prefix, checksum)
        if len(places) == 1:
            head = file.read(length)
            checksum = zlib.crc32(head, checksum)
            continue
        for done in range(0, length, _PART):
            checksum = zlib.crc32(file.read(min(_PART, length - done)), checksum)
    return None
