"""One-way times: readings taken on another CPU than the one on which the op began, by that CPU's clock."""

from partywall.clock import Clock
from partywall.planned import PlannedCell

__all__ = ["FLAG", "is_doubtful", "offset_part"]

FLAG = "clock-offset"
_DOUBTFUL_SHARE = 0.05


def offset_part(clock: Clock, planned: PlannedCell) -> float:
    """Seconds by which the interval of the cell is widened on each side.

    The offset and its bound, where the two clocks certainly differ.  Elsewhere the offset is most likely none:
    the kernel compares the clocks of all CPUs before it trusts them, and the exchange found nothing against it.
    """
    offset = clock.offset_between(planned.driver_cpu, planned.peer_cpu) if _spans(planned) else None
    return abs(offset.offset_s) + offset.bound_s if offset and offset.differs else 0.0


def is_doubtful(clock: Clock, planned: PlannedCell, typical_s: float) -> bool:
    """Whether the offset, as far as it is known, may be more than 5 % of what was read.

    A difference of that size between two channels could then be one between two clocks.
    """
    offset = clock.offset_between(planned.driver_cpu, planned.peer_cpu) if _spans(planned) else None
    return offset is not None and abs(offset.offset_s) + offset.bound_s > _DOUBTFUL_SHARE * abs(typical_s)


def _spans(planned: PlannedCell) -> bool:
    return bool(planned.reading) and planned.unit == "s" and planned.driver_cpu != planned.peer_cpu
