"""The frozen values that every layer shares: what was asked, what was seen, what follows."""

from typing import Any

from partywall.claim import Claim, ClaimKind, Quantity, Verdict, VerdictKind
from partywall.estimate import Estimate
from partywall.estimate import Frozen as _Frozen
from partywall.fit import Crossing, Fit
from partywall.planned import Confirmation, Family, Grid, Override, Plan, PlannedCell, Profile, State, Target
from partywall.wall import Control, Outcome, WallResult, WallTrial

__all__ = [
    "AcrossSessions",
    "Capacity",
    "Cell",
    "Claim",
    "ClaimKind",
    "Clock",
    "Confirmation",
    "Control",
    "Counters",
    "Estimate",
    "Estimates",
    "Family",
    "Grid",
    "Measurement",
    "Outcome",
    "Override",
    "Plan",
    "PlannedCell",
    "Precision",
    "Profile",
    "Quantity",
    "Reached",
    "Result",
    "Sameness",
    "State",
    "Target",
    "Trial",
    "Verdict",
    "VerdictKind",
    "WallResult",
    "WallTrial",
]


class Estimates(_Frozen, frozen=True):
    """The estimates of one cell, per op; None where the samples cannot carry one."""

    typical: Estimate
    mean: Estimate
    floor: Estimate
    p99: Estimate | None = None


class Clock(_Frozen, frozen=True):
    """A calibrated clock.

    ``resolution_s`` is the smallest step seen, ``cost_s`` the median time between two reads in a
    row, ``uncertainty`` the relative one of ``hertz``, ``backward`` the number of steps below zero.
    """

    source: str
    hertz: float
    uncertainty: float
    resolution_s: float
    cost_s: float
    backward: int


class Counters(_Frozen, frozen=True):
    """Change of one task's counters over ``ops`` ops; -1 where the kernel does not say."""

    ops: int
    voluntary: int
    involuntary: int
    minor_faults: int
    major_faults: int
    run_delay_ns: int
    migrations: int
    steal_ns: int
    wall_ns: int = 0
    cpu_ns: int = 0
    others_cpu_ns: int = 0


class Trial(_Frozen, frozen=True):
    """One worker's run of one cell; its samples are rows ``first`` to ``first + count`` of the session.

    ``error`` is empty or one line; then there may be no samples.  ``seconds`` is the wall time that
    the samples took, ``took_s`` that of all of it, from the end of the trial before it.  ``cold_ns`` is the very
    first op.  ``part`` counts the trials of a run.  ``phase`` is "pilot" where runs of the plan are.
    """

    cell: int
    run: int
    position: int
    seed: int
    first: int = 0
    count: int = 0
    cold_ns: float = 0.0
    seconds: float = 0.0
    driver: Counters | None = None
    party: Counters | None = None
    flags: tuple[str, ...] = ()
    error: str = ""
    unsupported: bool = False
    part: int = 0
    phase: str = ""
    took_s: float = 0.0


class Cell(_Frozen, frozen=True):
    """What is known of one cell, per op, in the unit that its estimates name."""

    id: str
    primitive: str
    family: Family
    factors: dict[str, str]
    estimates: Estimates | None
    runs: int
    samples: int
    batch: int
    state: State
    reading: str = ""
    flags: tuple[str, ...] = ()
    reason: str = ""


class Capacity(_Frozen, frozen=True):
    """How many more tasks of one kind the machine could hold when the session began.

    ``task_bytes`` is what one more takes; ``count`` lies between ``low`` and ``high``; ``limited_by`` is
    "memory" or the name of the limit that is met first.
    """

    primitive: str
    factors: dict[str, str]
    task_bytes: Estimate
    count: int
    low: int
    high: int
    limited_by: str


class Reached(_Frozen, frozen=True):
    """How exact one cell's ``typical`` became: ``value`` is half of its interval over it; None if it has none.

    ``wanted`` runs were needed by what the pilot showed, None where no number is enough.  ``why`` says what kept it
    from what was asked; empty if nothing did.
    """

    cell: str
    value: float | None
    runs: int
    wanted: int | None
    why: str = ""


class Precision(_Frozen, frozen=True):
    """What was ``asked`` of a session, and what its cells reached: ``typical`` is the middle one of them."""

    asked: float
    pooled: bool
    typical: float | None
    cells: tuple[Reached, ...]


class AcrossSessions(_Frozen, frozen=True):
    """One cell in several sessions: the median of its ``typical`` over them; None if one has no figure.

    ``interval`` says that low and high are a 95 % interval for the level that sessions lie about; otherwise they are
    the least and the greatest that was seen.  ``within`` is half of the interval that a session itself gave, at the
    middle: where it is far below the range, sessions differ by more than their own intervals say.
    """

    cell: str
    primitive: str
    family: Family
    factors: dict[str, str]
    sessions: int
    typical: Estimate | None
    interval: bool
    within: float | None = None
    states: tuple[State, ...] = ()


class Sameness(_Frozen, frozen=True):
    """A cell against another copy of itself, measured as a contrast is: their ratio is 1.

    ``ratio`` has the interval of a ratio of two cells; it is None, and a ``reason``, where there is none.  ``alarm``
    says that the interval leaves out 1, which one in twenty does by chance.
    """

    cell: str
    ratio: Estimate | None
    alarm: bool = False
    reason: str = ""


class Measurement(_Frozen, frozen=True):
    """One cell together with the clock it was measured on."""

    cell: Cell
    clock: Clock

    @property
    def typical(self) -> Estimate:
        """Median over runs of the run's median, per op."""
        return self._estimates().typical

    @property
    def mean(self) -> Estimate:
        """Median over runs of the run's mean, per op."""
        return self._estimates().mean

    @property
    def floor(self) -> Estimate:
        """Median over runs of the run's first percentile, per op."""
        return self._estimates().floor

    @property
    def p99(self) -> Estimate | None:
        """Median over runs of the run's 99th percentile; None if the samples cannot carry one."""
        return self._estimates().p99

    def _estimates(self) -> Estimates:
        if self.cell.estimates is None:
            raise ValueError(f"{self.cell.id} is {self.cell.state}: {self.cell.reason}")
        return self.cell.estimates


class Result(_Frozen, frozen=True, rename={"format": "schema"}):
    """What ``--json`` prints: everything that follows from one session."""

    format: str
    host: dict[str, Any]
    clock: Clock
    plan: Plan
    cells: tuple[Cell, ...]
    walls: tuple[WallResult, ...]
    verdicts: tuple[Verdict, ...]
    capacities: tuple[Capacity, ...] = ()
    fits: tuple[Fit, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    sameness: tuple[Sameness, ...] = ()
    precision: Precision | None = None
