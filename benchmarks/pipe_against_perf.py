"""pipe_pingpong beside `perf bench sched pipe`, interleaved on one CPU.

Each repetition runs both tools, in alternating order.  One figure per tool and repetition: perf's is
its total time over its loops; ours is the median over fresh workers that together make the same number
of ops.  Prints each pair, the ratio of medians with its interval, and both spreads.
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


def partywall_seconds(source: str, hertz: float, cpu: int) -> float:
    medians = []
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
        medians.append(float(np.median(native.carry_out(order).ticks)) / hertz)
    return float(np.median(medians)) - overhead_seconds(source, hertz, cpu)


def spread(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.mean(values))


def main() -> None:
    for tool in ("perf", "taskset"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: install Debian's linux-perf and util-linux")
    clock, _ = host.calibrate_clock()
    cpu, _ = host.cpu_pair("same-cpu")
    pairs = []
    for repetition in range(REPETITIONS):
        arms = [lambda: partywall_seconds(clock.source, clock.hertz, cpu), lambda: perf_seconds(cpu)]
        order = (0, 1) if repetition % 2 == 0 else (1, 0)
        found = {arm: arms[arm]() for arm in order}
        pairs.append((found[0], found[1]))
        print(f"{repetition + 1:2}  partywall {found[0] * 1e6:.3f} us   perf {found[1] * 1e6:.3f} us")
    ours, theirs = np.array(pairs).T
    ratio = paired_ratio(ours, theirs)
    print(f"ratio of medians  {np.median(ours) / np.median(theirs):.3f}")
    print(f"paired ratio      {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}] (95 %)")
    print(f"spread (CoV)      partywall {spread(ours):.1%}, perf {spread(theirs):.1%}")


if __name__ == "__main__":
    main()
