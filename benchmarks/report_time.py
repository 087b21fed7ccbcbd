"""How long a page takes: CPU time for loading a session, for what follows from it, and for the page itself.

Without arguments a session of the standard plan's cells is made up, of 10^6 samples and of 10^7; or those that
are given are taken.  Usage: report_time.py [SESSION.parquet...]
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import partywall as pw
from partywall import store
from partywall.model import Clock, State, Trial
from partywall.record import HeldSamples, Record
from partywall.report import RENDERERS
from partywall.session import Session

SIZES = (10**6, 10**7)
RUNS = 20


def made_up(samples: int) -> Record:
    """A session of every cell of the standard profile that this machine has, whose samples are lognormal."""
    plan = pw.plan(profile="standard", seed=1)
    random = np.random.default_rng(1)
    measured = [i for i, cell in enumerate(plan.cells) if cell.state == State.OK and not cell.reading]
    each = max(1, samples // (RUNS * len(measured)))
    values = np.empty(RUNS * len(measured) * each)
    trials = []
    for run in range(RUNS):
        for cell in measured:
            first = len(trials) * each
            typical = 20.0 if plan.cells[cell].primitive == "empty" else 1000.0 * (1 + cell)
            values[first : first + each] = random.lognormal(np.log(typical), 0.05, each)
            trials.append(
                Trial(
                    cell=cell, run=run, position=cell, seed=run, first=first, count=each, seconds=0.1, cold_ns=typical
                )
            )
    clock = Clock(source="tsc", hertz=1e9, uncertainty=1e-6, resolution_s=1e-9, cost_s=2e-8, backward=0)
    held = HeldSamples(values, np.ones(values.size, np.uint32))
    host = {"cpu": "made up", "kernel": "none", "cpus_allowed": [0, 1]}
    return Record(plan=plan, host=host, clock=clock, tool={}, trials=tuple(trials), samples=held)


def tell(path: Path) -> None:
    """Time each step on one session file and print it."""
    start = time.perf_counter(), time.process_time()
    session = Session(store.read(path))
    result, distributions = session.result, session.distributions
    middle = time.perf_counter(), time.process_time()
    page = RENDERERS["html"](result, distributions)
    end = time.perf_counter(), time.process_time()
    count = len(session.record.samples)
    print(
        f"{count:>11,} samples, {len(result.cells)} cells: figures {middle[1] - start[1]:.2f} s CPU "
        f"({middle[0] - start[0]:.2f} s), page {end[1] - middle[1]:.2f} s CPU ({end[0] - middle[0]:.2f} s), "
        f"{len(page) / 1e6:.2f} MB"
    )


def main() -> None:
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            tell(Path(name))
        return
    with tempfile.TemporaryDirectory() as directory:
        for size in SIZES:
            path = Path(directory) / f"{size}.parquet"
            store.write(made_up(size), path)
            tell(path)


if __name__ == "__main__":
    main()
