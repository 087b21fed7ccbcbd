"""partywall beside the peers that Debian packages: perf bench, stress-ng and hackbench, interleaved.

Each round measures one whole session of partywall and runs each peer once, pinned to the same CPU, in an order
that alternates.  A peer prints its total time over its ops: a mean, timer interrupts and all, so that our mean
is what compares with it.  The spread is that over the rounds: of our `typical`, of the same after the factor
that the reference arm (the null system call) shares with it is divided out, and of the peer's figure.

    python benchmarks/against_peers.py [ROUNDS]
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import partywall as pw
from partywall import host
from partywall.catalog import find_primitive
from partywall.model import Cell
from partywall.stats import paired_ratio

ROUNDS = 10
LEAST_ROUNDS = 6
TRIES = 5
GOAL = 1.02
MESSAGES = 1000
FACTORS = {"placement": ["same-cpu"], "chunk": ["100B"], "transfer": [f"{100 * MESSAGES}B"]}
PACKAGES = {"perf": "linux-perf", "stress-ng": "stress-ng", "hackbench": "rt-tests", "taskset": "util-linux"}


@dataclass(frozen=True)
class Peer:
    """One figure of another tool, the cell that it is compared with, and in what the two differ."""

    primitive: str
    factors: dict[str, str]
    command: tuple[str, ...]
    seconds: Callable[[str], float]
    differs: str
    share: float = 1.0  # of our op, where it is made of several of the peer's


def perf_seconds(output: str) -> float:
    match = re.search(r"([0-9.]+)\s+usecs/op", output)
    if match is None:
        raise ValueError("no usecs/op")
    return float(match[1]) * 1e-6


def stress_seconds(output: str) -> float:
    """Real time over bogo ops: the first two figures of the stressor's line."""
    match = re.search(r"metrc: \[\d+\] \S+\s+(\d+)\s+([0-9.]+)\s+[0-9.]+\s+[0-9.]+\s+[0-9.]+", output)
    if match is None:
        raise ValueError("no line of metrics")
    return float(match[2]) / int(match[1])


def hackbench_seconds(output: str) -> float:
    time = re.search(r"Time: ([0-9.]+)", output)
    messages = re.search(r"pass (\d+) messages", output)
    if time is None or messages is None:
        raise ValueError("no time")
    return float(time[1]) / int(messages[1])


def stress(stressor: str, ops: int, *more: str) -> tuple[str, ...]:
    return ("stress-ng", f"--{stressor}", "1", f"--{stressor}-ops", str(ops), *more, "--metrics-brief")


PEERS = (
    Peer("null_syscall", {}, ("perf", "bench", "syscall", "basic"), perf_seconds, "the same system call"),
    Peer(
        "pipe_pingpong",
        {"peer": "process"},
        ("perf", "bench", "sched", "pipe", "-l", "100000"),
        perf_seconds,
        "the same op",
    ),
    Peer(
        "pipe_pingpong",
        {"peer": "thread"},
        ("perf", "bench", "sched", "pipe", "-T", "-l", "100000"),
        perf_seconds,
        "the same op",
    ),
    Peer("fork_wait", {}, stress("fork", 2000), stress_seconds, "a larger image forks, and bookkeeping is timed"),
    Peer("vfork_wait", {}, stress("vfork", 5000), stress_seconds, "bookkeeping is timed"),
    Peer(
        "thread_create_join",
        {},
        stress("pthread", 5000, "--pthread-max", "1"),
        stress_seconds,
        "the thread takes a lock and bookkeeping is timed",
    ),
    Peer(
        "pipe_bandwidth",
        {"peer": "process"},
        ("hackbench", "-p", "-g", "1", "-f", "1", "-l", "50000", "-s", "100"),
        hackbench_seconds,
        "one message of 100 bytes one way; starting the two tasks is timed, acknowledging each thousandth is not",
        share=1 / MESSAGES,
    ),
)


