"""What follows from a sweep: a model with its residuals, and where it crosses a documented bound."""

from enum import StrEnum

from partywall.estimate import Estimate, Frozen

__all__ = [
    "Check",
    "CheckState",
    "Crossing",
    "CrossingState",
    "Fit",
    "FitState",
    "Residual",
    "Sweep",
    "Term",
]


class FitState(StrEnum):
    """Whether the model may be used."""

    OK = "ok"
    REFUSED = "refused"
    TOO_FEW = "too-few"


class CrossingState(StrEnum):
    """What became of a bound along a factor.

    ``found`` inside the measured range, ``extrapolated`` beyond it but within twice of it, ``always`` already
    beyond the bound at the lowest level, ``none`` nowhere up to twice the measured range, ``refused`` as the
    model was.
    """

    FOUND = "found"
    EXTRAPOLATED = "extrapolated"
    ALWAYS = "always"
    NONE = "none"
    REFUSED = "refused"


class CheckState(StrEnum):
    """What measuring at a crossing says of it.

    ``confirmed`` if what was measured overlaps the bound or what the model says of that level, ``close`` if
    it comes within the tolerance of a residual, ``refuted`` if not, ``unmeasured`` if there are no figures.
    """

    CONFIRMED = "confirmed"
    CLOSE = "close"
    REFUTED = "refuted"
    UNMEASURED = "unmeasured"


class Sweep(Frozen, frozen=True):
    """Where a claim's bounds are looked for: along one factor of a primitive, the others as ``factors`` say.

    ``over`` holds what makes the second model of a ratio, as in a quantity.
    """

    primitive: str
    along: str
    factors: dict[str, str] = {}
    over: dict[str, str] = {}


class Term(Frozen, frozen=True):
    """One coefficient of a model: the median over runs of the run's own, in a unit such as "s/B"."""

    name: str
    estimate: Estimate


class Residual(Frozen, frozen=True):
    """How far one cell lies from the model, as a share of what was measured there.

    ``value`` is the median over runs of the run's residual, ``low`` to ``high`` its interval.
    """

    cell: str
    measured: Estimate
    value: float
    low: float
    high: float


class Fit(Frozen, frozen=True):
    """One model of one sweep; a refused one has residuals, and no terms.

    ``conditions`` are the factors that were held, ``levels`` those that were swept, ``doubts`` the ids of cells
    whose state is not ok.
    """

    id: str
    title: str
    primitive: str
    reading: str
    formula: str
    conditions: dict[str, str]
    levels: dict[str, tuple[str, ...]]
    state: FitState
    reason: str = ""
    runs: int = 0
    terms: tuple[Term, ...] = ()
    residuals: tuple[Residual, ...] = ()
    doubts: tuple[str, ...] = ()


class Check(Frozen, frozen=True):
    """What was measured at a crossing, after the sweep: at ``level``, and what the model says of it."""

    level: str
    state: CheckState
    measured: Estimate | None = None
    expected: Estimate | None = None
    reason: str = ""


class Crossing(Frozen, frozen=True):
    """Where a model meets a bound: the median over runs of the run's own crossing, in the factor's unit.

    An end that is None is open: so many runs have no crossing there that the interval does not end.
    """

    claim: str
    fit: str
    factor: str
    bound: float
    bound_unit: str
    unit: str
    state: CrossingState
    sentence: str
    over: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    check: Check | None = None
