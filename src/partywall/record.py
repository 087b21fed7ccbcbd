"""One session as it was recorded: raw samples and how they were taken, nothing derived."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partywall.model import Clock, Plan, Trial, WallTrial

__all__ = ["SCHEMA", "HeldSamples", "Record", "Rows", "Samples"]

SCHEMA = "partywall/2"

Rows = tuple[NDArray[np.float64], NDArray[np.uint32]]
"""Values and ops of some rows, each of shape (rows,); not to be written to."""


class Samples(ABC):
    """The samples of a session, wherever they lie; they are fetched when asked for and not kept.

    A row's value is the duration of the sample in nanoseconds as the clock gave it, the empty arm's overhead
    not taken off; or, of a cell whose unit is not "s", what was read, in that unit.  Its ops are how many ops
    the sample holds.
    """

    @abstractmethod
    def __len__(self) -> int:
        """The number of rows."""

    @abstractmethod
    def _piece(self, first: int, count: int) -> Rows:
        """One row or more from ``first`` on, ``count`` at most."""

    def rows(self, first: int, count: int) -> Rows:
        """Values and ops of the rows ``first`` to ``first + count``; fastest in rising order.

        Raises:
            IndexError: there are no such rows.
            SessionError: the file they lie in is damaged.
        """
        if not 0 <= first <= first + count <= len(self):
            raise IndexError(f"rows {first} to {first + count} of {len(self)}")
        if count == 0:
            return np.empty(0), np.empty(0, np.uint32)
        values, ops = self._piece(first, count)
        if values.size == count:
            return values, ops
        whole = np.empty(count), np.empty(count, np.uint32)
        done = 0
        while True:
            end = done + values.size
            whole[0][done:end], whole[1][done:end] = values, ops
            done = end
            if done == count:
                return whole
            values, ops = self._piece(first + done, count - done)


class HeldSamples(Samples):
    """Samples in memory: ``values`` and ``ops``, each of shape (samples,)."""

    def __init__(self, values: NDArray[np.float64], ops: NDArray[np.uint32]) -> None:
        self._values = values
        self._ops = ops

    def __len__(self) -> int:
        return self._values.size

    def _piece(self, first: int, count: int) -> Rows:
        return self._values[first : first + count], self._ops[first : first + count]


def _no_samples() -> Samples:
    return HeldSamples(np.empty(0), np.empty(0, np.uint32))


@dataclass(frozen=True, eq=False)
class Record:
    """The content of one session file.

    Attributes:
        host: fingerprint of the machine.
        tool: version and build of partywall.
        trials: each trial's samples are ``samples.rows(trial.first, trial.count)``.
        samples: the samples of all trials; mostly in a file.
    """

    plan: Plan
    host: dict[str, Any]
    clock: Clock
    tool: dict[str, Any]
    trials: tuple[Trial, ...] = ()
    wall_trials: tuple[WallTrial, ...] = ()
    samples: Samples = field(default_factory=_no_samples)