def run_peer(peer: Peer, cpu: int) -> float:
    command = ["taskset", "-c", str(cpu), *peer.command]
    # A stressor gives up now and then.
    for _ in range(TRIES):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            break
    try:
        return peer.seconds(done.stdout + done.stderr)
    except ValueError as error:
        raise SystemExit(f"{' '.join(command)}: {error} in:\n{done.stdout}{done.stderr}") from None


def factors_of(name: str) -> dict[str, list[str]]:
    taken = {factor.name for factor in find_primitive(name).factors}
    return {factor: levels for factor, levels in FACTORS.items() if factor in taken}


def find(cells: tuple[Cell, ...], primitive: str, factors: dict[str, str]) -> Cell:
    return next(c for c in cells if c.primitive == primitive and not c.reading and factors.items() <= c.factors.items())


def spread(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(np.std(values, ddof=1) / np.mean(values))


def main(rounds: int) -> int:
    present = [peer for peer in PEERS if shutil.which(peer.command[0])]
    for tool in sorted({peer.command[0] for peer in PEERS} | {"taskset"}):
        if shutil.which(tool) is None:
            print(f"{tool} is missing: apt-get install {PACKAGES[tool]}", file=sys.stderr)
    if not present or shutil.which("taskset") is None:
        return 1
    if rounds < LEAST_ROUNDS:
        raise SystemExit(f"an interval needs {LEAST_ROUNDS} rounds at least")
    cpu, _ = host.cpu_pair("same-cpu")
    names = list(dict.fromkeys(peer.primitive for peer in present))
    typical = np.empty((rounds, len(present)))
    mean = np.empty_like(typical)
    theirs = np.empty_like(typical)
    reference = np.empty(rounds)
    for i in range(rounds):
        for ours in (True, False) if i % 2 == 0 else (False, True):
            if not ours:
                theirs[i] = [run_peer(peer, cpu) for peer in present]
                continue
            # One primitive at a time, as a peer does: what creating leaves for the kernel to do later (freed memory,
            # ended tasks) would land in the mean of the cell after it.
            sessions = [pw.run([name], profile="standard", factors=factors_of(name)) for name in names]
            cells = tuple(cell for session in sessions for cell in session.cells)
            found = [find(cells, peer.primitive, peer.factors).estimates for peer in present]
            shares = np.array([peer.share for peer in present])
            typical[i] = shares * [e.typical.value if e else np.nan for e in found]
            mean[i] = shares * [e.mean.value if e else np.nan for e in found]
            arm = find(cells, "null_syscall", {}).estimates
            reference[i] = arm.typical.value if arm else np.nan
        print(f"round {i + 1} of {rounds}", file=sys.stderr)
    print(f"medians of {rounds} interleaved rounds on CPU {cpu}; spread is the coefficient of variation")
    head = f"{'':<28}{'typical':>9}{'mean':>9}{'peer':>9}  {'mean / peer [95 %]':<24}"
    print(f"{head}{'spread':>7}{'less':>7}{'peer':>7}")
    print(f"{'':<28}{'us':>9}{'us':>9}{'us':>9}  {'':<24}{'':>7}{'common':>7}")
    missed = 0
    for j, peer in enumerate(present):
        ratio = paired_ratio(mean[:, j], theirs[:, j])
        # The arm cannot be divided out of itself.
        less = spread(typical[:, j] / reference) if peer.primitive != "null_syscall" else float("nan")
        what = " ".join((peer.primitive, *peer.factors.values()))
        print(
            f"{what:<28}{np.median(typical[:, j]) * 1e6:9.3f}{np.median(mean[:, j]) * 1e6:9.3f}"
            f"{np.median(theirs[:, j]) * 1e6:9.3f}  {f'{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]':<24}"
            f"{spread(typical[:, j]):7.1%}{less:7.1%}{spread(theirs[:, j]):7.1%}"
        )
        print(f"    {' '.join(peer.command)}: {peer.differs}")
        missed += ratio.low > GOAL
    if missed:
        print(f"{missed} of {len(present)} lie above {GOAL} times the peer")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
