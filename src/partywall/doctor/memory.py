"""Memory: how it is laid out, and what the kernel does with it behind a trial's back."""

from collections.abc import Iterator
from pathlib import Path

from partywall import host
from partywall.finding import Finding, Gravity, good, unknown
from partywall.units import format_quantity

__all__ = ["free", "huge_pages", "layout", "look", "merging", "numa", "swap"]

_LITTLE = 512 << 20
_NO_RANDOM_LAYOUT = 0x0040000  # ADDR_NO_RANDOMIZE, see personality(2)


def look(root: Path) -> Iterator[Finding]:
    """All about memory."""
    yield huge_pages(root)
    yield layout(root)
    yield numa(root)
    yield merging(root)
    yield swap(root)
    yield free(host.available_memory())


def huge_pages(root: Path) -> Finding:
    """Whether large mappings get large pages unasked."""
    path = "sys/kernel/mm/transparent_hugepage/enabled"
    chosen = host.read_text(root / path).partition("[")[2].partition("]")[0]
    if not chosen:
        return unknown("transparent huge pages", "not reported")
    if chosen != "always":
        return good("transparent huge pages", chosen)
    return Finding(
        name="transparent huge pages",
        gravity=Gravity.NOTE,
        observed=chosen,
        effect="a caller's fork may be cheaper than its size says; the pristine worker uses small pages",
        remedy="choose with the factor thp, or for the whole machine",
        command=f"echo madvise | sudo tee /{path}",
    )


def layout(root: Path) -> Finding:
    """Whether each worker has addresses of its own: only then do intervals cover what addresses do."""
    name = "random layout"
    level = host.read_text(root / "proc/sys/kernel/randomize_va_space")
    personality = host.read_text(root / "proc/self/personality")
    if not level:
        return unknown(name, "not reported")
    fixed = personality and int(personality, 16) & _NO_RANDOM_LAYOUT
    if level == "2" and not fixed:
        return good(name, "on: every worker has addresses of its own")
    return Finding(
        name=name,
        gravity=Gravity.BAD,
        observed="switched off for this process, as debuggers and setarch -R do" if fixed else f"level {level} of 2",
        effect="all workers have one layout, so that intervals are narrower than the truth",
        remedy="start from an ordinary shell" if fixed else "switch it on",
        command="" if fixed else "sudo sysctl kernel.randomize_va_space=2",
    )


def numa(root: Path) -> Finding:
    """Whether the kernel unmaps pages to see who uses them."""
    name = "NUMA balancing"
    nodes = len(list((root / "sys/devices/system/node").glob("node[0-9]*")))
    state = host.read_text(root / "proc/sys/kernel/numa_balancing")
    if not state:
        return unknown(name, "not reported")
    if state == "0" or nodes < 2:
        return good(name, "off" if state == "0" else "nothing to balance: one node")
    return Finding(
        name=name,
        gravity=Gravity.NOTE,
        observed=f"on, {nodes} nodes",
        effect="minor faults and moved pages in trials that hold much memory",
        remedy="switch it off while measuring",
        command="sudo sysctl kernel.numa_balancing=0",
    )


def merging(root: Path) -> Finding:
    """Whether the kernel merges equal pages."""
    path = "sys/kernel/mm/ksm/run"
    state = host.read_text(root / path)
    if not state:
        return unknown("page merging", "not reported")
    if state != "1":
        return good("page merging", "off")
    return Finding(
        name="page merging",
        gravity=Gravity.NOTE,
        observed="on",
        effect="a task of the kernel runs now and then, and writes to merged pages fault",
        remedy="switch it off while measuring",
        command=f"echo 0 | sudo tee /{path}",
    )


def swap(root: Path) -> Finding:
    """Whether memory lies on disk, or compressed."""
    devices = [line.split() for line in host.read_text(root / "proc/swaps").splitlines()[1:]]
    used = sum(int(words[3]) << 10 for words in devices if len(words) > 3 and words[3].isdigit())
    names = ", ".join(words[0] for words in devices if words)
    if not devices:
        return good("swap", "none")
    observed = f"{names}, {format_quantity(used, 'B')} in use"
    if not used:
        return good("swap", observed)
    return Finding(
        name="swap",
        gravity=Gravity.NOTE,
        observed=observed,
        effect="pages may have to be brought back while a trial runs; such trials are flagged as major-faults",
        remedy="free memory, or switch it off while measuring",
        command="sudo swapoff -a",
    )


def free(available: int) -> Finding:
    """What memory is left; half of it may be used."""
    observed = f"{format_quantity(available, 'B')}, of which half may be used"
    if available >= _LITTLE:
        return good("free memory", observed)
    return Finding(
        name="free memory",
        gravity=Gravity.BAD,
        observed=observed,
        effect="large images and many tasks are unsupported, and the kernel reclaims pages while trials run",
        remedy="end what holds memory",
        command="ps -eo rss,pid,comm --sort=-rss | head",
    )
