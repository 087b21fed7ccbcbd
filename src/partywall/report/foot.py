"""What a report ends with: the machine, its clock, and how the session was planned."""

import errno
import os
import statistics
from collections.abc import Sequence

from partywall.clock import Clock, CpuOffset, Doubling
from partywall.model import Outcome, Regimes, Result, SpinGaps, State
from partywall.report.design_lines import reached_lines, sameness_lines
from partywall.units import format_seconds

__all__ = ["Line", "foot_lines", "format_blocks"]

Line = tuple[str, str]
"""A line of text and its style: "" for what is, "yellow" for what a reader must heed."""


def foot_lines(result: Result) -> list[Line]:
    """The last lines of the report."""
    host, plan = result.host, result.plan
    machine = f"{host.get('cpu')}, {len(host.get('cpus_allowed', []))} CPUs, {host.get('kernel')}"
    lines = [(f"machine  {machine}{', virtual' if host.get('hypervisor') else ''}", "")]
    lines += _clock(result.clock)
    lines += _regimes(result.regimes)
    runs = f"a pilot of {plan.profile.runs} runs" if plan.target else f"{plan.profile.runs} runs"
    lines.append((f"plan     profile {plan.profile.name}, {runs} per cell, seed {plan.seed}", ""))
    lines += [(line, "") for line in (*reached_lines(result.precision), *sameness_lines(result.sameness))]
    if not host.get("root"):
        lines += _rights(result)
    return lines


def _rights(result: Result) -> list[Line]:
    """What was left out because this user may not do it."""
    cells = sum(cell.state == State.UNSUPPORTED and _is_forbidden(cell.reason) for cell in result.cells)
    walls = sum(wall.outcome == Outcome.UNSUPPORTED and _is_forbidden(wall.reason) for wall in result.walls)
    said = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in ((cells, "cell"), (walls, "wall")) if count]
    return [(f"note     not root: {' and '.join(said)} left out for lack of rights", "")] if said else []


def _is_forbidden(reason: str) -> bool:
    # A probe says it in words of its own: then by the capability that is missing.
    return any(said in reason for said in (os.strerror(errno.EPERM), os.strerror(errno.EACCES), "CAP_"))


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


def _regimes(regimes: Regimes | None) -> list[Line]:
    if regimes is None or not (regimes.regimes or regimes.gaps):
        return []
    return [*_seen(regimes), *_gaps(regimes.gaps)]


def _seen(regimes: Regimes) -> list[Line]:
    count = len(regimes.regimes)
    if regimes.reason:
        return [(f"regimes  not judged: {regimes.reason}", "")]
    if count == 1:
        arms = ", ".join(arm.title for arm in regimes.arms)
        return [(f"regimes  one in {len(regimes.regimes[0].blocks)} blocks, by {arms}", "")]
    blocks = [format_blocks(regime.blocks) for regime in regimes.regimes]
    apart = ", ".join(
        f"{arm.title} {100 * arm.apart:.1f} %" for arm in sorted(regimes.arms, key=lambda arm: -arm.apart)
    )
    return [
        (
            f"regimes  {count}: blocks {', '.join(blocks[:-1])} and {blocks[-1]}; apart by: {apart}; "
            "intervals speak for the mixture",
            "yellow",
        )
    ]


def format_blocks(blocks: Sequence[int]) -> str:
    """Numbers of blocks as people write them: "0-6, 9"."""
    parts: list[list[int]] = []
    for block in blocks:
        if parts and block == parts[-1][-1] + 1:
            parts[-1].append(block)
        else:
            parts.append([block])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _gaps(gaps: Sequence[SpinGaps]) -> list[Line]:
    if not gaps:
        return []
    typical = statistics.median(gap.share for gap in gaps)
    worst = max(gaps, key=lambda gap: gap.share)
    longest = max(gap.longest_s for gap in gaps)
    text = (
        f"         the CPU was away for {typical:.2%} of the fixed spin, in block {worst.block} for {worst.share:.2%}, "
        f"at most {format_seconds(longest)} at once"
    )
    return [(text, "")]
