"""The clock: which it is, whether the kernel trusts it, and whether its figures add up."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from partywall import calibration, host
from partywall.clock import Clock, CpuOffset, Doubling
from partywall.finding import Finding, Gravity, good, unknown
from partywall.units import format_seconds

__all__ = ["judge_clock", "judge_doubling", "judge_offset", "look", "source"]

_SOURCES = "sys/devices/system/clocksource/clocksource0"


def look(clock: Clock, pairs: Sequence[tuple[int, int]], root: Path) -> Iterator[Finding]:
    """All about the clock; ``pairs`` are the CPUs of driver and peer in each placement."""
    yield from judge_clock(clock)
    yield source(root)
    for doubling in calibration.check_doubling(clock, pairs[0][0]):
        yield judge_doubling(doubling)
    apart = [(driver, peer) for driver, peer in pairs if driver != peer]
    if not apart:
        yield unknown("clocks of two CPUs", "one CPU is allowed here, so there is nothing to compare")
    for offset in calibration.check_pairs(clock, apart):
        yield judge_offset(offset)


def judge_clock(clock: Clock) -> Iterator[Finding]:
    """The clock that was chosen, and its steps back."""
    observed = (
        f"{clock.source}, read in {format_seconds(clock.cost_s)}, resolution {format_seconds(clock.resolution_s)}, "
        f"frequency known to {clock.uncertainty * 1e6:.2g} ppm"
    )
    if clock.source == "monotonic_raw":
        yield Finding(
            name="clock",
            gravity=Gravity.NOTE,
            observed=observed,
            effect="reads go through the kernel's page and cost more; short ops are measured in larger batches",
            remedy="an invariant TSC as clocksource, where the hypervisor offers one",
        )
    else:
        yield good("clock", observed)
    if clock.backward:
        yield Finding(
            name="clock steps back",
            gravity=Gravity.BAD,
            observed=f"{clock.backward} of the readings in a row went backwards",
            effect="durations may be wrong by that step",
            remedy="tell the kernel's maintainers or the hypervisor's; use CPUs of one socket",
        )


def source(root: Path) -> Finding:
    """What the kernel keeps time with: where it no longer trusts the TSC, that is for a reason."""
    current = host.read_text(root / _SOURCES / "current_clocksource")
    available = host.read_text(root / _SOURCES / "available_clocksource").split()
    flags = host.read_text(root / "proc/cpuinfo")
    if not current:
        return unknown("clocksource", "not reported")
    if current == "tsc" or "constant_tsc" not in flags:
        return good("clocksource", current)
    if "tsc" in available:
        return Finding(
            name="clocksource",
            gravity=Gravity.NOTE,
            observed=f"{current}, although tsc is available",
            effect="system calls that tell the time are slower, and partywall reads the slower clock",
            remedy="choose tsc",
            command=f"echo tsc | sudo tee /{_SOURCES}/current_clocksource",
        )
    return Finding(
        name="clocksource",
        gravity=Gravity.BAD,
        observed=f"{current}; the kernel has marked the TSC as unstable, or was told not to use it",
        effect="the clocks of the CPUs may differ or drift; partywall reads a slower clock",
        remedy="see what the kernel said of it; a host whose TSC is stable",
        command="sudo dmesg | grep -i -e tsc -e clocksource",
    )


def judge_doubling(doubling: Doubling) -> Finding:
    """Whether twice as many ops take twice as long, beside the overhead."""
    off = doubling.disagreement
    name = f"overhead by doubling {doubling.body}"
    observed = (
        f"off by {100 * off.value:+.2g} % of {doubling.ops} ops: an empty sample takes "
        f"{format_seconds(doubling.overhead.value)}, the line says {format_seconds(doubling.intercept.value)}"
    )
    if doubling.agrees:
        return good(name, observed)
    return Finding(
        name=name,
        gravity=Gravity.NOTE,
        observed=observed,
        effect="what is taken off each sample is off by the difference: up to 1 % of short ops",
        remedy="look for interrupts, steal and other work, and run the doctor again",
        command="partywall doctor",
    )


def judge_offset(offset: CpuOffset) -> Finding:
    """How far the clocks of two CPUs are apart."""
    name = f"clocks of CPU {offset.driver_cpu} and {offset.peer_cpu}"
    if offset.reason:
        return unknown(name, offset.reason)
    observed = (
        f"{format_seconds(offset.offset_s)} apart, known to {format_seconds(offset.bound_s)} "
        f"from {offset.exchanges} exchanges"
    )
    if not offset.differs:
        return good(name, observed)
    return Finding(
        name=name,
        gravity=Gravity.BAD,
        observed=observed,
        effect="times that begin on one CPU and end on the other are off by it; their intervals are widened",
        remedy="CPUs of one socket; another clock than the TSC if the kernel calls it unstable",
        command=f"taskset -c {offset.driver_cpu} partywall run",
    )
