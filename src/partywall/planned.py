"""What is to be measured: cells with their factors, walls, and how often."""

from enum import StrEnum

from partywall.estimate import Frozen as _Frozen

__all__ = ["Family", "Grid", "Override", "Plan", "PlannedCell", "Profile", "State"]


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


class Profile(_Frozen, frozen=True):
    """How much is measured: ``runs`` fresh workers per cell, ``trial_s`` seconds of samples each."""

    name: str
    runs: int
    trial_s: float
    warmup_s: float


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
