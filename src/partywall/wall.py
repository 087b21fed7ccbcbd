"""What is known of walls: outcomes, controls, and the facts behind them."""

from enum import StrEnum
from typing import Any

from partywall.estimate import Frozen as _Frozen

__all__ = ["Control", "Outcome", "WallResult", "WallTrial"]


class Outcome(StrEnum):
    """What a wall did; of a door, whether it is open; REPORTED where nothing is attacked."""

    HOLDS = "holds"
    OPEN = "open"
    SHUT = "shut"
    REPORTED = "reported"
    BROKEN = "broken"
    INVALID = "invalid"
    UNSUPPORTED = "unsupported"


class Control(StrEnum):
    """Whether the positive control saw the breach that it was bound to see."""

    DETECTED = "detected"
    BLIND = "blind"
    NOT_RUN = "not-run"


class WallTrial(_Frozen, frozen=True):
    """One worker's probe of one wall: the facts it reported and the durations it took, by their names.

    ``detection_ns`` is what sessions of earlier versions call the only timing they have, "detection".
    """

    wall: str
    host: str
    run: int
    facts: dict[str, int]
    detection_ns: tuple[float, ...] = ()
    timings_ns: dict[str, tuple[float, ...]] = {}
    error: str = ""
    unsupported: bool = False


class WallResult(_Frozen, frozen=True):
    """What is known of one wall and one host.

    ``exception`` says of a door what the wall does not keep out, and by which rule.
    """

    id: str
    host: str
    outcome: Outcome
    control: Control
    evidence: dict[str, Any]
    reason: str = ""
    exception: str = ""
