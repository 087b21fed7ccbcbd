"""The cells of a session that are times, run by run: what formats that know only seconds can hold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partywall.errors import InputError
from partywall.export.exported import LeftOut
from partywall.figures import figures_of, is_good, steady_samples
from partywall.model import Cell, Counters, Estimates, PlannedCell
from partywall.session import Session
from partywall.stats import RunSummary

__all__ = ["Timed", "cpu_seconds", "quantiles_of_runs", "split_cells", "timed_cells"]


@dataclass(frozen=True)
class Timed:
    """A cell with estimates in seconds.

    Attributes:
        index: of the cell in the plan.
        runs: the summary of each good run, by its number; seconds per op.
    """

    index: int
    planned: PlannedCell
    cell: Cell
    estimates: Estimates
    runs: dict[int, RunSummary]


def split_cells(session: Session) -> tuple[list[tuple[int, Cell]], list[LeftOut]]:
    """The cells that have estimates, each with its index in the plan, and those that have none."""
    places = {planned.id: index for index, planned in enumerate(session.record.plan.cells)}
    having, lacking = [], []
    for cell in session.cells:
        if cell.estimates is None:
            reason = f"{cell.state.value}{f': {cell.reason}' if cell.reason else ''}"
            lacking.append(LeftOut(cell=cell.id, reason=reason))
        else:
            having.append((places[cell.id], cell))
    return having, lacking


def timed_cells(session: Session) -> tuple[list[Timed], tuple[LeftOut, ...]]:
    """The cells with estimates in seconds, and every other cell with the reason why it is none.

    Raises InputError if there are none.
    """
    having, left_out = split_cells(session)
    runs = figures_of(session.counted).runs
    timed = []
    for index, cell in having:
        assert cell.estimates
        unit = cell.estimates.typical.unit
        if unit == "s":
            planned = session.record.plan.cells[index]
            timed.append(Timed(index, planned, cell, cell.estimates, runs[index]))
        else:
            left_out.append(LeftOut(cell=cell.id, reason=f"no time: its unit is {unit!r}"))
    if not timed:
        raise InputError("the session has no cell with a time, and this format holds nothing else")
    return timed, tuple(left_out)


def quantiles_of_runs(session: Session, timed: list[Timed], most: int) -> Iterator[tuple[Timed, NDArray[np.float64]]]:
    """Each cell with an array of shape (runs, values): as many quantiles of every run's steady samples, rising.

    Value i of n is the quantile (i + 1/2) / n, by Hazen's rule.  So where every run has n samples they are the
    samples themselves.  n is odd and ``most`` at most, so that the middle one is the run's median.
    """
    kept: dict[int, dict[int, list[NDArray[np.float64]]]] = {one.index: {} for one in timed}
    for trial, x in steady_samples(session.counted, kept):
        kept[trial.cell].setdefault(trial.run, []).append(x)
    for one in timed:
        runs = [np.concatenate(kept[one.index][run]) for run in one.runs]
        count = min(most, *(x.size for x in runs))
        count -= 1 - count % 2
        p = (np.arange(count) + 0.5) / count
        yield one, np.array([np.quantile(x, p, method="hazen") for x in runs])


def cpu_seconds(session: Session, timed: list[Timed]) -> dict[int, dict[int, float]]:
    """The CPU time of the driver for one op of each cell, run by run, by the cell's index; no runs that do not know."""
    took: dict[tuple[int, int], list[Counters]] = {}
    for trial in session.counted.trials:
        if is_good(trial) and trial.driver and trial.driver.ops > 0 and trial.driver.cpu_ns > 0:
            took.setdefault((trial.cell, trial.run), []).append(trial.driver)
    return {
        one.index: {
            run: sum(part.cpu_ns for part in parts) / sum(part.ops for part in parts) * 1e-9
            for run in one.runs
            # What was read of an op took no time of its own.
            if (parts := took.get((one.index, run))) and not one.cell.reading
        }
        for one in timed
    }
