"""The frozen values that every layer shares: what was asked, what was seen, what follows."""

from enum import StrEnum
from typing import Any

from partywall.estimate import Estimate
from partywall.estimate import Frozen as _Frozen
from partywall.fit import Crossing, Fit, Sweep

__all__ = [
    "Capacity",
    "Cell",
    "Claim",
    "ClaimKind",
    "Clock",
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
    "Profile",
    "Quantity",
    "Result",
    "State",
    "Trial",
    "Verdict",
    "VerdictKind",
    "WallResult",
    "WallTrial",
]


class Family(StrEnum):
    """What a primitive is about."""

    REFERENCE = "reference"
    CREATE = "create"
    SWITCH = "switch"
    TALK = "talk"
    KEEP = "keep"


class State(StrEnum):
    """Whether a cell's figures may be used."""

    OK = "ok"
    NOISY = "noisy"
    NOT_STEADY = "not-steady"
    TIMER_LIMITED = "timer-limited"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"


class Outcome(StrEnum):
    """What a wall did."""

    HOLDS = "holds"
    BROKEN = "broken"
    INVALID = "invalid"
    UNSUPPORTED = "unsupported"


class Control(StrEnum):
    """Whether the positive control saw the breach that it was bound to see."""

    DETECTED = "detected"
    BLIND = "blind"
    NOT_RUN = "not-run"


class ClaimKind(StrEnum):
    """How a claim is judged."""

    RANGE = "range"
    RATIO = "ratio"
    HOLDS = "holds"


class VerdictKind(StrEnum):
    """The judgement of one claim for one cell."""

    WITHIN = "WITHIN"
    BELOW = "BELOW"
    ABOVE = "ABOVE"
    INDETERMINATE = "INDETERMINATE"
    HOLDS = "HOLDS"
    BROKEN = "BROKEN"
    UNSUPPORTED = "UNSUPPORTED"
    NOISY = "NOISY"
    NOT_STEADY = "NOT-STEADY"
    TIMER_LIMITED = "TIMER-LIMITED"
    INVALID = "INVALID"


class Profile(_Frozen, frozen=True):
    """How much is measured: ``runs`` fresh workers per cell, ``trial_s`` seconds of samples each."""

    name: str
    runs: int
    trial_s: float
    warmup_s: float


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


class PlannedCell(_Frozen, frozen=True):
    """One cell as it will be measured: primitive x factors, and where on the machine.

    A cell with a ``reading`` is not measured itself: it holds what cell number ``of`` read, in ``unit``.
    ``runs``, ``trial_s`` and ``warmup_s`` override the profile where they are not None.
    One whose ``role`` is "check" was added where a model meets a bound, and is measured after all others.
    """

    id: str
    primitive: str
    family: Family
    factors: dict[str, str]
    driver_cpu: int = -1
    peer_cpu: int = -1
    batch: int = 1
    samples: int = 0
    chunk: int = 1
    state: State = State.OK
    reason: str = ""
    reading: str = ""
    unit: str = "s"
    of: int = -1
    runs: int | None = None
    trial_s: float | None = None
    warmup_s: float | None = None
    role: str = ""


class Override(_Frozen, frozen=True):
    """What some cells of a grid do otherwise: where the factors have these levels."""

    where: dict[str, str] = {}
    runs: int | None = None
    trial_s: float | None = None
    warmup_s: float | None = None


class Grid(_Frozen, frozen=True):
    """Names of families, primitives or walls, and the factor levels over which each is swept.

    ``overrides`` apply in their order; one with an empty ``where`` applies to the whole grid.
    """

    names: tuple[str, ...] = ()
    factors: dict[str, tuple[str, ...]] = {}
    overrides: tuple[Override, ...] = ()


class Plan(_Frozen, frozen=True):
    """What a session measures: cells and walls, how often, and the seed of every random choice.

    ``title`` and ``source`` say which study it is, where it came from a file.
    """

    seed: int
    profile: Profile
    cells: tuple[PlannedCell, ...] = ()
    walls: tuple[tuple[str, str], ...] = ()
    title: str = ""
    source: str = ""


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
    the samples took.  ``cold_ns`` is the very first op.
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


class WallTrial(_Frozen, frozen=True):
    """One worker's probe of one wall: the facts it reported and the fault-to-detection times."""

    wall: str
    host: str
    run: int
    facts: dict[str, int]
    detection_ns: tuple[float, ...] = ()
    error: str = ""
    unsupported: bool = False


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


class WallResult(_Frozen, frozen=True):
    """What is known of one wall and one host of the fault."""

    id: str
    host: str
    outcome: Outcome
    control: Control
    evidence: dict[str, Any]
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


class Quantity(_Frozen, frozen=True):
    """What a claim is about: one cell's estimate, a difference or a ratio of two cells, or a wall.

    ``per_switch`` divides an op's time by the switches it is made of.  ``minus`` and ``over`` hold
    the factors (and, under "primitive", the primitive) in which the second cell differs.
    """

    primitive: str = ""
    factors: dict[str, str] = {}
    estimate: str = "typical"
    per_switch: bool = False
    minus: dict[str, str] = {}
    over: dict[str, str] = {}
    wall: str = ""
    host: str = ""
    why: dict[str, str] = {}


class Claim(_Frozen, frozen=True):
    """One documented claim: a sentence of our own, its bounds (seconds, or a ratio) and its source.

    ``crossings`` say along which factors models are asked where they meet those bounds.
    """

    id: str
    says: str
    kind: ClaimKind
    source: str
    quantities: tuple[Quantity, ...]
    low: float | None = None
    high: float | None = None
    crossings: tuple[Sweep, ...] = ()


class Verdict(_Frozen, frozen=True):
    """The judgement of one quantity of one claim.

    ``bounds`` is what the document says, ``low`` and ``high`` the whole interval that was compared
    with it, ``factor`` how far the nearest bound is (1 inside the range), ``runs_to_decide`` how many
    runs an INDETERMINATE one would need.
    """

    claim: str
    says: str
    cell: str
    quantity: str
    verdict: VerdictKind
    why: str
    source: str
    unit: str = "s"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    factor: float | None = None
    runs_to_decide: int | None = None


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
