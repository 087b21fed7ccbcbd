"""What documents say, and how it is judged."""

from enum import StrEnum

from partywall.estimate import Estimate
from partywall.estimate import Frozen as _Frozen
from partywall.fit import Sweep

__all__ = ["Claim", "ClaimKind", "Quantity", "Verdict", "VerdictKind"]


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
    HOLDS_WITH_EXCEPTIONS = "HOLDS-WITH-EXCEPTIONS"
    BROKEN = "BROKEN"
    UNSUPPORTED = "UNSUPPORTED"
    NOISY = "NOISY"
    NOT_STEADY = "NOT-STEADY"
    TIMER_LIMITED = "TIMER-LIMITED"
    INVALID = "INVALID"


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
    runs an INDETERMINATE one would need.  ``p`` is the probability of such a decision were it false, adjusted for the
    ``together`` verdicts on the same document; None where nothing is decided even alone.  ``exceptions`` name the
    doors that are open here.  ``inside`` is the share of single ops that lies inside of ``bounds``, the median over
    runs with its interval; None where samples are batches, or what is judged is not the time of one op.
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
    p: float | None = None
    together: int = 0
    exceptions: tuple[str, ...] = ()
    inside: Estimate | None = None
