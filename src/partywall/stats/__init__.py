"""How samples become figures: each rule in a file of its own, with the source of its formula."""

from partywall.stats.contrasts import paired_difference, paired_ratio
from partywall.stats.intervals import interval_coverage, median_interval, round_up_runs, seen_range
from partywall.stats.modes import find_modes, modes_within
from partywall.stats.quantiles import QuantileInterval, quantile_interval
from partywall.stats.runs import RunSummary, summarise
from partywall.stats.shares import Components, allocation, figure_shares, variance_components
from partywall.stats.steady import Steadiness, steadiness
from partywall.stats.tails import tail_index

__all__ = [
    "Components",
    "QuantileInterval",
    "RunSummary",
    "Steadiness",
    "allocation",
    "figure_shares",
    "find_modes",
    "interval_coverage",
    "median_interval",
    "modes_within",
    "paired_difference",
    "paired_ratio",
    "quantile_interval",
    "round_up_runs",
    "seen_range",
    "steadiness",
    "summarise",
    "tail_index",
    "variance_components",
]
