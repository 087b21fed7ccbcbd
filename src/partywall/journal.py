"""The journal beside a session that is being measured: each finished trial, fsynced, one frame each."""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

from partywall.errors import PartywallError, SessionError

__all__ = ["Journal", "journal_path", "read_frames"]

_MAGIC = b"partywall-journal/1\n"
_FRAME = struct.Struct("<II")


def journal_path(target: Path) -> Path:
    """Where the journal of a session lies: beside it."""
    return target.with_name(target.name + ".journal")


class Journal:
    """Append-only file of checked frames; a frame that kill -9 or a full disk cut short is dropped."""

    def __init__(self, path: Path, resume: bool = False) -> None:
        self.path = path
        try:
            if resume:
                end = _valid_length(path)
                self._file: BinaryIO = path.open("r+b")
                self._file.truncate(end)
                self._file.seek(0, os.SEEK_END)
            else:
                self._file = path.open("xb")
                self._file.write(_MAGIC)
        except FileExistsError:
            raise SessionError(f"{path} exists: an earlier run did not finish; use --resume, or remove it") from None
        except OSError as error:
            raise SessionError(f"{path}: cannot be written: {error.strerror}") from None

    def append(self, value: Any) -> None:
        """Write one frame and wait until it is on the disk; PartywallError if it cannot be written."""
        payload = msgspec.msgpack.encode(value)
        try:
            self._file.write(_FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise PartywallError(
                f"{self.path}: cannot be written: {error.strerror}; what it holds is kept for --resume"
            ) from None

    def close(self) -> None:
        """Close the file and leave it where it is."""
        # A frame that did not fit was reported by append, and closing would try to write it again.
        with contextlib.suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        """Close and delete, once the session itself is written."""
        self.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read_frames(path: Path) -> Iterator[bytes]:
    """The payloads of all whole frames; SessionError if the file is not a journal."""
    for payload, _ in _frames(path):
        yield payload


def _valid_length(path: Path) -> int:
    end = len(_MAGIC)
    for _, end in _frames(path):  # noqa: B007
        pass
    return end


def _frames(path: Path) -> Iterator[tuple[bytes, int]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path}: nothing to resume: {error.strerror}") from None
    if not data.startswith(_MAGIC):
        raise SessionError(f"{path} is not a partywall journal")
    at = len(_MAGIC)
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        payload = data[at + _FRAME.size : at + _FRAME.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        at += _FRAME.size + length
        yield payload, at
