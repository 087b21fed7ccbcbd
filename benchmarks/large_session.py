"""Write and summarise sessions of up to 10^8 samples, and see that neither takes much memory or long.

    python benchmarks/large_session.py [MOST [DIRECTORY]]

Sessions of a tenth, a tenth of that and so on down to 10^5 samples are taken as well, to see that the time grows with
the samples and not faster.  Samples go the way that those of a run go: each trial into the journal and to the disk,
then all from the journal into the session file.  They need 20 bytes each in DIRECTORY while this runs.  Ends
with status 1 if more than 1 GiB was resident, if loading and summarising 10^7 samples or more took longer than 3 s of
CPU time for each 10^7, or if a sample took more than twice the time in the largest session that it
took in the one before.
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

MOST = 10**8
LEAST = 10**5
RUNS = 20
PER_TRIAL = 250_000
EMPTY = 2000
HERTZ = 2.6e9
MOST_MIB = 1024
MOST_NS_PER_SAMPLE = 300
JUDGED_FROM = 10**7
MOST_GROWTH = 2.0


def planned(cell: int) -> PlannedCell:
    if cell == 0:
        return PlannedCell(id="empty", primitive="empty", family=Family.REFERENCE, factors={})
    name = f"fork_wait[resident={cell}KiB]"
    return PlannedCell(id=name, primitive="fork_wait", family=Family.CREATE, factors={"resident": f"{cell}KiB"})


def plan_of(samples: int) -> tuple[Plan, int]:
    """A plan, and the samples of each of its trials; the trials of large sessions are many, not longer."""
    per_trial = min(PER_TRIAL, samples // RUNS)
    cells = 1 + round(samples / (RUNS * per_trial))
    profile = Profile(name="large", runs=RUNS, trial_s=1.0, warmup_s=0.0)
    return Plan(seed=1, profile=profile, cells=tuple(map(planned, range(cells)))), per_trial


def write(plan: Plan, per_trial: int, path: Path) -> int:
    """Make the session file from random times in whole ticks; returns the number of samples."""
    random = np.random.default_rng(1)
    collected = Collected()
    clock = Clock(source="tsc", hertz=HERTZ, uncertainty=1e-6, resolution_s=1e-9, cost_s=1e-8, backward=0)
    record = Record(plan=plan, host={}, clock=clock, tool={})
    with Journal.create(journal_path(path)) as journal:
        for run in range(RUNS):
            for cell in random.permutation(len(plan.cells)):
                count, op_ns = (per_trial, 1000.0 * cell) if cell else (EMPTY, 20.0)
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
    each = f"{seconds / samples * 1e9:.0f} ns each"
    print(f"{what} {samples:,} samples: {seconds:.2f}{limit} s, {each}, peak {peak:.0f} of {MOST_MIB} MiB", flush=True)
    return peak <= MOST_MIB and (most_s is None or seconds <= most_s)


def measure(wanted: int, directory: Path) -> tuple[float, bool]:
    """Seconds of CPU time for each sample of a session, and whether limits were kept."""
    path = directory / f"{wanted}.parquet"
    begin = time.process_time()
    samples = write(*plan_of(wanted), path)
    fits = report("write", samples, time.process_time() - begin)
    begin = time.process_time()
    cells = Session(store.read(path), ()).cells
    seconds = time.process_time() - begin
    assert sum(cell.samples for cell in cells) == samples
    path.unlink()
    most_s = samples * MOST_NS_PER_SAMPLE / 1e9 if wanted >= JUDGED_FROM else None
    return seconds / samples, report("summarise", samples, seconds, most_s) and fits


def main() -> int:
    most = int(float(sys.argv[1])) if len(sys.argv) > 1 else MOST
    sizes = [most]
    while sizes[-1] // 10 >= LEAST:
        sizes.append(sizes[-1] // 10)
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as directory:
        found = [measure(size, Path(directory)) for size in reversed(sizes)]
    each = [seconds for seconds, _ in found]
    linear = len(each) < 2 or each[-1] <= MOST_GROWTH * each[-2]
    return 0 if linear and all(fits for _, fits in found) else 1


if __name__ == "__main__":
    sys.exit(main())
