"""What the intervals of quantiles inside one run cover, on synthetic data that depend on each other."""

from collections.abc import Iterator
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from partywall.selftest.checks import Check, Tally
from partywall.selftest.families import Family
from partywall.stats.quantiles import quantile_interval, tail_is_known

__all__ = ["RUN_SAMPLES", "check_within"]

RUN_SAMPLES = 4001
_CHUNK = 100
_QUANTILES = {"median in a run": 0.5, "p99 in a run": 0.99}
_STICKY = "what is visited a few times in a run, in spells, tells little of its own dependence"
_EXCEPTIONS = {"AR 0.95 in runs": _STICKY, "two modes in runs": _STICKY}


def _runs(random: np.random.Generator, family: Family, repetitions: int) -> Iterator[NDArray[np.float64]]:
    for first in range(0, repetitions, _CHUNK):
        yield from family.draw_runs(random, min(_CHUNK, repetitions - first), RUN_SAMPLES)


def check_within(random: np.random.Generator, family: Family, repetitions: int) -> Iterator[Check]:
    """Coverage of the exact quantiles of one sample; a tail that is not known by ten independent samples is refused."""
    tallies = {what: Tally() for what in _QUANTILES}
    truths = {what: family.quantile(p) for what, p in _QUANTILES.items()}
    for x in _runs(random, family, repetitions):
        for what, p in _QUANTILES.items():
            found = quantile_interval(x, p)
            if not (isfinite(found.low) and isfinite(found.high)) or (p > 0.5 and not tail_is_known(x, p)):
                tallies[what].refuse("too few independent samples beyond the quantile")
            else:
                tallies[what].add(found.low, found.high, truths[what])
    for what, tally in tallies.items():
        yield tally.check(
            part="synthetic",
            what=what,
            condition=family.name,
            runs=1,
            width=tally.width,
            samples=RUN_SAMPLES,
            exception=_EXCEPTIONS.get(family.name, ""),
        )
