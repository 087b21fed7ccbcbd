"""How long a plan takes, and how it is made to fit the time there is."""

import math
from collections.abc import Callable

import msgspec

from partywall.batches import with_samples
from partywall.catalog import PRIMITIVES, WALLS
from partywall.design import block_count, is_measured, profile_of, run_count, wall_runs
from partywall.errors import InputError
from partywall.limits import needs
from partywall.model import Plan, PlannedCell, Profile
from partywall.stats.intervals import RUN_COUNTS
from partywall.units import format_seconds

__all__ = ["OVERRUN", "deadline_seconds", "estimate_seconds", "fit_budget", "is_slow", "walls_seconds"]

OVERRUN = 1.5
"""How many times its length a trial may take before no further chunk is begun."""

_START_S = 0.006
_START_OF_IMAGE_S = {"interpreter": 0.05}
_START_TASK_S = 0.0002
_FILL_S_PER_BYTE = 0.4 / (1 << 30)
_PILOT_S = 0.012
_WARMUP_OVERRUN = 1.5  # ops double until the time is over
_LEAST_TRIAL_S = 0.002
_LEAST_SHARE = 1 / 3
_PILOT_BUDGET_SHARE = 0.5
_HALVINGS = 20
# An interpreter that a program starts with all of its imports may take a second.
_DEADLINE_S = {"c": 5.0, "python": 60.0}
# To fill and empty what the worker holds, and for ops that copy its page tables or touch all of it.
_PATIENCE_S_PER_BYTE = 10.0 / (1 << 30)
_LARGE_BYTES = 64 << 20


def estimate_seconds(plan: Plan, more: int | None = None) -> float:
    """About how long measuring takes, in seconds: of a plan with a target, its pilot.

    Starting workers, filling what they hold, warm-up and samples.  Of a cell that was not tried yet it is a lower
    bound: an op may take longer than its trial.  ``more`` cells may come to the plan later; as many as the plan says
    where it is None.
    """
    later = plan.checks if more is None else more
    active = [cell for cell in plan.cells if is_measured(cell)]
    tried = sum(_PILOT_S + _start_seconds(cell) for cell in active if not cell.sample_s)
    measured = sum(run_count(plan, cell) * _run_seconds(cell, profile_of(plan, cell)) for cell in active)
    checks = later * (_PILOT_S + plan.profile.runs * (_START_S + plan.profile.warmup_s + plan.profile.trial_s))
    return tried + measured + walls_seconds(plan) + checks


def _run_seconds(cell: PlannedCell, profile: Profile) -> float:
    if not cell.sample_s:
        return profile.trials * (_start_seconds(cell) + profile.warmup_s + profile.trial_s)
    cell = with_samples(cell, profile)
    op_s = cell.sample_s / cell.batch
    chunk_s = cell.chunk * cell.sample_s + op_s
    chunks = min(math.ceil(cell.samples / cell.chunk), math.ceil(OVERRUN * profile.trial_s / chunk_s))
    # A warm-up is two ops at least.
    warmup_s = max(_WARMUP_OVERRUN * profile.warmup_s, 2 * op_s) if profile.warmup_s else 0.0
    return profile.trials * (_start_seconds(cell) + op_s + warmup_s + chunks * chunk_s)


def _start_seconds(cell: PlannedCell) -> float:
    need = needs(PRIMITIVES[cell.primitive], cell.factors)
    start_s = _START_OF_IMAGE_S.get(cell.factors.get("image", ""), _START_S)
    return start_s + need.tasks * _START_TASK_S + need.memory * _FILL_S_PER_BYTE


def walls_seconds(plan: Plan) -> float:
    """About how long the plan's walls take, in seconds; those that wait make it longer."""
    return sum(wall_runs(plan, key) * (_START_S + WALLS[key].seconds) for key in plan.walls if key in WALLS)


def fit_budget(plan: Plan, budget_s: float, more: int | None = None, spent_s: float = 0.0) -> Plan:
    """The same cells with as many runs, then as much time per trial, as the budget allows.

    ``more`` cells may come to the plan later, and are allowed for; as many as the plan says where it is None.
    ``spent_s`` of the budget are gone already.  Of a plan with a target the pilot is fitted into half of what is left,
    its runs as they are.

    InputError if not even the fewest runs with the shortest trials fit.
    """

    def fits(one: Plan) -> bool:
        return spent_s + estimate_seconds(one, more) <= budget_s

    if plan.target:
        return _fit_pilot(plan, budget_s, spent_s)
    fewest = plan
    for runs in sorted((n for n in RUN_COUNTS if n <= block_count(plan)), reverse=True):
        fewest = _with_runs(plan, runs)
        share = _largest_share(fewest, fits)
        shortest = share * fewest.profile.trial_s
        if share >= _LEAST_SHARE or (runs == RUN_COUNTS[0] and shortest > _LEAST_TRIAL_S):
            return _scaled(fewest, share)
    cells = sum(map(is_measured, plan.cells)) + len(plan.walls) + (plan.checks if more is None else more)
    raise _too_short(budget_s, f"{cells} cells", spent_s + estimate_seconds(_shortest(fewest), more))


def _fit_pilot(plan: Plan, budget_s: float, spent_s: float) -> Plan:
    def fits(one: Plan) -> bool:
        return estimate_seconds(one) <= _PILOT_BUDGET_SHARE * (budget_s - spent_s)

    share = _largest_share(plan, fits)
    if share * plan.profile.trial_s > min(_LEAST_TRIAL_S, plan.profile.trial_s / 2):
        return _scaled(plan, share)
    cells = f"a pilot of {plan.profile.runs} runs of {sum(map(is_measured, plan.cells))} cells and what follows"
    raise _too_short(budget_s, cells, spent_s + estimate_seconds(_shortest(plan)) / _PILOT_BUDGET_SHARE)


def _too_short(budget_s: float, what: str, least_s: float) -> InputError:
    return InputError(
        f"--budget {format_seconds(budget_s)} is too short for {what}; the least is {format_seconds(least_s)}"
    )


def _largest_share(plan: Plan, fits: Callable[[Plan], bool]) -> float:
    """The largest share, at most 1, of the time per trial with which the plan fits; 0 if none does."""
    if fits(plan):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(_scaled(plan, middle)) else (low, middle)
    return low


def _shortest(plan: Plan) -> Plan:
    return _scaled(plan, min(1.0, _LEAST_TRIAL_S / plan.profile.trial_s))


def _with_runs(plan: Plan, runs: int) -> Plan:
    cells = (
        cell if cell.runs is None else msgspec.structs.replace(cell, runs=min(cell.runs, runs)) for cell in plan.cells
    )
    profile = msgspec.structs.replace(plan.profile, runs=min(plan.profile.runs, runs))
    return msgspec.structs.replace(plan, profile=profile, cells=tuple(cells))


def _scaled(plan: Plan, share: float) -> Plan:
    profile = msgspec.structs.replace(plan.profile, trial_s=plan.profile.trial_s * share)
    scaled = msgspec.structs.replace(plan, profile=profile)
    cells = []
    for cell in plan.cells:
        if cell.trial_s is not None:
            cell = msgspec.structs.replace(cell, trial_s=cell.trial_s * share)
        cells.append(with_samples(cell, profile_of(scaled, cell)) if cell.sample_s and is_measured(cell) else cell)
    return msgspec.structs.replace(scaled, cells=tuple(cells))


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
