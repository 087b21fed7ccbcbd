"""What was asked of the precision, and what was reached: read from a session that was measured to a target."""

from statistics import median

import msgspec

from partywall.catalog import EMPTY
from partywall.model import Cell, Family, PlannedCell, Precision, Reached
from partywall.record import Record

__all__ = ["PILOT", "counted", "has_target", "precision_of"]

PILOT = "pilot"
"""The phase of a trial that counts for nothing once its cell was measured again."""


def counted(record: Record) -> Record:
    """The record without the trials of the pilot, for all cells that were measured again after it.

    The number of further runs follows from what the pilot saw, so an interval over both would cover less than it says.
    What was not measured again is told from the pilot; the empty arm has nothing to confirm, and keeps all of its runs.
    """
    plan = record.plan
    if plan.target is None or plan.target.pooled:
        return record
    fresh = {
        i
        for i, cell in enumerate(plan.cells)
        if cell.confirmation and cell.confirmation.runs and cell.primitive not in EMPTY.values()
    }
    trials = tuple(trial for trial in record.trials if trial.phase != PILOT or trial.cell not in fresh)
    return Record(
        plan=plan,
        host=record.host,
        clock=record.clock,
        tool=record.tool,
        trials=trials,
        wall_trials=record.wall_trials,
        samples=record.samples,
    )


def has_target(cells: tuple[PlannedCell, ...]) -> set[int]:
    """Places of the cells that a target is for: all that are asked for, and reference arms only if nothing else is."""
    asked = [i for i, c in enumerate(cells) if not c.role and not c.reading and c.primitive not in EMPTY.values()]
    return {i for i in asked if cells[i].family != Family.REFERENCE} or set(asked)


def precision_of(record: Record, cells: tuple[Cell, ...]) -> Precision | None:
    """Half of each cell's interval over its value, against what was asked; None if nothing was.

    ``cells`` are those of the record that have no role, or all.
    """
    target = record.plan.target
    if target is None:
        return None
    planned = {cell.id: cell for i, cell in enumerate(record.plan.cells) if i in has_target(record.plan.cells)}
    reached = tuple(_reached(planned[cell.id], cell, target.precision) for cell in cells if cell.id in planned)
    values = [one.value for one in reached if one.value is not None]
    return Precision(
        asked=target.precision,
        pooled=target.pooled,
        typical=median(values) if values else None,
        cells=reached,
    )


def _reached(planned: PlannedCell, cell: Cell, asked: float) -> Reached:
    fixed = planned.confirmation
    one = Reached(cell=cell.id, value=None, runs=cell.runs, wanted=fixed.wanted if fixed else None)
    estimate = cell.estimates.typical if cell.estimates else None
    if estimate is None or estimate.value == 0:
        return msgspec.structs.replace(one, why=cell.reason or cell.state.value)
    value = (estimate.high - estimate.low) / 2 / abs(estimate.value)
    why = ""
    if value > asked:
        why = (fixed.cut if fixed else cell.state.value) or "noisier than the pilot"
    return msgspec.structs.replace(one, value=value, why=why)
