"""What a plan would measure, before it does."""

from collections.abc import Iterable

import msgspec

from partywall.model import Plan, PlannedCell, State
from partywall.units import format_duration, format_seconds, format_share

__all__ = ["render_plan", "render_plan_json"]


def render_plan(plan: Plan, seconds: float) -> str:
    """The cells and walls of the plan as text, those left out with their reasons, and ``seconds`` of work."""
    measured = [cell for cell in plan.cells if cell.of < 0 and cell.state == State.OK]
    left_out = [cell for cell in plan.cells if cell.of < 0 and cell.state != State.OK]
    profile = plan.profile
    lines = [plan.title] if plan.title else []
    lines += [f"source   {plan.source}"] if plan.source else []
    lines.append(
        f"profile  {profile.name}: {profile.runs} runs of {format_seconds(profile.trial_s)}, "
        f"warm-up {format_seconds(profile.warmup_s)}"
    )
    if plan.target:
        lines.append(f"target   {format_share(plan.target.precision)}: these runs are a pilot, more follow from it")
    lines.append(f"seed     {plan.seed}; each block holds every cell, in an order that the seed decides")
    # Only where something was tried is it known how long an op takes.
    what = f"at least {format_duration(seconds)}{' for the pilot' if plan.target else ''}"
    lines.append(f"time     {what}; an op that takes longer than its trial makes it longer")
    lines.append(f"cells    {len(measured)} measured, {len(left_out)} left out, {len(plan.walls)} walls")
    lines += [f"  {_cell(cell)}" for cell in measured]
    lines += [f"  {wall} ({host})" for wall, host in plan.walls]
    lines += _left_out(left_out)
    return "\n".join(lines) + "\n"


def _cell(cell: PlannedCell) -> str:
    own = []
    if cell.runs is not None:
        own.append(f"{cell.runs} runs")
    if cell.trial_s is not None:
        own.append(f"trials of {format_seconds(cell.trial_s)}")
    if cell.warmup_s is not None:
        own.append(f"warm-up {format_seconds(cell.warmup_s)}")
    if cell.role == "aa":
        own.append("a copy, to be compared with itself")
    return f"{cell.id}  ({', '.join(own)})" if own else cell.id


def _left_out(cells: Iterable[PlannedCell]) -> list[str]:
    return [f"  left out: {cell.id}: {cell.reason}" for cell in cells]


def render_plan_json(plan: Plan) -> str:
    """The plan as one indented JSON document, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2).decode() + "\n"
