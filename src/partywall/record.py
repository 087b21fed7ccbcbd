"""One session as it was recorded: raw samples and how they were taken, nothing derived."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partywall.model import Clock, Plan, Trial, WallTrial

__all__ = ["SCHEMA", "Record"]

SCHEMA = "partywall/1"


@dataclass(frozen=True, eq=False)
class Record:
    """The content of one session file.

    Attributes:
        ns: duration of each sample in nanoseconds as the clock gave it, shape (samples,), the empty
            arm's overhead not taken off.
        ops: number of ops in each sample, shape (samples,).
        trials: each trial's rows are ``ns[first:first + count]``.
        host: fingerprint of the machine.
        tool: version and build of partywall.
    """

    plan: Plan
    host: dict[str, Any]
    clock: Clock
    tool: dict[str, Any]
    trials: tuple[Trial, ...] = ()
    wall_trials: tuple[WallTrial, ...] = ()
    ns: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    ops: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
