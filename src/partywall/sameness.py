"""The session's own check for false alarms: cells against copies of themselves."""

from collections.abc import Iterator

import numpy as np

from partywall.cells import MIN_RUNS, run_summaries, run_values
from partywall.model import Cell, Plan, PlannedCell, Sameness
from partywall.record import Record
from partywall.stats import paired_ratio

__all__ = ["compare_copies"]


def compare_copies(record: Record, cells: tuple[Cell, ...]) -> tuple[Sameness, ...]:
    """The ratio of each copy to its original, run by run, with the interval that a contrast of two cells has.

    Not widened by the clock: what its overhead and its scale may be off is the same for both.  ``cells`` are those of
    `summarise_cells` for the same record, the copies among them.
    """
    return tuple(_compare(record, cells, first, second) for first, second in _copies(record.plan))


def _copies(plan: Plan) -> Iterator[tuple[int, int]]:
    """Places of copies and of their originals."""
    for i, copy in enumerate(plan.cells):
        if copy.role == "aa":
            yield i, next(j for j, cell in enumerate(plan.cells) if _is_original(cell, copy))


def _is_original(cell: PlannedCell, copy: PlannedCell) -> bool:
    same = (cell.primitive, cell.factors) == (copy.primitive, copy.factors)
    return same and not cell.role and not cell.reading


def _compare(record: Record, cells: tuple[Cell, ...], copy: int, original: int) -> Sameness:
    name = cells[original].id
    without = next((cells[i] for i in (original, copy) if cells[i].estimates is None), None)
    if without is not None:
        return Sameness(cell=name, ratio=None, reason=without.reason or without.state.value)
    summaries = run_summaries(record)
    a, b = (run_values(summaries[i], "typical") for i in (copy, original))
    common = sorted(a.keys() & b.keys())
    x, y = (np.array([values[run] for run in common]) for values in (a, b))
    if len(common) < MIN_RUNS or min(x.min(), y.min()) <= 0:
        return Sameness(cell=name, ratio=None, reason=f"fewer than {MIN_RUNS} runs above zero in common")
    ratio = paired_ratio(x, y)
    return Sameness(cell=name, ratio=ratio, alarm=not ratio.low <= 1 <= ratio.high)
