"""What each mechanism that a person chooses between costs, and what it contains."""

from partywall.estimate import Estimate, Frozen
from partywall.wall import Outcome

__all__ = ["Contained", "Price"]


class Contained(Frozen, frozen=True):
    """One act tried inside a mechanism: whether the mechanism held it back, as the wall of that name and host says."""

    act: str
    wall: str
    host: str
    outcome: Outcome
    reason: str = ""


class Price(Frozen, frozen=True):
    """One row of the price list.

    Attributes:
        mechanism: its name, "thread" say, and the host of its walls.
        title: the same in words.
        create: time to make one and to end it.
        call: time for a call into one that is there, and back.
        memory: bytes that one more takes.
        cells: ids of the cells that these come from: create, call, memory; empty where there is none.
        contains: what was tried inside of it.
        reason: why a figure, or the whole row, is missing; empty if none is.
    """

    mechanism: str
    title: str
    create: Estimate | None = None
    call: Estimate | None = None
    memory: Estimate | None = None
    cells: tuple[str, str, str] = ("", "", "")
    contains: tuple[Contained, ...] = ()
    reason: str = ""
