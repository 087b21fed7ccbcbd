"""What a run has measured so far: its trials in memory, their samples in the journal."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from partywall.journal import Journal
from partywall.model import Clock, Plan, PlannedCell, Trial, WallTrial
from partywall.record import Rows, Samples

__all__ = ["Begun", "CellDone", "Collected", "Confirmed", "Extended", "WallDone"]

_ONES = -1  # the place of the ops of a reading, which are not stored: each value is that of one op


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """Head of the first frame: what is measured, and where."""

    plan: Plan
    host: dict[str, Any]
    clock: Clock
    tool: dict[str, Any]


class Confirmed(msgspec.Struct, frozen=True, tag="confirmed"):
    """Head of a frame after the pilot: the cells of the plan, with what it fixed for them."""

    cells: tuple[PlannedCell, ...]


class Extended(msgspec.Struct, frozen=True, tag="extended"):
    """Head of a frame of cells that came to the plan after its blocks."""

    cells: tuple[PlannedCell, ...]


class CellDone(msgspec.Struct, frozen=True, tag="cell"):
    """Head of a trial of one cell; its columns are values and ops, then one of values per reading."""

    trial: Trial


class WallDone(msgspec.Struct, frozen=True, tag="wall"):
    """Head of a trial of one wall, number ``index`` of the plan."""

    trial: WallTrial
    index: int


@dataclass
class Collected:
    """Trials in the order measured, and where in the journal their samples are.

    Attributes:
        done: of each its kind, the place of its cell or wall in the plan, its run, and which of the run's trials it is.
    """

    trials: list[Trial] = field(default_factory=list)
    walls: list[WallTrial] = field(default_factory=list)
    done: set[tuple[str, int, int, int]] = field(default_factory=set)
    _starts: list[int] = field(default_factory=list)
    _places: list[tuple[int, int]] = field(default_factory=list)
    _rows: int = 0

    def add(self, head: CellDone | WallDone, columns: Sequence[int]) -> None:
        """Take what one frame says; ``columns`` are the places of its columns."""
        if isinstance(head, WallDone):
            self.walls.append(head.trial)
            self.done.add(("wall", head.index, head.trial.run, 0))
            return
        trial = head.trial
        self._append(trial, columns[:2])
        # The cells of a cell's readings follow it in the plan.
        for cell, place in enumerate(columns[2:], start=trial.cell + 1):
            reading = msgspec.structs.replace(trial, cell=cell, cold_ns=0.0, driver=None, party=None, took_s=0.0)
            self._append(reading, (place,))
        self.done.add(("cell", trial.cell, trial.run, trial.part))

    def _append(self, trial: Trial, places: Sequence[int]) -> None:
        self.trials.append(msgspec.structs.replace(trial, first=self._rows))
        if trial.count:
            self._starts.append(self._rows)
            self._places.append((places[0], places[1] if len(places) > 1 else _ONES))
            self._rows += trial.count

    def samples(self, journal: Journal) -> Samples:
        """The samples of all trials so far, read from the journal when asked for."""
        return _JournalSamples(journal, [*self._starts, self._rows], self._places)


class _JournalSamples(Samples):
    def __init__(self, journal: Journal, edges: list[int], places: list[tuple[int, int]]) -> None:
        self._journal = journal
        self._edges = edges
        self._places = places

    def __len__(self) -> int:
        return self._edges[-1]

    def _piece(self, first: int, count: int) -> Rows:
        trial = bisect_right(self._edges, first) - 1
        values, ops = self._places[trial]
        skip = first - self._edges[trial]
        count = min(count, self._edges[trial + 1] - first)
        x: Any = self._journal.read(values + 8 * skip, np.float64, count)
        if ops == _ONES:
            return x, np.ones(count, np.uint32)
        return x, self._journal.read(ops + 4 * skip, np.uint32, count)
