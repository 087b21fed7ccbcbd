"""Write and summarise one session of 10^8 samples, and see that neither takes much memory or long.

    python benchmarks/large_session.py [SAMPLES [DIRECTORY]]

The samples go the way that those of a run go: each trial into the journal and to the disk, then all from the
journal into the session file.  They need 20 bytes each in DIRECTORY while this runs.  Ends with status 1 if
more than 1 GiB was resident, or if loading and summarising took longer than 1.5 s for each 10^7 samples.
"""

import contextlib
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from partywall import store
from partywall.collected import CellDone, Collected
from partywall.journal import Journal, journal_path
from partywall.model import Clock, Family, Plan, PlannedCell, Profile, Trial
from partywall.record import Record
from partywall.session import Session

SAMPLES = 10**8
RUNS = 20
PER_TRIAL = 250_000
EMPTY = 2000
HERTZ = 2.6e9
MOST_MIB = 1024
MOST_NS_PER_SAMPLE = 150


def planned(cell: int) -> PlannedCell:
    if cell == 0:
        return PlannedCell(id="empty", primitive="empty", family=Family.REFERENCE, factors={})
    name = f"fork_wait[resident={cell}KiB]"
    return PlannedCell(id=name, primitive="fork_wait", family=Family.CREATE, factors={"resident": f"{cell}KiB"})


def plan_of(samples: int) -> Plan:
    cells = 1 + -(-samples // (RUNS * PER_TRIAL))
    profile = Profile(name="large", runs=RUNS, trial_s=1.0, warmup_s=0.0)
    return Plan(seed=1, profile=profile, cells=tuple(map(planned, range(cells))))


def write(plan: Plan, path: Path) -> int:
    """Make the session file from random times in whole ticks; returns the number of samples."""
    random = np.random.default_rng(1)
    collected = Collected()
    clock = Clock(source="tsc", hertz=HERTZ, uncertainty=1e-6, resolution_s=1e-9, cost_s=1e-8, backward=0)
    record = Record(plan=plan, host={}, clock=clock, tool={})
    with Journal.create(journal_path(path)) as journal:
        for run in range(RUNS):
            for cell in random.permutation(len(plan.cells)):
                count, op_ns = (PER_TRIAL, 1000.0 * cell) if cell else (EMPTY, 20.0)
                values = np.round(random.lognormal(np.log(op_ns), 0.05, count) * (HERTZ / 1e9)) / (HERTZ / 1e9)
                head = CellDone(trial=Trial(cell=int(cell), run=run, position=0, seed=1, count=count))
                collected.add(head, journal.append(head, (values, np.ones(count, np.uint32))).columns)
        samples = collected.samples(journal)
        store.write(replace(record, trials=tuple(collected.trials), samples=samples), path)
        journal.remove()
    return len(samples)


def peak_mib() -> float:
    """The most memory that was resident since the last call."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak


def report(what: str, samples: int, seconds: float, most_s: float | None = None) -> bool:
    peak = peak_mib()
    limit = "" if most_s is None else f" of {most_s:.1f}"
    print(f"{what} {samples:,} samples: {seconds:.1f}{limit} s, peak {peak:.0f} of {MOST_MIB} MiB", flush=True)
    return peak <= MOST_MIB and (most_s is None or seconds <= most_s)


def main() -> int:
    wanted = int(float(sys.argv[1])) if len(sys.argv) > 1 else SAMPLES
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as directory:
        path = Path(directory) / "large.parquet"
        begin = time.perf_counter()
        samples = write(plan_of(wanted), path)
        fits = report("write", samples, time.perf_counter() - begin)
        begin = time.perf_counter()
        cells = Session(store.read(path), ()).cells
        seconds = time.perf_counter() - begin
        assert sum(cell.samples for cell in cells) == samples
        return 0 if report("summarise", samples, seconds, samples * MOST_NS_PER_SAMPLE / 1e9) and fits else 1


if __name__ == "__main__":
    sys.exit(main())
