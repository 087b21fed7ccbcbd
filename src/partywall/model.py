"""The frozen values that every layer shares: what was asked, what was seen, what follows."""

from typing import Any

from partywall.claim import Claim, ClaimKind, Quantity, Verdict, VerdictKind
from partywall.clock import Clock, CpuOffset, Doubling
from partywall.estimate import Estimate
from partywall.estimate import Frozen as _Frozen
from partywall.fit import Crossing, Fit
from partywall.planned import Confirmation, Family, Grid, Override, Plan, PlannedCell, Profile, State, Target
from partywall.price import Contained, Price
from partywall.regime import Arm, Regime, Regimes, SpinGaps
from partywall.wall import Control, Outcome, WallResult, WallTrial

__all__ = [
    "ESTIMATES",
    "AcrossSessions",
    "Arm",
    "Capacity",
    "Cell",
    "Claim",
    "ClaimKind",
    "Clock",
    "Confirmation",
    "Contained",
    "Control",
    "Counters",
    "CpuOffset",
    "Doubling",
    "Estimate",
    "Estimates",
    "Family",
    "Grid",
    "Measurement",
    "Mode",
    "Outcome",
    "Override",
    "Plan",
    "PlannedCell",
    "Precision",
    "Price",
    "Profile",
    "Quantity",
    "Reached",
    "Regime",
    "Regimes",
    "Result",
    "Sameness",
    "Shares",
    "SpinGaps",
    "State",
    "Surroundings",
    "Target",
    "Trial",
    "Verdict",
    "VerdictKind",
    "WallResult",
    "WallTrial",
]


class Estimates(_Frozen, frozen=True):
    """The estimates of one cell, per op, each a median over runs; None where the samples cannot carry one.

    ``typical`` is that of the runs' medians, ``mean`` of their means, ``trimmed`` of their means without the lowest
    and the highest tenth of the samples, which sees smaller changes than the other two, ``floor`` of their first
    percentiles, ``p99`` and ``p999`` of their 99th and 99.9th, ``cold`` of the first ops of all.  ``tail_index`` is
    Hill's, where there are enough samples; ``no_mean`` says why there is no mean.
    """

    typical: Estimate
    mean: Estimate | None
    floor: Estimate | None
    trimmed: Estimate | None = None
    p99: Estimate | None = None
    p999: Estimate | None = None
    cold: Estimate | None = None
    tail_index: Estimate | None = None
    no_mean: str = ""


ESTIMATES = ("typical", "mean", "trimmed", "floor", "p99", "p999", "cold")
"""The names of those that are in the unit of the cell, and that a claim may be about."""


class Mode(_Frozen, frozen=True):
    """One of several levels around which values gather, in the unit of the cell, and the share of them there."""

    value: float
    share: float


class Shares(_Frozen, frozen=True):
    """Shares of the variance of one run's median that runs, their trials and the samples of these cause.

    They sum to one, or are zero where nothing varies.  Where a run has one trial only, ``run`` holds what
    trials add.  More or longer trials make ``sample`` smaller, only more runs help against ``run``.
    """

    run: float
    trial: float
    sample: float


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


class Surroundings(_Frozen, frozen=True):
    """What the kernel counted around one trial, from before its worker started until after it ended.

    Of the CPUs that the trial used, -1 where the kernel does not say.

    Attributes:
        span_ns: how long that was.
        interrupts: all of them, the timer's and those from CPU to CPU as well.
        device_interrupts: those of devices.
        softirqs: of networks, disks and tasklets; those of timers, the scheduler and RCU come with any op.
        steal_ns: what the hypervisor took.
        throttled: how often a quota above this process stopped its tasks, or others under it.
        throttled_ns: for how long.
        pressure_ns: time in which a task, of the whole machine, was runnable and not running.
        thermal: how often heat made a CPU slower.
        khz: the highest frequency that is reported at the end.
    """

    span_ns: int
    interrupts: int = -1
    device_interrupts: int = -1
    softirqs: int = -1
    steal_ns: int = -1
    throttled: int = -1
    throttled_ns: int = -1
    pressure_ns: int = -1
    thermal: int = -1
    khz: int = -1


class Trial(_Frozen, frozen=True):
    """One worker's run of one cell; its samples are rows ``first`` to ``first + count`` of the session.

    ``error`` is empty or one line; then there may be no samples.  ``seconds`` is the wall time that
    the samples took, ``took_s`` that of all of it, from the end of the trial before it.  ``cold_ns`` is the very
    first op.  ``part`` counts the trials of a run.  ``phase`` is "pilot" where runs of the plan are.  ``around``
    is None in sessions of earlier versions.
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
    around: Surroundings | None = None
    flags: tuple[str, ...] = ()
    error: str = ""
    unsupported: bool = False
    part: int = 0
    phase: str = ""
    took_s: float = 0.0


class Cell(_Frozen, frozen=True):
    """What is known of one cell, per op, in the unit that its estimates name.

    ``per_op`` says that each sample is a single op; otherwise it is a batch, and every percentile is one of
    batches.  ``clean`` is ``typical`` of the runs that nothing disturbed, where some were.  ``modes`` are
    those of the values of the "runs", or else of the "samples" within runs, as ``modes_of`` says; none if there is
    but one.  ``warm_up`` is the share of samples left out as such.
    """

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
    per_op: bool = True
    clean: Estimate | None = None
    modes: tuple[Mode, ...] = ()
    modes_of: str = ""
    shares: Shares | None = None
    warm_up: float = 0.0


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
    def mean(self) -> Estimate | None:
        """Median over runs of the run's mean, per op; None if the tail is too heavy for one."""
        return self._estimates().mean

    @property
    def trimmed(self) -> Estimate | None:
        """Median over runs of the mean of the run's samples without their lowest and highest tenth, per op."""
        return self._estimates().trimmed

    @property
    def floor(self) -> Estimate | None:
        """Median over runs of the run's first percentile, per op; None if the samples cannot carry one."""
        return self._estimates().floor

    @property
    def p99(self) -> Estimate | None:
        """Median over runs of the run's 99th percentile; None if the samples cannot carry one."""
        return self._estimates().p99

    @property
    def p999(self) -> Estimate | None:
        """Median over runs of the run's 99.9th percentile; None if the samples cannot carry one."""
        return self._estimates().p999

    @property
    def cold(self) -> Estimate | None:
        """Median over runs of the time of the very first op of a fresh worker."""
        return self._estimates().cold

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
    regimes: Regimes | None = None
    sameness: tuple[Sameness, ...] = ()
    precision: Precision | None = None
    prices: tuple[Price, ...] = ()

    @property
    def asked(self) -> tuple[Cell, ...]:
        """The cells but for those that were added to check a crossing, whose levels were chosen to lie at a bound."""
        added = self.plan.added
        return tuple(cell for cell in self.cells if cell.id not in added)
