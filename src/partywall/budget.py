"""How long a plan takes, and how it is made to fit the time there is."""

import msgspec

from partywall.catalog import PRIMITIVES, WALLS
from partywall.design import block_count, is_measured, profile_of, wall_runs
from partywall.errors import InputError
from partywall.limits import needs
from partywall.model import Plan, PlannedCell
from partywall.stats.intervals import RUN_COUNTS
from partywall.units import format_seconds

__all__ = ["deadline_seconds", "estimate_seconds", "fit_budget", "is_slow"]

_START_S = 0.006
_START_OF_IMAGE_S = {"interpreter": 0.05}
_START_TASK_S = 0.0002
_FILL_S_PER_BYTE = 0.4 / (1 << 30)
_PILOT_S = 0.012
_LEAST_TRIAL_S = 0.002
_LEAST_SHARE = 1 / 3
# An interpreter that a program starts with all of its imports may take a second.
_DEADLINE_S = {"c": 5.0, "python": 60.0}
# To fill and empty what the worker holds, and for ops that copy its page tables or touch all of it.
_PATIENCE_S_PER_BYTE = 10.0 / (1 << 30)
_LARGE_BYTES = 64 << 20


def estimate_seconds(plan: Plan, more: int = 0) -> float:
    """About how long measuring takes, in seconds, known before anything is measured.

    Starting workers, filling what they hold, warm-up and samples; an op that takes longer than its
    trial, and walls that wait, make it longer.  ``more`` cells may come to the plan later.
    """
    later = more * (_PILOT_S + plan.profile.runs * (_START_S + plan.profile.warmup_s + plan.profile.trial_s))
    active = [cell for cell in plan.cells if is_measured(cell)]
    pilot = sum(_PILOT_S + _start_seconds(cell) for cell in active)
    return pilot + sum(_cell_seconds(plan, cell, 1.0) for cell in active) + _walls_seconds(plan) + later


def _cell_seconds(plan: Plan, cell: PlannedCell, share: float) -> float:
    profile = profile_of(plan, cell)
    return profile.runs * (_start_seconds(cell) + profile.warmup_s + share * profile.trial_s)


def _start_seconds(cell: PlannedCell) -> float:
    need = needs(PRIMITIVES[cell.primitive], cell.factors)
    start_s = _START_OF_IMAGE_S.get(cell.factors.get("image", ""), _START_S)
    return start_s + need.tasks * _START_TASK_S + need.memory * _FILL_S_PER_BYTE


def _walls_seconds(plan: Plan) -> float:
    return sum(wall_runs(plan, key) * (_START_S + WALLS[key].seconds) for key in plan.walls if key in WALLS)


def fit_budget(plan: Plan, budget_s: float, more: int = 0) -> Plan:
    """The same cells with as many runs, then as much time per trial, as the budget allows.

    ``more`` cells may come to the plan later, and are allowed for.

    InputError if not even the fewest runs with the shortest trials fit.
    """
    fewest = plan
    for runs in sorted((n for n in RUN_COUNTS if n <= block_count(plan)), reverse=True):
        fewest = _with_runs(plan, runs)
        fixed = estimate_seconds(_scaled(fewest, 0.0), more)
        trials = estimate_seconds(fewest, more) - fixed
        share = min(1.0, (budget_s - fixed) / trials) if trials > 0 else 1.0
        shortest = share * fewest.profile.trial_s
        if share >= _LEAST_SHARE or (runs == RUN_COUNTS[0] and share > 0 and shortest > _LEAST_TRIAL_S):
            return _scaled(fewest, share)
    cells = sum(map(is_measured, plan.cells)) + len(plan.walls) + more
    least = estimate_seconds(_scaled(fewest, min(1.0, _LEAST_TRIAL_S / fewest.profile.trial_s)), more)
    raise InputError(
        f"--budget {format_seconds(budget_s)} is too short for {cells} cells; the least is {format_seconds(least)}"
    )


def _with_runs(plan: Plan, runs: int) -> Plan:
    cells = (
        cell if cell.runs is None else msgspec.structs.replace(cell, runs=min(cell.runs, runs)) for cell in plan.cells
    )
    profile = msgspec.structs.replace(plan.profile, runs=min(plan.profile.runs, runs))
    return msgspec.structs.replace(plan, profile=profile, cells=tuple(cells))


def _scaled(plan: Plan, share: float) -> Plan:
    cells = (
        cell if cell.trial_s is None else msgspec.structs.replace(cell, trial_s=cell.trial_s * share)
        for cell in plan.cells
    )
    profile = msgspec.structs.replace(plan.profile, trial_s=plan.profile.trial_s * share)
    return msgspec.structs.replace(plan, profile=profile, cells=tuple(cells))


def deadline_seconds(cell: PlannedCell, trial_s: float) -> float:
    """After how many seconds a trial of ``trial_s`` is given up: many times what it should take."""
    primitive = PRIMITIVES[cell.primitive]
    patience_s = primitive.task_s * primitive.factor("tasks").number(cell.factors["tasks"]) if primitive.task_s else 0.0
    patience_s += needs(primitive, cell.factors).memory * _PATIENCE_S_PER_BYTE
    return _DEADLINE_S[primitive.language] + 20 * trial_s + patience_s


def is_slow(cell: PlannedCell) -> bool:
    """Whether one op may take so long that a pilot had better look at its budget after each."""
    primitive = PRIMITIVES[cell.primitive]
    return primitive.task_s > 0 or needs(primitive, cell.factors).memory > _LARGE_BYTES
