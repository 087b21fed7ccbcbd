"""The session file: one Parquet file with a row per sample and one JSON document of how it was taken."""

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from partywall.errors import InputError, PartywallError, SessionError
from partywall.model import Clock, Plan, Trial, WallTrial
from partywall.record import SCHEMA, Record, Rows
from partywall.stored_samples import FileSamples, first_line

__all__ = ["Head", "as_table", "check_target", "read", "remove_leftovers", "to_arrow", "write"]

_KEY = b"partywall"
_ROW_GROUP = 1 << 18
_COLUMNS = {"cell": "int32", "run": "int32", "position": "int64", "value": "float64", "ops": "uint32"}
_VALUE = {SCHEMA: "value", "partywall/1": "ns"}
"""Schemas that are read, each with the name of its column of values."""

_BUFFER = 1 << 16
_LARGEST_HEAD = 1 << 30
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Head(msgspec.Struct, frozen=True, kw_only=True, rename={"format": "schema"}):
    """The JSON document in the Parquet file's key-value metadata, under "partywall"."""

    format: str
    plan: Plan
    host: dict[str, Any]
    clock: Clock
    tool: dict[str, Any]
    trials: tuple[Trial, ...]
    wall_trials: tuple[WallTrial, ...]


def to_arrow(record: Record) -> Any:
    """A pyarrow.Table with the columns cell, run, position, value and ops, a row per sample.

    All of it is loaded.  ``value`` is the duration of the sample in nanoseconds as the clock gave it, or
    what was read, in the unit of the cell; ``ops`` is how many ops the sample holds.  The schema's metadata
    carries the JSON document.
    """
    pa, _ = _pyarrow()
    schema = _schema(pa)
    table = pa.Table.from_batches(list(_batches(record, pa, schema)), schema)
    return table.replace_schema_metadata({_KEY: _description(record)})


def as_table(columns: Mapping[str, Sequence[str | float | int | None]]) -> Any:
    """A pyarrow.Table of these columns; one of nothing but None is one of strings."""
    pa, _ = _pyarrow()
    arrays = {name: pa.array(values) for name, values in columns.items()}
    return pa.table({name: x.cast(pa.string()) if pa.types.is_null(x.type) else x for name, x in arrays.items()})


def check_target(path: Path) -> None:
    """InputError if a new session cannot go to ``path``: nothing is ever written over."""
    if path.exists():
        raise InputError(f"{path} exists and is not written over; choose another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no directory {path.parent}")


def write(record: Record, path: Path) -> None:
    """Write the session, some samples at a time; it appears under its name whole, or not at all.

    PartywallError if it cannot be written, or if there is a file of that name, which is left untouched.
    """
    pa, pq = _pyarrow()
    try:
        with _temporary(path) as file:
            _write_table(record, file, pa, pq)
            file.flush()
            os.fsync(file.fileno())
            _publish(Path(file.name), path)
    except FileExistsError as error:
        raise PartywallError(f"{error.filename2 or error.filename} exists and is not written over") from None
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise PartywallError(f"{path}: cannot be written: {reason}") from None


