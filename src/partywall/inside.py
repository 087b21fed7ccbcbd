"""How many single ops lie inside of bounds: what a verdict on a typical op does not say."""

from collections.abc import Collection

import numpy as np

from partywall.estimate import Estimate
from partywall.figures import MIN_RUNS, figures_of, steady_samples
from partywall.record import Record
from partywall.stats import median_interval

__all__ = ["Inside", "find_shares"]

Inside = tuple[int, float | None, float | None]
"""A cell by its place in the plan, and bounds in its unit, themselves inside; None is no bound."""


def find_shares(record: Record, wanted: Collection[Inside]) -> dict[Inside, Estimate]:
    """The share of the steady ops of each cell that lies inside of bounds: the median over runs of the run's share.

    With the exact interval over runs; ops of one run are not independent, so none is made of them.  The clock's part is
    not in it: that moves the bounds, not the share.  Cells whose samples are batches, or that have too few runs for an
    interval, are left out.  One pass over the samples of the cells that are asked about, whatever is asked.
    """
    single = figures_of(record).single
    cells = {one[0] for one in wanted if one[0] in single and record.plan.cells[one[0]].batch == 1}
    counts: dict[Inside, dict[int, list[int]]] = {one: {} for one in wanted if one[0] in cells}
    by_cell = {index: [one for one in counts if one[0] == index] for index in cells}
    for trial, x in steady_samples(record, cells):
        for one in by_cell[trial.cell]:
            low, high = (-np.inf if one[1] is None else one[1]), (np.inf if one[2] is None else one[2])
            tally = counts[one].setdefault(trial.run, [0, 0])
            tally[0] += int(np.count_nonzero((low <= x) & (x <= high)))
            tally[1] += x.size
    return {
        one: median_interval(np.array([inside / of for inside, of in runs.values()]), unit="1")
        for one, runs in counts.items()
        if len(runs) >= MIN_RUNS
    }
