"""What a session saw of the machine's moods."""

from partywall.estimate import Frozen as _Frozen

__all__ = ["Arm", "Regime", "Regimes", "SpinGaps"]


class Arm(_Frozen, frozen=True):
    """A reference arm: how long it took in each regime, and by how much the slowest exceeds the fastest.

    Attributes:
        cell: id of the cell.
        title: what the arm is, for readers.
        typical_s: median over the blocks of each regime, in the order of the regimes, of the run's median.
        apart: the largest of these over the smallest, less one.
        tells: whether this arm alone tells the regimes apart.
    """

    cell: str
    title: str
    typical_s: tuple[float, ...]
    apart: float
    tells: bool


class Regime(_Frozen, frozen=True):
    """One level of the machine, and the blocks in which it was at that level, in rising order."""

    blocks: tuple[int, ...]


class SpinGaps(_Frozen, frozen=True):
    """How long the CPU was away from the fixed spin of one block: what took it, and how often, is not seen.

    Attributes:
        block: its number.
        share: of the time of the spin.
        longest_s: at once, in seconds.
    """

    block: int
    share: float
    longest_s: float


class Regimes(_Frozen, frozen=True):
    """Whether the reference arms saw one regime of the machine or several; nothing is left out for it.

    Attributes:
        regimes: one or more, the one of the earliest block first; none if there are too few blocks to judge.
        arms: what was judged.
        gaps: of the fixed spin, block by block.
        reason: why nothing was judged; empty where it was.
    """

    regimes: tuple[Regime, ...] = ()
    arms: tuple[Arm, ...] = ()
    gaps: tuple[SpinGaps, ...] = ()
    reason: str = ""
