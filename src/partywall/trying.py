"""Each cell is tried before it is measured: what one op takes decides how many make a sample, and a trial."""

from collections.abc import Callable

import msgspec
import numpy as np

from partywall import native
from partywall.batches import PER_OP_OVERHEADS, share_batches, with_batch
from partywall.budget import deadline_seconds, is_slow
from partywall.catalog import EMPTY, PRIMITIVES
from partywall.catalog.declaration import LOAD
from partywall.design import is_measured
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Clock, Plan, PlannedCell, State
from partywall.request import order_of

__all__ = ["try_cells", "with_readings_alike"]

_TRY_S = 0.002
_TRY_SAMPLES = 200
_TRY_BATCH = 512
_TRY_CHUNK = {"c": 10, "python": 1}


def try_cells(plan: Plan, clock: Clock, progress: Callable[[str, int, int], None], first: int = 0) -> Plan:
    """The plan with the batches of the cells from place ``first`` on.

    What the machine cannot do becomes ``unsupported``, what fails ``invalid``; MeasureError only if the empty arm
    itself fails.
    """
    empty = next((cell for cell in plan.cells if cell.primitive == "empty"), None)
    if empty is None:
        return plan
    # By the id of the empty arm; that of Python is measured once a cell needs it.
    overheads = {empty.id: _sample_s(empty, clock, 1)}
    cells = list(plan.cells[:first])
    for i, cell in enumerate(plan.cells[first:], first):
        progress(f"pilot {cell.id}", i, len(plan.cells))
        cells.append(_tried(cell, plan, clock, overheads) if is_measured(cell) else cell)
    tried = msgspec.structs.replace(plan, cells=tuple(cells))
    return with_readings_alike(tried if first else share_batches(tried))


def with_readings_alike(plan: Plan) -> Plan:
    """The plan in which what a cell reads shares its size and its fate."""
    cells = list(plan.cells)
    for i, cell in enumerate(cells):
        if cell.of >= 0:
            source = cells[cell.of]
            cells[i] = msgspec.structs.replace(
                cell, samples=source.samples, chunk=source.chunk, state=source.state, reason=source.reason
            )
    return msgspec.structs.replace(plan, cells=tuple(cells))


def _tried(cell: PlannedCell, plan: Plan, clock: Clock, overheads: dict[str, float]) -> PlannedCell:
    try:
        sample_s = _sample_s(cell, clock, 1)
        arm = _empty_arm(cell, plan)
        if arm.id not in overheads:
            overheads[arm.id] = _sample_s(arm, clock, 1)
        overhead_s = overheads[arm.id]
        op_s = sample_s - overhead_s
        if op_s < PER_OP_OVERHEADS * overhead_s:
            op_s = (_sample_s(cell, clock, _TRY_BATCH) - overhead_s) / _TRY_BATCH
    except UnsupportedError as error:
        return msgspec.structs.replace(cell, state=State.UNSUPPORTED, reason=str(error))
    except MeasureError as error:
        return msgspec.structs.replace(cell, state=State.INVALID, reason=str(error))
    return with_batch(cell, op_s, overhead_s, clock, plan)


def _empty_arm(cell: PlannedCell, plan: Plan) -> PlannedCell:
    """The empty arm of the cell's language, in its image if the plan has it there."""
    name = EMPTY[PRIMITIVES[cell.primitive].language]
    arms = [arm for arm in plan.cells if arm.primitive == name]
    return next((arm for arm in arms if arm.factors.get("image") == cell.factors.get("image")), arms[0])


def _sample_s(cell: PlannedCell, clock: Clock, batch: int) -> float:
    language = PRIMITIVES[cell.primitive].language
    # In a closed loop: what one op takes is asked, not how long it waits for the one before.
    order = order_of(
        msgspec.structs.replace(cell, factors={k: v for k, v in cell.factors.items() if k != LOAD.name}),
        clock,
        1,
        batch=batch,
        samples=_TRY_SAMPLES,
        chunk=1 if is_slow(cell) else _TRY_CHUNK[language],
        warmup_s=_TRY_S / 2,
        budget_s=_TRY_S,
        deadline_s=deadline_seconds(cell, _TRY_S),
    )
    return float(np.median(native.carry_out(order).ticks)) / clock.hertz
