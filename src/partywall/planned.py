"""What is to be measured: cells with their factors, walls, and how often."""

from enum import StrEnum

from partywall.estimate import Frozen as _Frozen

__all__ = ["Confirmation", "Family", "Grid", "Override", "Plan", "PlannedCell", "Profile", "State", "Target"]


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
    """How much is measured: ``runs`` per cell, each of ``trials`` fresh workers that take samples for ``trial_s``.

    A wall is probed in ``wall_runs`` of the runs, or in all: its outcome
    is no estimate, and no method for many claims needs more of them.
    """

    name: str
    runs: int
    trial_s: float
    warmup_s: float
    trials: int = 1
    wall_runs: int | None = None


class Target(_Frozen, frozen=True):
    """How exact every cell's ``typical`` is to be: half of its interval over its value.

    The runs of the profile are then a pilot.  What it says of the noise fixes the number of further runs, and these
    alone are what the session tells of; with ``pooled`` the pilot's count as well.
    """

    precision: float
    pooled: bool = False


class Confirmation(_Frozen, frozen=True):
    """What the pilot fixed for one cell: the ``runs`` after it, and how long and of how many trials each is.

    ``wanted`` runs would be needed, None where no number is enough; where there are fewer, ``cut`` says why.
    """

    runs: int
    wanted: int | None
    trial_s: float
    trials: int = 1
    samples: int = 0
    chunk: int = 1
    cut: str = ""


class PlannedCell(_Frozen, frozen=True):
    """One cell as it will be measured: primitive x factors, and where on the machine.

    A cell with a ``reading`` is not measured itself: it holds what cell number ``of`` read, in ``unit``.
    ``runs``, ``trial_s``, ``warmup_s`` and ``trials`` override the profile where they are not None.
    One whose ``role`` is "check" was added where a model meets a bound, and is measured after all others; one whose
    role is "aa" is another copy of a cell.  Cells with the same number ``contrast`` of 0 or more are arms that are
    compared with each other.  One sample takes about ``sample_s`` seconds, 0 before that is known.
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
    trials: int | None = None
    contrast: int = -1
    sample_s: float = 0.0
    confirmation: Confirmation | None = None


class Override(_Frozen, frozen=True):
    """What some cells of a grid do otherwise: where the factors have these levels."""

    where: dict[str, str] = {}
    runs: int | None = None
    trial_s: float | None = None
    warmup_s: float | None = None
    trials: int | None = None


class Grid(_Frozen, frozen=True):
    """Names of families, primitives or walls, and the factor levels over which each is swept.

    ``overrides`` apply in their order; one with an empty ``where`` applies to the whole grid.
    """

    names: tuple[str, ...] = ()
    factors: dict[str, tuple[str, ...]] = {}
    overrides: tuple[Override, ...] = ()


class Plan(_Frozen, frozen=True):
    """What a session measures: cells and walls, how often, and the seed of every random choice.

    ``title`` and ``source`` say which study it is, where it came from a file.  All of it is to take ``budget_s``
    seconds at most, where that is not None; ``checks`` cells may come to it later, and are allowed for.
    """

    seed: int
    profile: Profile
    cells: tuple[PlannedCell, ...] = ()
    walls: tuple[tuple[str, str], ...] = ()
    title: str = ""
    source: str = ""
    target: Target | None = None
    budget_s: float | None = None
    checks: int = 0

    @property
    def added(self) -> frozenset[str]:
        """Ids of the cells that nobody asked for: copies, and those that check a crossing."""
        return frozenset(cell.id for cell in self.cells if cell.role)
