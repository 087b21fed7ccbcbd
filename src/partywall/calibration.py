"""Cross-checks of the calibrated clock: its overhead by doubling, its offset from CPU to CPU by exchange."""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall import native
from partywall.clock import Clock, CpuOffset, Doubling
from partywall.errors import MeasureError, UnsupportedError
from partywall.estimate import Estimate
from partywall.planned import Plan, State
from partywall.stats import median_interval

__all__ = ["check_clock", "check_doubling", "check_pairs", "measure_offset"]

_BODIES = ("empty", "null_syscall")
_ROUNDS = 9  # the fewest whose interval wastes little
_OVERHEADS = 80  # a sample takes that many: long enough for a line, so short that the overhead shows
_SAMPLES = 400
_CHUNK = 50
_WARMUP_S = 0.0005
_TRIAL_S = 0.005
_PROBE_OPS = 1000
_TRIMS = 5
_TRIM_SIGMAS = 2.5
_MAD_TO_SIGMA = 1.4826
_EXCHANGES = 5000
_EXCHANGE_S = 0.02
_SUBJECT = "cache_line"


def check_clock(clock: Clock, plan: Plan) -> Clock:
    """The clock with its cross-checks, on the CPUs that the plan's cells use; as it was if there are none."""
    cells = [cell for cell in plan.cells if cell.state == State.OK]
    if not cells:
        return clock
    pairs = dict.fromkeys((c.driver_cpu, c.peer_cpu) for c in cells if c.driver_cpu != c.peer_cpu)
    return msgspec.structs.replace(
        clock, doubling=check_doubling(clock, cells[0].driver_cpu), offsets=check_pairs(clock, pairs)
    )


def check_pairs(clock: Clock, pairs: Iterable[tuple[int, int]]) -> tuple[CpuOffset, ...]:
    """The offset of each pair of CPUs; where it cannot be measured, with the reason."""
    found = []
    for driver_cpu, peer_cpu in pairs:
        try:
            found.append(measure_offset(clock, driver_cpu, peer_cpu))
        except (MeasureError, UnsupportedError) as error:
            found.append(CpuOffset(driver_cpu=driver_cpu, peer_cpu=peer_cpu, reason=str(error)))
    return tuple(found)


def measure_offset(clock: Clock, driver_cpu: int, peer_cpu: int) -> CpuOffset:
    """How far the clock of ``peer_cpu`` is ahead of that of ``driver_cpu``.

    The driver hands a cache line over at t0 and has it back at t3 by its own clock; the peer has it at t1 and gives
    it back at t2 by its own.  Of the exchange whose round trip (t3 - t0) - (t2 - t1) is least, the offset is
    ((t1 - t0) + (t2 - t3)) / 2.

    Raises:
        UnsupportedError: both are one CPU, or the kernel refuses.
        MeasureError: the exchange failed.
    """
    if driver_cpu == peer_cpu:
        raise UnsupportedError(f"there is no second CPU beside {driver_cpu}, so no offset between clocks")
    raw = native.carry_out(
        native.Order(
            subject=_SUBJECT,
            clock=clock.source,
            peer="process",
            parties=2,
            readings=True,
            driver_cpu=driver_cpu,
            peer_cpu=peer_cpu,
            samples=_EXCHANGES,
            chunk=_EXCHANGES // 10,
            warmup_s=_WARMUP_S,
            budget_s=_EXCHANGE_S,
        )
    )
    came, went = raw.readings.T
    whole = raw.ticks.astype(np.int64)
    trips = whole - (went - came)
    best = int(np.argmin(trips))
    return CpuOffset(
        driver_cpu=driver_cpu,
        peer_cpu=peer_cpu,
        offset_s=float(came[best] + went[best] - whole[best]) / 2 / clock.hertz,
        bound_s=float(trips[best]) / 2 / clock.hertz + clock.resolution_s,
        exchanges=int(trips.size),
    )


def check_doubling(clock: Clock, cpu: int) -> tuple[Doubling, ...]:
    """The cross-check by doubling on one CPU, of an empty body and of a null system call; none if it fails."""
    try:
        return tuple(_doubled(clock, cpu, body) for body in _BODIES)
    except (MeasureError, UnsupportedError):
        # Whatever is wrong stops the pilot as well, and is told there.
        return ()


def _doubled(clock: Clock, cpu: int, body: str) -> Doubling:
    op_s = _line(_timed(clock, cpu, body, _PROBE_OPS, 1), clock)[1]
    overhead_s = _typical(_timed(clock, cpu, "empty", 1, 1))
    k = max(1, round(_OVERHEADS * max(overhead_s, clock.resolution_s) / max(op_s, 1e-11)))
    lines = []
    for round_ in range(_ROUNDS):
        overhead_s = _typical(_timed(clock, cpu, "empty", 1, round_ + 1))
        lines.append((overhead_s, *_line(_timed(clock, cpu, body, k, round_ + 1), clock)))
    overhead, intercept, slope = np.array(lines).T
    level = slope + (intercept - overhead) / k
    scale = np.where(level > 0, level, np.inf)
    disagreement = median_interval((slope - level) / scale, unit="1")
    slack = clock.resolution_s / (k * float(np.median(scale)))
    return Doubling(
        body=body,
        ops=k,
        slope=median_interval(slope),
        level=median_interval(level),
        intercept=median_interval(intercept),
        overhead=median_interval(overhead),
        disagreement=disagreement,
        agrees=_holds_zero(disagreement, slack),
    )


def _holds_zero(estimate: Estimate, slack: float) -> bool:
    return estimate.low - slack <= 0.0 <= estimate.high + slack


def _timed(clock: Clock, cpu: int, body: str, k: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ops and seconds of samples of k to 2 k ops, drawn at random so that both lie side by side; of one op each
    where k is 1 and the body is empty."""
    raw = native.carry_out(
        native.Order(
            subject=body,
            clock=clock.source,
            driver_cpu=cpu,
            batch=k,
            dither=0 if (body, k) == ("empty", 1) else k,
            samples=_SAMPLES,
            chunk=_CHUNK,
            warmup_s=_WARMUP_S,
            budget_s=_TRIAL_S,
            seed=seed,
        )
    )
    return raw.ops.astype(np.float64), raw.ticks / clock.hertz


def _typical(timed: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """Mean of the middle half: finer than a step of the clock, and blind to what interrupts."""
    seconds = np.sort(timed[1])
    return float(np.mean(seconds[seconds.size // 4 : max(3 * seconds.size // 4, seconds.size // 4 + 1)]))


def _line(timed: tuple[NDArray[np.float64], NDArray[np.float64]], clock: Clock) -> tuple[float, float]:
    """Intercept and slope of the line through the samples, those that something interrupted trimmed away."""
    ops, seconds = timed
    kept = np.ones(ops.size, bool)
    intercept = slope = 0.0
    for _ in range(_TRIMS):
        if np.ptp(ops[kept]) == 0:
            raise MeasureError("the samples that are left all have the same number of ops", "drive")
        x, y = ops[kept], seconds[kept]
        slope = float(np.cov(x, y, bias=True)[0, 1] / np.var(x))
        intercept = float(np.mean(y) - slope * np.mean(x))
        off = seconds - intercept - slope * ops
        middle = np.median(off)
        sigma = max(_MAD_TO_SIGMA * float(np.median(np.abs(off - middle))), clock.resolution_s / 4)
        kept = np.abs(off - middle) <= _TRIM_SIGMAS * sigma
    return intercept, slope
