"""How the samples of each cell are distributed, in bounded memory: what sketches and charts are drawn from."""

import math
from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from partywall.estimate import Frozen
from partywall.figures import figures_of, steady_samples
from partywall.record import Record

__all__ = ["RATIO", "Distribution", "find_distributions"]

RATIO = 2 ** (1 / 64)
"""How much wider each bin begins than the one before it: 1.1 %."""


class Distribution(Frozen, frozen=True):
    """The steady samples of one cell over all of its runs, per op, counted in bins of equal width on a log scale.

    It describes what was seen; samples of one run are not independent, so no interval is made of it.

    Attributes:
        cell: id of the cell.
        unit: of the values; "s" for times.
        per_op: whether each sample is one op; otherwise one is the mean of a batch.
        first: number of the first bin; bin n holds values from RATIO ** n up to RATIO ** (n + 1).
        counts: samples in each bin from ``first`` on.
        below: samples that are zero or less: an op that takes less than its own timing does.
        run_medians: each run's median, by the run's number.
    """

    cell: str
    unit: str
    per_op: bool
    first: int
    counts: tuple[int, ...]
    below: int
    run_medians: dict[int, float]

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return self.below + sum(self.counts)

    @property
    def edges(self) -> tuple[float, ...]:
        """Where the bins begin, and where the last one ends: one more than there are bins."""
        return tuple(RATIO ** (self.first + place) for place in range(len(self.counts) + 1))

    def quantile(self, p: float) -> float:
        """The value below which a share ``p`` of the samples lies, to half of a bin; 0 among those ``below``.

        Raises ValueError unless 0 <= p <= 1 and there is a sample.
        """
        if not 0 <= p <= 1 or not self.samples:
            raise ValueError(f"no quantile {p} of {self.samples} samples")
        wanted = max(p * self.samples, 1.0)
        if wanted <= self.below:
            return 0.0
        for place, reached in enumerate(accumulate(self.counts, initial=self.below)):
            if reached >= wanted:
                return float(RATIO ** (self.first + place - 0.5))
        raise AssertionError("the last bin holds the last sample")


def find_distributions(record: Record) -> dict[str, Distribution]:
    """The distribution of every cell that has good samples, by the cell's id, in one pass over them."""
    counts: dict[int, dict[int, int]] = {}
    below: dict[int, int] = {}
    for trial, x in steady_samples(record, range(len(record.plan.cells))):
        above = x[x > 0]
        bins, each = np.unique(np.floor(np.log(above) / math.log(RATIO)).astype(np.int64), return_counts=True)
        found = counts.setdefault(trial.cell, {})
        for place, count in zip(bins.tolist(), each.tolist(), strict=True):
            found[place] = found.get(place, 0) + count
        below[trial.cell] = below.get(trial.cell, 0) + x.size - above.size
    cells = record.plan.cells
    return {
        cells[index].id: _distribution(record, index, found, below[index]) for index, found in sorted(counts.items())
    }


def _distribution(record: Record, index: int, counts: Mapping[int, int], below: int) -> Distribution:
    planned, figures = record.plan.cells[index], figures_of(record)
    first, last = min(counts, default=0), max(counts, default=-1)
    return Distribution(
        cell=planned.id,
        unit=planned.unit,
        per_op=index in figures.single,
        first=first,
        counts=tuple(counts.get(place, 0) for place in range(first, last + 1)),
        below=below,
        run_medians={run: summary.median for run, summary in figures.runs[index].items()},
    )
