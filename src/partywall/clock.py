"""The clock of a session: what it is, how well it is known, and whether its figures add up."""

from partywall.estimate import Estimate
from partywall.estimate import Frozen as _Frozen

__all__ = ["Clock", "CpuOffset", "Doubling"]


class Doubling(_Frozen, frozen=True):
    """Whether the time of a sample is a line in its ops, and meets what timing nothing costs.

    Samples of ``ops`` to twice as many ops of ``body``, drawn at random, were timed in one worker after the
    other, each beside a worker that timed nothing.  With T(k) the time of k ops on the line through the samples
    of one worker and o the time of nothing, medians over workers with their 95 % intervals:

    Attributes:
        body: the primitive that was repeated.
        ops: k, the fewest ops in a sample.
        slope: (T(2k) - T(k)) / k, in seconds: the time of one op in which o has no part.
        level: (T(k) - o) / k, in seconds: the time of one op as every figure is made.
        intercept: 2 T(k) - T(2k), in seconds: where the line meets no ops.
        overhead: o, in seconds.
        disagreement: (slope - level) / level, unit "1"; the same as (o - intercept) / (k level).
        agrees: whether 0 lies in the interval of ``disagreement``, widened by one resolution of the clock.
    """

    body: str
    ops: int
    slope: Estimate
    level: Estimate
    intercept: Estimate
    overhead: Estimate
    disagreement: Estimate
    agrees: bool


class CpuOffset(_Frozen, frozen=True):
    """How far the clock of one CPU is ahead of that of another.

    From the fastest of many exchanges of time stamps (Cristian, Distributed Computing 3, 1989): half of its
    round trip, and one resolution, is the farthest that ``offset_s`` can be off.

    Attributes:
        driver_cpu: the CPU whose clock is the reference.
        peer_cpu: the CPU whose clock is ahead by ``offset_s`` (behind, where that is negative).
        offset_s: seconds.
        bound_s: seconds; the true offset lies within ``offset_s`` +- ``bound_s``.
        exchanges: how many there were; 0 where nothing could be measured.
        reason: why nothing was measured; empty where it was.
    """

    driver_cpu: int
    peer_cpu: int
    offset_s: float = 0.0
    bound_s: float = 0.0
    exchanges: int = 0
    reason: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two clocks certainly do not show the same."""
        return abs(self.offset_s) > self.bound_s


class Clock(_Frozen, frozen=True):
    """A calibrated clock.

    Attributes:
        source: "tsc", "cntvct" or "monotonic_raw".
        hertz: ticks a second.
        uncertainty: the relative one of ``hertz``.
        resolution_s: the smallest step seen.
        cost_s: median time between two reads in a row.
        backward: how many of those reads in a row went back.
        doubling: the cross-checks of its overhead; none in sessions of walls alone, and of earlier versions.
        offsets: between the CPUs that the session uses; none where it uses one.
    """

    source: str
    hertz: float
    uncertainty: float
    resolution_s: float
    cost_s: float
    backward: int
    doubling: tuple[Doubling, ...] = ()
    offsets: tuple[CpuOffset, ...] = ()

    def offset_between(self, one: int, other: int) -> CpuOffset | None:
        """What is known of two CPUs; None if nothing is."""
        for offset in self.offsets:
            if {offset.driver_cpu, offset.peer_cpu} == {one, other} and not offset.reason:
                return offset
        return None
