"""pipe_pingpong beside `perf bench sched pipe`, interleaved on one CPU.

Each repetition runs both tools, in alternating order.  perf prints its total time over its loops: a mean,
timer interrupts and all.  Ours is shown twice, over fresh workers that together make the same number of ops:
the mean, which is what compares with perf's, and the median, which is what partywall calls typical.
"""

import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

from partywall import host, native
from partywall.stats import paired_ratio

REPETITIONS = 10
LOOPS = 100_000
WORKERS = 10


def perf_seconds(cpu: int) -> float:
    command = ["taskset", "-c", str(cpu), "perf", "bench", "sched", "pipe", "-l", str(LOOPS)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.search(r"([0-9.]+)\s+usecs/op", output)
    if match is None:
        raise SystemExit(f"perf bench printed no usecs/op:\n{output}")
    return float(match[1]) * 1e-6


def overhead_seconds(source: str, hertz: float, cpu: int) -> float:
    order = native.Order(subject="empty", clock=source, driver_cpu=cpu, samples=2000, chunk=500, warmup_s=0.001)
    return float(np.median(native.carry_out(order).ticks)) / hertz


def partywall_seconds(source: str, hertz: float, cpu: int) -> tuple[float, float]:
    """Median and mean of one round trip."""
    figures = []
    for seed in range(1, WORKERS + 1):
        order = native.Order(
            subject="pipe_pingpong",
            clock=source,
            peer="process",
            driver_cpu=cpu,
            peer_cpu=cpu,
            samples=LOOPS // WORKERS,
            chunk=LOOPS // WORKERS // 4,
            warmup_s=0.002,
            seed=seed,
            directory=tempfile.gettempdir(),
        )
        ticks = native.carry_out(order).ticks
        figures.append((float(np.median(ticks)) / hertz, float(np.mean(ticks)) / hertz))
    median, mean = np.median(figures, axis=0) - overhead_seconds(source, hertz, cpu)
    return float(median), float(mean)


def spread(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.mean(values))


def main() -> None:
    for tool in ("perf", "taskset"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: install Debian's linux-perf and util-linux")
    clock, _ = host.calibrate_clock()
    cpu, _ = host.cpu_pair("same-cpu")
    rows = []
    for repetition in range(REPETITIONS):
        if repetition % 2:
            theirs = perf_seconds(cpu)
            median, mean = partywall_seconds(clock.source, clock.hertz, cpu)
        else:
            median, mean = partywall_seconds(clock.source, clock.hertz, cpu)
            theirs = perf_seconds(cpu)
        rows.append((median, mean, theirs))
        print(
            f"{repetition + 1:2}  partywall median {median * 1e6:.3f} us, mean {mean * 1e6:.3f} us"
            f"   perf {theirs * 1e6:.3f} us"
        )
    medians, means, theirs_all = np.array(rows).T
    for name, ours in (("mean", means), ("median", medians)):
        ratio = paired_ratio(ours, theirs_all)
        print(
            f"{name:<7} ratio of medians {np.median(ours) / np.median(theirs_all):.3f}, "
            f"paired {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}] (95 %), spread (CoV) {spread(ours):.1%}"
        )
    print(f"perf    spread (CoV) {spread(theirs_all):.1%}")


if __name__ == "__main__":
    main()
