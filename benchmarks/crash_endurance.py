"""Ten thousand contained crashes of mixed causes in a row, and how many there are in a second beside plain forks.

The first part runs in workers of this process and then looks at what is left: zombies, descriptors, named objects,
files, and the memory of this process.  The second part measures `crash_wait` and `fork_wait` in one session.  Exit
status 1 if anything is left, if there are fewer than 1,000 crashes a second, or if their rate is below half of the
rate of plain forks.
"""

import os
import tempfile
from pathlib import Path

import partywall as pw
from partywall import host, native

CRASHES = 10_000
CAUSES = ("segv_unmapped", "abort", "ill")
ROUNDS = 10
LEAST_RATE = 1000.0
LEAST_SHARE = 0.5
ALLOWED_KIB = 1024  # buffers that this interpreter keeps for later


def objects() -> set[str]:
    """Names of what outlives a process."""
    found = {str(path) for place in ("/dev/shm", "/dev/mqueue") for path in Path(place).glob("*")}
    found |= {str(path) for path in Path(tempfile.gettempdir()).glob("*partywall*")}
    for table in ("shm", "sem", "msg"):
        path = Path("/proc/sysvipc") / table
        if path.exists():
            found |= {f"{table} {line.split()[1]}" for line in path.read_text().splitlines()[1:]}
    return found


def resident_kib() -> int:
    """Resident memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def descriptors() -> int:
    """Open descriptors of this process, the one of the directory itself included."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> int:
    """Children of this process, zombies included."""
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def crash(samples: int, cause: str) -> int:
    """Have one pristine worker contain so many crashes of one cause; each is checked there."""
    order = native.Order(
        subject="crash_wait",
        clock="monotonic_raw",
        driver_cpu=host.cpu_pair("same-cpu")[0],
        samples=samples,
        chunk=100,
        settings={"cause": (cause, 0)},
        deadline_s=300.0,
    )
    return int(native.carry_out(order).ops.sum())


def main() -> int:
    for cause in CAUSES:
        crash(10, cause)
    before = objects(), descriptors(), children(), resident_kib()
    done = sum(crash(-(-CRASHES // (ROUNDS * len(CAUSES))), cause) for _ in range(ROUNDS) for cause in CAUSES)
    after = objects(), descriptors(), children(), resident_kib()
    print(f"{done:,} crashes; left: {len(after[0] - before[0])} objects, {after[1] - before[1]} descriptors,")
    print(f"  {after[2] - before[2]} children or zombies, {after[3] - before[3]} KiB of this process")
    left = after[:3] != before[:3] or after[3] - before[3] > ALLOWED_KIB
    session = pw.run(["fork_wait", "crash_wait"], profile="standard", factors={"cause": CAUSES})
    cells = {cell.factors.get("cause", cell.primitive): cell for cell in session.cells}
    plain = cells["fork_wait"].estimates
    slow = plain is None
    for cause in CAUSES:
        found = cells[cause].estimates
        if found is None or plain is None:
            slow = True
            continue
        typical = found.typical
        share = plain.typical.value / typical.value
        rate = f"{1 / typical.value:,.0f} crashes a second [{1 / typical.high:,.0f}, {1 / typical.low:,.0f}]"
        print(f"{cause:<14} {rate}, {100 * share:.0f} % of the rate of fork_wait")
        slow |= 1 / typical.high < LEAST_RATE or share < LEAST_SHARE
    return 1 if left or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
