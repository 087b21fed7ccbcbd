"""The whole self-test: its parts, how large they are, and what comes out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from partywall import host
from partywall.errors import PartywallError
from partywall.selftest import synthetic
from partywall.selftest.checks import Check, Report, judge_checks
from partywall.selftest.hog import hog
from partywall.selftest.pairs import PairSize, Progress, check_pairs
from partywall.selftest.planted import PlantedSize, check_planted

__all__ = ["LONG", "PARTS", "SHORT", "Sizes", "run_selftest"]

PARTS = ("synthetic", "machine", "hog")


@dataclass(frozen=True)
class Sizes:
    """How much each part does; ``crowded`` are the pairs beside a hog, which lives for ``hog_s`` seconds at most."""

    name: str
    synthetic: synthetic.Size
    pairs: PairSize
    planted: PlantedSize
    crowded: PairSize
    hog_s: int


SHORT = Sizes(
    name="short",
    synthetic=synthetic.SHORT,
    pairs=PairSize(sessions=1, pairs=24, runs=9, trial_s=0.003),
    planted=PlantedSize(sessions=1, cases=3, runs=20, trial_s=0.005),
    crowded=PairSize(sessions=1, pairs=8, runs=9, trial_s=0.003),
    hog_s=120,
)
LONG = Sizes(
    name="long",
    synthetic=synthetic.LONG,
    pairs=PairSize(sessions=17, pairs=20, runs=12, trial_s=0.004),
    planted=PlantedSize(sessions=5, cases=6, runs=20, trial_s=0.035),
    crowded=PairSize(sessions=17, pairs=20, runs=12, trial_s=0.004),
    hog_s=1200,
)


def run_selftest(parts: Sequence[str], seed: int, sizes: Sizes, progress: Progress) -> Report:
    """Do the parts named, one after the other, and judge all their checks together.

    Args:
        parts: of `PARTS`.
        seed: of every random choice; the synthetic part is the same for the same seed.
        sizes: `SHORT`, or `LONG` to tell a coverage to half a percent in minutes instead of one.
        progress: called as (what, done, total).
    """
    begun = time.monotonic()
    checks: list[Check] = []
    if "synthetic" in parts:
        checks += synthetic.check_synthetic(sizes.synthetic, seed, progress)
    if "machine" in parts:
        checks += check_pairs("machine", sizes.pairs, seed, progress)
        checks += check_planted(sizes.planted, seed, progress)
    if "hog" in parts:
        checks += _beside_a_hog(sizes, seed, progress)
    confidence, judged = judge_checks(checks)
    return Report(seed=seed, form=sizes.name, seconds=time.monotonic() - begun, confidence=confidence, checks=judged)


def _beside_a_hog(sizes: Sizes, seed: int, progress: Progress) -> tuple[Check, ...]:
    try:
        cpu, _ = host.cpu_pair("same-cpu")
        with hog(cpu, sizes.hog_s):
            return tuple(check_pairs("hog", sizes.crowded, seed, progress))
    except (OSError, PartywallError) as error:
        return (Check(part="hog", what="false alarm", condition="beside a hog", unsupported=str(error)),)
