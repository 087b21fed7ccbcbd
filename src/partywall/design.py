"""Experiment design: from what is asked to cells, batches and a randomised order."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from partywall import host
from partywall.catalog import PRIMITIVES, WALLS, find_primitive
from partywall.catalog.declaration import Primitive
from partywall.errors import InputError, UnsupportedError
from partywall.limits import check_limits
from partywall.model import Clock, Family, Plan, PlannedCell, Profile, State
from partywall.stats.intervals import RUN_COUNTS
from partywall.units import format_seconds

__all__ = [
    "PER_OP_OVERHEADS",
    "PROFILES",
    "batch_size",
    "block",
    "dither_share",
    "fit_budget",
    "is_measured",
    "open_loop",
    "plan_session",
    "select",
    "with_batch",
]

PROFILES = {
    "quick": Profile(name="quick", runs=9, trial_s=0.015, warmup_s=0.002),
    "standard": Profile(name="standard", runs=20, trial_s=0.1, warmup_s=0.01),
    "rigorous": Profile(name="rigorous", runs=37, trial_s=0.25, warmup_s=0.02),
}

PER_OP_OVERHEADS = 50
_PER_OP_RESOLUTIONS = 1000
_OVERHEAD_SHARE = 0.01
_QUANTISATION_SHARE = 0.002
_DITHER_SHARE = 0.2
_CHUNKS = 8
_MIN_SAMPLES = 5
_EMPTY_SAMPLES = 2000
_MAX_SAMPLES = 2_000_000
_START_S = 0.006


def select(names: Sequence[str]) -> tuple[tuple[Primitive, ...], tuple[tuple[str, str], ...]]:
    """Primitives and walls meant by names of families, primitives or walls; all if there are none."""
    families = {family.value for family in Family}
    wall_names = {name for name, _ in WALLS}
    primitives: dict[str, Primitive] = {}
    walls: dict[tuple[str, str], None] = {}
    for name in names or ("walls", *families):
        if name in families:
            primitives.update({p.name: p for p in PRIMITIVES.values() if p.family == name})
        elif name == "walls" or name in wall_names:
            walls.update(dict.fromkeys(key for key in WALLS if name in ("walls", key[0])))
        elif name in PRIMITIVES:
            primitives[name] = PRIMITIVES[name]
        else:
            known = ", ".join([*families, "walls", *PRIMITIVES, *sorted(wall_names)])
            raise InputError(f"{name!r} is no family, primitive or wall; there are {known}")
    return tuple(primitives.values()), tuple(walls)


def plan_session(
    names: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    profile: Profile,
    seed: int,
) -> Plan:
    """All cells of the named primitives over the given factor levels (default levels elsewhere).

    The empty and the null-syscall arm are part of every plan.  A level that this machine lacks becomes
    an ``unsupported`` cell with its reason.  InputError for a factor that none of them takes.
    """
    primitives, walls = select(names)
    taken = {factor.name for primitive in primitives for factor in primitive.factors}
    for name in factors:
        if name not in taken:
            named = ", ".join(p.name for p in primitives) or "the walls"
            raise InputError(f"none of {named} takes a factor {name!r}")
    cells: dict[str, PlannedCell] = {}
    for primitive in (*(find_primitive(n) for n in ("empty", "null_syscall")), *primitives):
        for cell in _cells(primitive, factors):
            cells.setdefault(cell.id, cell)
    if not primitives:
        cells = {}
    elif not {cell.primitive for cell in cells.values()} & {primitive.name for primitive in primitives}:
        asked = ", ".join(f"{name}={','.join(levels)}" for name, levels in factors.items())
        raise InputError(f"none of {', '.join(p.name for p in primitives)} can be measured with {asked}")
    return Plan(seed=seed, profile=profile, cells=_with_readings(cells.values()), walls=walls)


def _cells(primitive: Primitive, given: Mapping[str, Sequence[str]]) -> list[PlannedCell]:
    levels: list[list[tuple[str, str]]] = []
    for factor in primitive.factors:
        asked = given.get(factor.name)
        if asked is None and factor.optional:
            continue
        if asked and not factor.quantity and not set(asked) <= set(factor.levels):
            known = set().union(*(f.levels for p in PRIMITIVES.values() for f in p.factors if f.name == factor.name))
            unknown = sorted(set(asked) - known)
            if unknown:
                raise InputError(f"{factor.name} {unknown[0]!r} is none of {', '.join(sorted(known))}")
            asked = [level for level in asked if level in factor.levels]
            if not asked:
                return []
        chosen = asked or _default_levels(factor.name, factor.default)
        levels.append([(factor.name, factor.parse(level, primitive.name)) for level in chosen])
    return [_cell(primitive, dict(combination)) for combination in itertools.product(*levels)]


def _with_readings(cells: Iterable[PlannedCell]) -> tuple[PlannedCell, ...]:
    """The cells, each followed by one for every reading taken of it."""
    found: list[PlannedCell] = []
    for cell in cells:
        index = len(found)
        found.append(cell)
        primitive = PRIMITIVES[cell.primitive]
        if primitive.reads(cell.factors):
            found += [
                msgspec.structs.replace(cell, id=f"{cell.id}/{r.name}", reading=r.name, unit=r.unit, of=index)
                for r in primitive.readings
            ]
    return tuple(found)


def _default_levels(name: str, levels: tuple[str, ...]) -> tuple[str, ...]:
    if name != "placement":
        return levels
    present = host.placements()
    # With none of them here the cell stays in the plan, to say so.
    return tuple(level for level in levels if level in present) or levels[:1]


def _cell(primitive: Primitive, factors: dict[str, str]) -> PlannedCell:
    text = ",".join(f"{name}={level}" for name, level in factors.items())
    cpus, reason = (-1, -1), ""
    try:
        cpus = host.cpu_pair(factors.get("placement", "same-cpu"))
        check_limits(primitive, factors)
    except UnsupportedError as error:
        reason = str(error)
    return PlannedCell(
        id=f"{primitive.name}[{text}]",
        primitive=primitive.name,
        family=primitive.family,
        factors=factors,
        driver_cpu=cpus[0],
        peer_cpu=cpus[1],
        state=State.UNSUPPORTED if reason else State.OK,
        reason=reason,
    )


def batch_size(op_s: float, overhead_s: float, clock: Clock) -> int:
    """Ops in one sample: 1 where the op dwarfs the clock, else the fewest that hide it."""
    if op_s >= PER_OP_OVERHEADS * overhead_s and op_s >= _PER_OP_RESOLUTIONS * clock.resolution_s:
        return 1
    op_s = max(op_s, 1e-11)
    return max(
        math.ceil(overhead_s / (_OVERHEAD_SHARE * op_s)),
        math.ceil(clock.resolution_s / (_QUANTISATION_SHARE * op_s)),
        1,
    )


def with_batch(cell: PlannedCell, op_s: float, overhead_s: float, clock: Clock, profile: Profile) -> PlannedCell:
    """The cell with batch, samples and chunk chosen from the pilot's time of one op."""
    # The empty arm is the cost of one sample, so its samples hold one op.
    single = cell.primitive == "empty" or PRIMITIVES[cell.primitive].reads(cell.factors)
    batch = 1 if single else batch_size(op_s, overhead_s, clock)
    sample_s = max(batch * (1 + dither_share(batch) / 2) * op_s + overhead_s, 1e-9)
    wanted = _EMPTY_SAMPLES if cell.primitive == "empty" else int(profile.trial_s / sample_s)
    samples = min(max(wanted, _MIN_SAMPLES), _MAX_SAMPLES)
    # A new chunk empties the queue, so an open loop is one chunk.
    chunk = samples if open_loop(cell) else max(1, samples // _CHUNKS)
    return msgspec.structs.replace(cell, batch=batch, samples=samples, chunk=chunk)


def open_loop(cell: PlannedCell) -> bool:
    """Whether ops are begun at a given rate, whatever becomes of those before."""
    return cell.factors.get("load", "closed") != "closed"


def is_measured(cell: PlannedCell) -> bool:
    """Whether the cell has trials of its own, and nothing speaks against them."""
    return cell.state == State.OK and cell.of < 0


def dither_share(batch: int) -> float:
    """Share of the batch that is added at random at most; none where a sample is one op."""
    return 0.0 if batch == 1 else _DITHER_SHARE


def fit_budget(plan: Plan, budget_s: float) -> Plan:
    """The same cells with as many runs, then as much time per trial, as the budget allows.

    InputError if not even the fewest runs with the shortest trials fit.
    """
    active = max(1, sum(map(is_measured, plan.cells)) + len(plan.walls))
    profile = plan.profile
    for runs in sorted((n for n in RUN_COUNTS if n <= profile.runs), reverse=True):
        trial_s = budget_s / (runs * active) - _START_S - profile.warmup_s
        if trial_s >= profile.trial_s / 3 or (runs == RUN_COUNTS[0] and trial_s > 0.002):
            fitted = msgspec.structs.replace(profile, runs=runs, trial_s=min(trial_s, profile.trial_s))
            return msgspec.structs.replace(plan, profile=fitted)
    least = RUN_COUNTS[0] * active * (_START_S + profile.warmup_s + 0.002)
    raise InputError(
        f"--budget {format_seconds(budget_s)} is too short for {active} cells; the least is {format_seconds(least)}"
    )


def block(plan: Plan, run: int) -> list[tuple[str, int, int]]:
    """The order of one block: ("cell" or "wall", index, seed of the trial), from the plan's seed alone."""
    random = np.random.default_rng([plan.seed, run])
    entries = [("cell", i) for i, cell in enumerate(plan.cells) if is_measured(cell)]
    entries += [("wall", i) for i in range(len(plan.walls))]
    seeds = random.integers(1, 2**62, len(entries))
    return [(*entries[i], int(seeds[i])) for i in random.permutation(len(entries))]
