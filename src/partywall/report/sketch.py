"""A distribution in a few characters."""

import math

from partywall.distributions import RATIO, Distribution

__all__ = ["REACH", "WIDTH", "sketch"]

WIDTH = 9
"""Columns of a sketch."""

REACH = 1.5
"""A sketch goes from the median over this to the median times this, on a log scale; what lies beyond is at its ends."""

_LEAST = 0.001
_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = ".:-=+*#@"


def sketch(distribution: Distribution, ascii_only: bool = False) -> str:
    """The samples of a cell around their median, in ``WIDTH`` columns as high as the share of samples in them.

    The highest has the most; a column below 0.1 % of the samples is blank.  The same scale for all cells, so that
    a wide distribution looks wide.  Empty if there are no samples or their median is not above zero.
    """
    if not distribution.samples or (middle := distribution.quantile(0.5)) <= 0:
        return ""
    columns = [0] * WIDTH
    columns[0] = distribution.below
    step = 2 * math.log(REACH) / WIDTH
    for place, count in enumerate(distribution.counts, distribution.first):
        # The middle of the bin, in columns from the left end.
        at = ((place + 0.5) * math.log(RATIO) - math.log(middle) + math.log(REACH)) / step
        columns[min(max(math.floor(at), 0), WIDTH - 1)] += count
    marks, most = _ASCII if ascii_only else _BLOCKS, max(columns)
    return "".join(
        " " if count < _LEAST * distribution.samples else marks[max(0, math.ceil(len(marks) * count / most) - 1)]
        for count in columns
    )
