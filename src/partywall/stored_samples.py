"""The samples of a session file: decoded some at a time when they are asked for, and checked."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partywall.errors import SessionError
from partywall.model import Plan, Trial
from partywall.record import Rows, Samples

__all__ = ["FileSamples", "first_line"]

_BATCH = 1 << 16
_LARGEST = float(np.finfo(np.float64).max)


def first_line(error: BaseException) -> str:
    """The first line of what the error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


class FileSamples(Samples):
    """Rows of a session file, decoded from its row groups, of any size, a batch at a time."""

    def __init__(self, path: Path, pa: Any, file: Any, value: str, plan: Plan, trials: tuple[Trial, ...]) -> None:
        """``file`` is an open ParquetFile of ``pa``, which is pyarrow; ``value`` names the column of values.

        SessionError if a column is not there or holds something else.
        """
        self._path = path
        self._pa = pa
        self._file = file
        self._names = ["cell", "run", value, "ops"]
        self._check_columns()
        self._expected = _Expected(plan, trials, value)
        groups = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        self._group_ends = np.cumsum(groups, dtype=np.int64)
        self._rewind(0)

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def _check_columns(self) -> None:
        schema, types = self._file.schema_arrow, self._pa.types
        for name in self._names:
            index = schema.get_field_index(name)
            if index < 0:
                raise self._error(f"there is no column {name}, or more than one")
            kind = schema.field(index).type
            if not types.is_integer(kind) and not (types.is_floating(kind) and name == self._names[2]):
                raise self._error(f"column {name} holds {kind}, which is no number of its kind")

    def _error(self, what: str) -> SessionError:
        return SessionError(f"{self._path}: {what}")

    def _rewind(self, group: int) -> None:
        """Let the next batch be the first one of a row group."""
        groups = range(group, self._group_ends.size)
        self._batches = self._file.iter_batches(_BATCH, groups, self._names, use_threads=False)
        self._first = self._end = int(self._group_ends[group - 1]) if group else 0
        self._held: Rows = np.empty(0), np.empty(0, np.uint32)

    def _piece(self, first: int, count: int) -> Rows:
        group = int(np.searchsorted(self._group_ends, first, "right"))
        # What lies ahead in the row group at hand is reached by going on, all else from its row group.
        if first < self._first or (group and self._group_ends[group - 1] > self._end):
            self._rewind(group)
        try:
            while first >= self._end:
                self._first = self._end
                self._held = self._next()
                self._end += self._held[0].size
        except SessionError:
            self._rewind(0)
            raise
        begin, end = first - self._first, first - self._first + count
        # Copies, as a view of a few rows would keep the whole batch in memory.
        return self._held[0][begin:end].copy(), self._held[1][begin:end].copy()

    def _next(self) -> Rows:
        try:
            batch = next(self._batches, None)
        except (OSError, self._pa.ArrowException) as error:
            raise self._error(f"row {self._end} or one soon after is damaged: {first_line(error)}") from None
        if batch is None:
            raise self._error(f"the rows end at {self._end}, but there should be {len(self)}")
        kinds = (None, None, self._pa.float64(), self._pa.uint32())
        columns = [self._numbers(batch, name, kind) for name, kind in zip(self._names, kinds, strict=True)]
        if fault := self._expected.fault(self._end, *columns):
            raise self._error(fault)
        return columns[2], columns[3]

    def _numbers(self, batch: Any, name: str, kind: Any) -> NDArray[Any]:
        column = batch.column(name)
        if column.null_count:
            raise self._error(f"column {name} lacks a number near row {self._end}")
        try:
            found: NDArray[Any] = (column if kind is None else column.cast(kind)).to_numpy()
        except self._pa.ArrowException as error:
            raise self._error(f"column {name} near row {self._end}: {first_line(error)}") from None
        return found


class _Expected:
    """What must be in the rows of each trial."""

    def __init__(self, plan: Plan, trials: tuple[Trial, ...], value: str) -> None:
        self._value = value
        edges, cells, runs, least = [0], [], [], []
        for trial in sorted(trials, key=lambda trial: trial.first):
            if trial.count == 0:
                continue
            if trial.first > edges[-1]:  # rows of no trial
                edges.append(trial.first)
                cells.append(-1)
                runs.append(-1)
                least.append(0.0)
            edges.append(trial.first + trial.count)
            cells.append(trial.cell)
            runs.append(trial.run)
            # Duration and size are never negative; what is read may be, like the time between two CPUs.
            least.append(-_LARGEST if plan.cells[trial.cell].reading else 0.0)
        self._edges = np.array([*edges, np.iinfo(np.int64).max])
        self._cells = np.array([*cells, -1])
        self._runs = np.array([*runs, -1])
        self._least = np.array([*least, 0.0])

    def fault(
        self,
        first: int,
        cells: NDArray[Any],
        runs: NDArray[Any],
        values: NDArray[np.float64],
        ops: NDArray[np.uint32],
    ) -> str:
        """What is wrong in the rows from ``first`` on, in one line; empty if nothing is."""
        end = first + values.size
        i, j = np.searchsorted(self._edges, (first, end), "right") - 1
        part = slice(i, j + 1)
        counts = np.diff(np.clip(self._edges[i : j + 2], first, end))
        cell, run, least = (np.repeat(x[part], counts) for x in (self._cells, self._runs, self._least))
        of_trial = cell >= 0
        for name, found, wrong in (
            ("cell", cells, cells != cell),
            ("run", runs, runs != run),
            (self._value, values, ~((values >= least) & (values <= _LARGEST))),
            ("ops", ops, ops == 0),
        ):
            wrong &= of_trial
            if wrong.any():
                at = int(np.argmax(wrong))
                return f"{name} is {found[at]} in row {first + at}, a sample of cell {cell[at]} in run {run[at]}"
        return ""
