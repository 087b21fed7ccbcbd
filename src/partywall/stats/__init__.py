"""Intervals that are exact at the level where the noise lives: between runs."""

from partywall.stats.contrasts import paired_difference, paired_ratio
from partywall.stats.intervals import interval_coverage, median_interval, round_up_runs
from partywall.stats.runs import RunSummary, summarise

__all__ = [
    "RunSummary",
    "interval_coverage",
    "median_interval",
    "paired_difference",
    "paired_ratio",
    "round_up_runs",
    "summarise",
]
