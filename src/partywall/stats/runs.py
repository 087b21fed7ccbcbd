"""What is kept of one run's samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RunSummary", "summarise"]

_TAIL_SAMPLES = 1000  # ten of them lie above the 99th percentile


@dataclass(frozen=True)
class RunSummary:
    """One run of one cell, in seconds per op.

    Attributes:
        median: what `typical` is made of.
        mean: total time over samples.
        floor: first percentile; of batches where a sample is a batch.
        p99: 99th percentile; None unless samples are single ops and at least ten lie above it.
    """

    median: float
    mean: float
    floor: float
    p99: float | None


def summarise(x: NDArray[np.float64], per_op: bool) -> RunSummary:
    """Summarise one run's samples.

    ``x`` holds seconds per op, shape (samples,); ``per_op`` says that each sample is a single op.
    Percentiles interpolate linearly between order statistics (Hyndman & Fan 1996, type 7).  Raises
    ValueError if there is no sample or one is not finite.
    """
    if x.size == 0:
        raise ValueError("a run without samples has no summary")
    mean = float(np.mean(x))
    if not np.isfinite(mean):
        raise ValueError("a sample is not a finite number")
    tail = per_op and x.size >= _TAIL_SAMPLES
    quantiles = np.quantile(x, (0.01, 0.5, 0.99) if tail else (0.01, 0.5))
    return RunSummary(
        median=float(quantiles[1]),
        mean=mean,
        floor=float(quantiles[0]),
        p99=float(quantiles[2]) if tail else None,
    )