def _write_table(record: Record, file: BinaryIO, pa: Any, pq: Any) -> None:
    schema = _schema(pa)
    writer = pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=["cell", "run", "ops"],
        column_encoding={"value": "BYTE_STREAM_SPLIT", "position": "DELTA_BINARY_PACKED"},
        write_page_checksum=True,
        # It says nothing that the types of the columns do not say, and repeats all other metadata.
        store_schema=False,
    )
    try:
        for batch in _batches(record, pa, schema):
            writer.write_batch(batch, row_group_size=_ROW_GROUP)
        writer.add_key_value_metadata({_KEY: _description(record)})
        writer.close()
    finally:
        # After a failure its destructor would close it again, and print that this failed as well.
        writer.is_open = False


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[BinaryIO]:
    """A new file beside ``path`` that is gone afterwards, unless it was given another name."""
    name = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with name.open("xb") as file:
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):
                name.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what processes left that were killed while they wrote the session of that name."""
    for found in path.parent.iterdir():
        number, dot, suffix = found.name.removeprefix(f"{path.name}.").partition(".")
        if found.name.startswith(f"{path.name}.") and number.isdigit() and dot and suffix == "tmp":
            found.unlink(missing_ok=True)


def _publish(temporary: Path, path: Path) -> None:
    # A rename would replace a file that appeared since the run began; a link does not.
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without links the name is taken by an empty file first, so that nothing but that is replaced.
        with path.open("xb"):
            pass
        temporary.replace(path)


def _description(record: Record) -> bytes:
    return msgspec.json.encode(
        Head(
            format=SCHEMA,
            plan=record.plan,
            host=record.host,
            clock=record.clock,
            tool=record.tool,
            trials=_packed(record.trials),
            wall_trials=record.wall_trials,
        )
    )


def _packed(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """The trials with their rows one after the other, as they are written."""
    first = 0
    packed = []
    for trial in trials:
        packed.append(trial if trial.first == first else msgspec.structs.replace(trial, first=first))
        first += trial.count
    return tuple(packed)


def _schema(pa: Any) -> Any:
    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in _COLUMNS.items()])


def _batches(record: Record, pa: Any, schema: Any) -> Iterator[Any]:
    """All rows, trial by trial, as batches of one row group each."""
    pieces: list[tuple[Trial, int, Rows]] = []
    room = _ROW_GROUP
    for trial in record.trials:
        done = 0
        while done < trial.count:
            count = min(trial.count - done, room)
            pieces.append((trial, done, record.samples.rows(trial.first + done, count)))
            done += count
            room -= count
            if room == 0:
                yield _batch(pieces, pa, schema)
                pieces, room = [], _ROW_GROUP
    if pieces:
        yield _batch(pieces, pa, schema)


def _batch(pieces: list[tuple[Trial, int, Rows]], pa: Any, schema: Any) -> Any:
    counts = [rows[0].size for _, _, rows in pieces]
    columns = (
        np.repeat(np.array([trial.cell for trial, _, _ in pieces], np.int32), counts),
        np.repeat(np.array([trial.run for trial, _, _ in pieces], np.int32), counts),
        np.concatenate([np.arange(at, at + count) for (_, at, _), count in zip(pieces, counts, strict=True)]),
        np.concatenate([rows[0] for _, _, rows in pieces]),
        np.concatenate([rows[1] for _, _, rows in pieces]),
    )
    return pa.record_batch([pa.array(column) for column in columns], schema=schema)


def _pyarrow() -> tuple[Any, Any]:
    # Loaded when needed: it is large, and under a small RLIMIT_AS does not load at all.
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except (ImportError, MemoryError) as error:
        raise PartywallError(f"pyarrow cannot be loaded, so no session file can be read or written: {error}") from None
    return pa, pq


def read(path: Path) -> Record:
    """Open a session; its samples stay in the file until they are asked for.

    SessionError, in one line that names the file and the field, if it is not one.  What is wrong with
    samples is found when they are fetched.
    """
    pa, pq = _pyarrow()
    try:
        file = pq.ParquetFile(
            pa.OSFile(os.fspath(path)),
            # Else all that was read stays in memory; and a page at a time, as a row group may be of any size.
            pre_buffer=False,
            buffer_size=_BUFFER,
            page_checksum_verification=True,
            thrift_string_size_limit=_LARGEST_HEAD,
        )
    except FileNotFoundError:
        raise SessionError(f"{path}: there is no such file") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise SessionError(f"{path} is not a readable Parquet file: {first_line(error)}") from None
    head = _head(file.metadata.metadata or {}, path)
    _check_trials(head, file.metadata.num_rows, path)
    return Record(
        plan=head.plan,
        host=head.host,
        clock=head.clock,
        tool=head.tool,
        trials=head.trials,
        wall_trials=head.wall_trials,
        samples=FileSamples(path, pa, file, _VALUE[head.format], head.plan, head.trials),
    )


def _head(metadata: dict[bytes, bytes], path: Path) -> Head:
    if _KEY not in metadata:
        raise SessionError(f"{path} is a Parquet file, but not a partywall session")
    try:
        found = msgspec.json.decode(metadata[_KEY], type=dict[str, Any]).get("schema")
        if found not in _VALUE:
            raise SessionError(f"{path}: schema {found!r} is not one this version reads ({', '.join(_VALUE)})")
        return msgspec.json.decode(metadata[_KEY], type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SessionError(f"{path}: its description is damaged: {error}") from None


def _check_trials(head: Head, rows: int, path: Path) -> None:
    for i, trial in enumerate(head.trials):
        if not 0 <= trial.cell < len(head.plan.cells):
            raise SessionError(f"{path}: trials[{i}].cell {trial.cell} is not a cell of the plan")
        if trial.first < 0 or trial.count < 0 or trial.first + trial.count > rows:
            raise SessionError(f"{path}: trials[{i}] has samples beyond the {rows} rows of the file")
    order = sorted((i for i, trial in enumerate(head.trials) if trial.count), key=lambda i: head.trials[i].first)
    for i, j in pairwise(order):
        if head.trials[i].first + head.trials[i].count > head.trials[j].first:
            raise SessionError(f"{path}: trials[{j}] has samples that are also those of trials[{i}]")
