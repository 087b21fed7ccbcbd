"""The synthetic part of a self-test: every family in turn, on as many CPUs as there are."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from partywall.selftest.checks import Check
from partywall.selftest.coverage import Truth, check_contrasts, check_estimates, simulate
from partywall.selftest.families import FAMILIES, Family
from partywall.selftest.sessions import check_sessions
from partywall.selftest.within import check_within
from partywall.stats.intervals import RUN_COUNTS

__all__ = ["LONG", "SHORT", "Size", "check_family", "check_synthetic"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Size:
    """How much is simulated.

    Attributes:
        repetitions: of each estimate; contrasts and quantiles inside runs take half as many.
        run_counts: for each of them.
        sessions: repetitions that go the whole way of a session.
        session_runs: runs of these.
        truth_runs: runs from which truths are taken.
    """

    repetitions: int
    run_counts: tuple[int, ...]
    sessions: int
    session_runs: int
    truth_runs: int


SHORT = Size(repetitions=300, run_counts=(9, 20), sessions=24, session_runs=9, truth_runs=8_000)
LONG = Size(repetitions=10_000, run_counts=RUN_COUNTS, sessions=500, session_runs=20, truth_runs=20_000)


def check_family(family: Family, size: Size, seed: int) -> tuple[Check, ...]:
    """All synthetic checks of one family; the random numbers follow from the seed and the family alone."""
    place = FAMILIES.index(family)
    truths, values, arms, runs, sessions = (np.random.default_rng([seed, place, i]) for i in range(5))
    truth = Truth.of(truths, family, size.truth_runs)
    first = simulate(values, family, size.repetitions, max(size.run_counts))
    checks = [*check_estimates(family, truth, first, size.run_counts)]
    checks += check_contrasts(arms, family, truth, first, size.run_counts)
    if not family.same_within:
        checks += check_within(runs, family, size.repetitions // 2)
    checks += check_sessions(sessions, family, truth, size.sessions, size.session_runs)
    return tuple(checks)


def check_synthetic(size: Size, seed: int, progress: Progress) -> tuple[Check, ...]:
    """All families, in the order declared; the figures do not depend on how many CPUs there are."""
    found: dict[int, tuple[Check, ...]] = {}
    work = [(place, size, seed) for place in range(len(FAMILIES))]
    progress("synthetic data", 0, len(work))
    with _results(work) as results:
        for place, checks in results:
            found[place] = checks
            progress(f"synthetic data, {FAMILIES[place].name}", len(found), len(work))
    return tuple(check for place in sorted(found) for check in found[place])


def _work(job: tuple[int, Size, int]) -> tuple[int, tuple[Check, ...]]:
    place, size, seed = job
    return place, check_family(FAMILIES[place], size, seed)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _results(work: list[tuple[int, Size, int]]) -> Iterator[Iterator[tuple[int, tuple[Check, ...]]]]:
    cpus = len(os.sched_getaffinity(0))
    if cpus == 1:
        yield map(_work, work)
        return
    # On leaving, whatever the reason, the processes are ended; if this one is killed, they end with their pipe.
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(cpus, len(work)), _leave_interrupts_to_the_parent) as pool:
        yield pool.imap_unordered(_work, work)
