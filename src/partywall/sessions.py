"""Several sessions of one machine: what differs from one to the next is a level of its own."""

from collections.abc import Sequence

import msgspec
import numpy as np

from partywall.errors import InputError
from partywall.model import AcrossSessions, Cell, State
from partywall.record import Record
from partywall.session import Session
from partywall.stats import median_interval, seen_range

__all__ = ["across_sessions"]

_LEAST_SESSIONS = 6
_MACHINE = ("machine", "kernel", "cpu", "cpus_allowed")


def across_sessions(sessions: Sequence[Session]) -> tuple[AcrossSessions, ...]:
    """Each cell that all sessions have figures of: the median over sessions of typical.

    From six sessions on with the exact rank interval of 95 %, below that with the range that was seen, which is no
    interval: its confidence is that of six runs or fewer, 1 - 2^(1 - n).  Cells that check, and readings, are left out.

    InputError if there are fewer than two sessions, if two are the same one, or if they are not of one machine.
    """
    if len(sessions) < 2:
        raise InputError(f"{len(sessions)} session cannot be set beside another")
    _check_machines([session.record for session in sessions])
    found = [{cell.id: cell for cell in session.cells} for session in sessions]
    shown = [cell for cell in found[0].values() if not cell.reading and not cell.id.endswith("@check")]
    return tuple(_across(cell, [cells.get(cell.id) for cells in found]) for cell in shown)


def _check_machines(records: Sequence[Record]) -> None:
    first = records[0]
    for i, record in enumerate(records[1:], 1):
        for name in _MACHINE:
            if record.host.get(name) != first.host.get(name):
                here, there = first.host.get(name), record.host.get(name)
                raise InputError(f"the sessions are not of one machine: {name} is {here!r} and {there!r}")
        if any(other.plan.seed == record.plan.seed and other.trials == record.trials for other in records[:i]):
            raise InputError("a session is given twice")


def _across(cell: Cell, others: Sequence[Cell | None]) -> AcrossSessions:
    known = [other.estimates.typical for other in others if other is not None and other.estimates is not None]
    found = AcrossSessions(
        cell=cell.id,
        primitive=cell.primitive,
        family=cell.family,
        factors=cell.factors,
        sessions=len(known),
        typical=None,
        interval=False,
        states=tuple(other.state if other is not None else State.UNSUPPORTED for other in others),
    )
    if len(known) < max(2, len(others)):
        return found
    values = np.array([estimate.value for estimate in known])
    if len(known) >= _LEAST_SESSIONS:
        typical = median_interval(values, unit=known[0].unit)
    else:
        typical = seen_range(values, known[0].unit)
    within = float(np.median([(estimate.high - estimate.low) / 2 for estimate in known]))
    return msgspec.structs.replace(found, typical=typical, interval=len(known) >= _LEAST_SESSIONS, within=within)
