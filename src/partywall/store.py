"""The session file: one Parquet file with a row per sample and one JSON document of how it was taken."""

import contextlib
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from partywall.errors import InputError, PartywallError, SessionError
from partywall.model import Clock, Plan, Trial, WallTrial
from partywall.record import SCHEMA, Record

__all__ = ["Head", "check_target", "read", "to_arrow", "write"]

_KEY = b"partywall"
_ROW_GROUP = 1 << 20


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
    """A pyarrow.Table with the columns cell, run, position, ns and ops, a row per sample.

    ``ns`` is the duration of the sample in nanoseconds as the clock gave it, ``ops`` how many ops it
    holds; the schema metadata carries the JSON document.
    """
    pa, _ = _pyarrow()
    counts = np.array([trial.count for trial in record.trials], np.int64)
    columns = {
        "cell": np.repeat(np.array([t.cell for t in record.trials], np.int32), counts),
        "run": np.repeat(np.array([t.run for t in record.trials], np.int32), counts),
        "position": np.arange(record.ns.size) - np.repeat(np.cumsum(counts) - counts, counts),
        "ns": record.ns,
        "ops": record.ops,
    }
    head = Head(
        format=SCHEMA,
        plan=record.plan,
        host=record.host,
        clock=record.clock,
        tool=record.tool,
        trials=record.trials,
        wall_trials=record.wall_trials,
    )
    table = pa.table(columns)
    return table.replace_schema_metadata({_KEY: msgspec.json.encode(head)})


def check_target(path: Path) -> None:
    """InputError if a new session cannot go to ``path``: nothing is ever written over."""
    if path.exists():
        raise InputError(f"{path} exists and is not written over; choose another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no directory {path.parent}")


def write(record: Record, path: Path) -> None:
    """Write the session; it appears under its name by one rename, or not at all.

    PartywallError if it cannot be written; an earlier file of that name is then untouched.
    """
    pa, pq = _pyarrow()
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as file:
            pq.write_table(
                to_arrow(record),
                file,
                compression="zstd",
                row_group_size=_ROW_GROUP,
                use_dictionary=["cell", "run", "ops"],
                column_encoding={"ns": "BYTE_STREAM_SPLIT", "position": "DELTA_BINARY_PACKED"},
            )
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or error
        raise PartywallError(f"{path}: cannot be written: {reason}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _pyarrow() -> tuple[Any, Any]:
    # Loaded when needed: it is large, and under a small RLIMIT_AS does not load at all.
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except (ImportError, MemoryError) as error:
        raise PartywallError(f"pyarrow cannot be loaded, so no session file can be read or written: {error}") from None
    return pa, pq


def read(path: Path) -> Record:
    """Read a session; SessionError, in one line that names the file and the field, if it is not one."""
    pa, pq = _pyarrow()
    try:
        table = pq.read_table(path, memory_map=True)
    except FileNotFoundError:
        raise SessionError(f"{path}: there is no such file") from None
    except (OSError, pa.ArrowException) as error:
        first = str(error).splitlines()[0]
        raise SessionError(f"{path} is not a readable Parquet file: {first}") from None
    head = _head(table.schema.metadata or {}, path)
    try:
        ns = table.column("ns").to_numpy().astype(np.float64, copy=False)
        ops = table.column("ops").to_numpy().astype(np.uint32, copy=False)
    except (KeyError, ValueError, pa.ArrowException):
        raise SessionError(f"{path}: the columns ns and ops are not both there as numbers") from None
    _check_rows(head, ns.size, path)
    return Record(
        plan=head.plan,
        host=head.host,
        clock=head.clock,
        tool=head.tool,
        trials=head.trials,
        wall_trials=head.wall_trials,
        ns=ns,
        ops=ops,
    )


def _head(metadata: dict[bytes, bytes], path: Path) -> Head:
    if _KEY not in metadata:
        raise SessionError(f"{path} is a Parquet file, but not a partywall session")
    try:
        found = msgspec.json.decode(metadata[_KEY], type=dict[str, Any]).get("schema")
        if found != SCHEMA:
            raise SessionError(f"{path}: schema {found!r} is not one this version reads ({SCHEMA})")
        return msgspec.json.decode(metadata[_KEY], type=Head)
    except msgspec.MsgspecError as error:
        raise SessionError(f"{path}: its description is damaged: {error}") from None


def _check_rows(head: Head, rows: int, path: Path) -> None:
    for i, trial in enumerate(head.trials):
        if not 0 <= trial.cell < len(head.plan.cells):
            raise SessionError(f"{path}: trials[{i}].cell {trial.cell} is not a cell of the plan")
        if trial.first < 0 or trial.count < 0 or trial.first + trial.count > rows:
            raise SessionError(f"{path}: trials[{i}] has samples beyond the {rows} rows of the file")
