"""What a report ends with: the machine, its clock, and how the session was planned."""

from partywall.clock import Clock, CpuOffset, Doubling
from partywall.model import Result
from partywall.units import format_seconds

__all__ = ["Line", "foot_lines"]

Line = tuple[str, str]
"""A line of text and its style: "" for what is, "yellow" for what a reader must heed."""


def foot_lines(result: Result) -> list[Line]:
    """The last lines of the report."""
    host, plan = result.host, result.plan
    machine = f"{host.get('cpu')}, {len(host.get('cpus_allowed', []))} CPUs, {host.get('kernel')}"
    lines = [(f"machine  {machine}{', virtual' if host.get('hypervisor') else ''}", "")]
    lines += _clock(result.clock)
    lines.append((f"plan     profile {plan.profile.name}, {plan.profile.runs} runs per cell, seed {plan.seed}", ""))
    if not host.get("root"):
        lines.append(("note     not root: nothing in this report needs it, and root would add nothing to it", ""))
    return lines


def _clock(clock: Clock) -> list[Line]:
    head = (
        f"clock    {clock.source}, {clock.hertz / 1e6:.3f} MHz +- {clock.uncertainty * 1e6:.2g} ppm, "
        f"read {format_seconds(clock.cost_s)}, resolution {format_seconds(clock.resolution_s)}"
    )
    lines = [(head, "")]
    if clock.backward:
        lines.append((f"         {clock.backward} of the readings in a row went back", "yellow"))
    lines += [_doubling(doubling) for doubling in clock.doubling]
    return lines + [_offset(offset) for offset in clock.offsets]


def _doubling(doubling: Doubling) -> Line:
    off = doubling.disagreement
    share = f"{100 * off.value:+.2g} % [{100 * off.low:+.2g} %, {100 * off.high:+.2g} %]"
    seen = f"overhead {format_seconds(doubling.overhead.value)}, by the line {format_seconds(doubling.intercept.value)}"
    if doubling.agrees:
        return f"         doubling {doubling.body}: off by {share}; {seen}", ""
    return f"         doubling {doubling.body} DISAGREES by {share}; {seen}: short ops are off by that", "yellow"


def _offset(offset: CpuOffset) -> Line:
    if offset.reason:
        return f"         clocks of CPU {offset.peer_cpu} and {offset.driver_cpu}: not compared: {offset.reason}", ""
    text = (
        f"         clock of CPU {offset.peer_cpu} less that of CPU {offset.driver_cpu}: "
        f"{format_seconds(offset.offset_s)} +- {format_seconds(offset.bound_s)}"
    )
    if offset.differs:
        return f"{text}: they DIFFER, one-way times are widened by it", "yellow"
    return text, ""
