"""Experiment design: from what is asked to cells, batches and a randomised order."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from partywall import host
from partywall.catalog import EMPTY, PRIMITIVES, WALLS, find_primitive
from partywall.catalog.declaration import Primitive
from partywall.errors import InputError, UnsupportedError
from partywall.limits import check_limits
from partywall.model import Clock, Family, Grid, Override, Plan, PlannedCell, Profile, State

__all__ = [
    "PER_OP_OVERHEADS",
    "PROFILES",
    "batch_size",
    "block",
    "block_count",
    "blocks",
    "dither_share",
    "extend_plan",
    "is_measured",
    "plan_session",
    "profile_of",
    "select",
    "wall_runs",
    "with_batch",
]

PROFILES = {
    "quick": Profile(name="quick", runs=12, trial_s=0.008, warmup_s=0.002),
    "standard": Profile(name="standard", runs=20, trial_s=0.035, warmup_s=0.005),
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
_CHECK = "check"


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
    grids: Sequence[Grid],
    profile: Profile,
    seed: int,
    title: str = "",
    source: str = "",
) -> Plan:
    """All cells of the grids; default levels where a grid gives none.

    The empty and the null-syscall arm are part of every plan that has cells, that of Python where anything of
    Python is; an arm takes of the factors what it can, and its defaults elsewhere.  A level that this machine
    lacks, or that would take more than it can give, becomes an ``unsupported`` cell with its reason.  A cell of
    two grids is measured once, as the first says.  InputError for a factor that none of a grid's primitives takes.
    """
    cells: dict[str, PlannedCell] = {}
    walls: dict[tuple[str, str], None] = {}
    for grid in grids:
        primitives, chosen = select(grid.names)
        walls.update(dict.fromkeys(chosen))
        for cell in _grid_cells(primitives, grid):
            cells.setdefault(cell.id, cell)
    if cells:
        cells = _arms(cells.values(), grids) | cells
    return Plan(
        seed=seed,
        profile=profile,
        cells=_with_readings(cells.values()),
        walls=tuple(walls),
        title=title,
        source=source,
    )


def _arms(cells: Iterable[PlannedCell], grids: Iterable[Grid]) -> dict[str, PlannedCell]:
    """The reference arms of the languages that the cells are of, in the images that the grids ask for."""
    languages = dict.fromkeys(("c", *(PRIMITIVES[cell.primitive].language for cell in cells)))
    arms: dict[str, PlannedCell] = {}
    for name in (*(EMPTY[language] for language in languages), "null_syscall"):
        arm = find_primitive(name)
        for grid in grids:
            arms |= {cell.id: cell for cell in _cells(arm, _possible(arm, grid.factors))}
    return arms


def _grid_cells(primitives: Sequence[Primitive], grid: Grid) -> list[PlannedCell]:
    named = ", ".join(p.name for p in primitives) or "the walls"
    taken = {factor.name for primitive in primitives for factor in primitive.factors}
    for name in (*grid.factors, *(name for override in grid.overrides for name in override.where)):
        if name not in taken:
            raise InputError(f"none of {named} takes a factor {name!r}")
    cells = [_overridden(cell, grid.overrides) for p in primitives for cell in _cells(p, grid.factors)]
    if primitives and not cells:
        asked = ", ".join(f"{name}={','.join(levels)}" for name, levels in grid.factors.items())
        raise InputError(f"none of {named} can be measured with {asked}")
    return cells


def _overridden(cell: PlannedCell, overrides: Sequence[Override]) -> PlannedCell:
    primitive = PRIMITIVES[cell.primitive]
    for override in overrides:
        if all(
            name in cell.factors and primitive.factor(name).parse(level, cell.primitive) == cell.factors[name]
            for name, level in override.where.items()
        ):
            cell = msgspec.structs.replace(cell, **_departures(override))
    return cell


def _departures(source: Override | PlannedCell) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in ("runs", "trial_s", "warmup_s")}
    return {name: value for name, value in values.items() if value is not None}


def profile_of(plan: Plan, cell: PlannedCell) -> Profile:
    """The profile under which the cell is measured: the plan's, with the cell's overrides."""
    return msgspec.structs.replace(plan.profile, **_departures(cell))


def block_count(plan: Plan) -> int:
    """Blocks before those that check: as many as the most often measured cell has runs."""
    return max([plan.profile.runs, *(profile_of(plan, cell).runs for cell in plan.cells if cell.role != _CHECK)])


def _possible(primitive: Primitive, given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    known = {factor.name: factor.levels for factor in primitive.factors}
    possible = {name: [level for level in levels if level in known.get(name, ())] for name, levels in given.items()}
    return {name: levels for name, levels in possible.items() if levels}


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
    combinations = (primitive.canonical(dict(combination)) for combination in itertools.product(*levels))
    return [_cell(primitive, factors) for factors in combinations]


def extend_plan(plan: Plan, wanted: Iterable[tuple[str, dict[str, str]]]) -> Plan:
    """The plan with a cell more for each primitive and factors, to be measured after all others.

    Their role is "check".  What this machine lacks, or cannot give, becomes an ``unsupported`` cell.
    """
    cells: dict[str, PlannedCell] = {}
    for name, factors in wanted:
        cell = _cell(find_primitive(name), factors)
        cells[cell.id] = msgspec.structs.replace(cell, id=f"{cell.id}@check", role=_CHECK)
    return msgspec.structs.replace(plan, cells=plan.cells + _with_readings(cells.values(), len(plan.cells)))


def _with_readings(cells: Iterable[PlannedCell], first: int = 0) -> tuple[PlannedCell, ...]:
    """The cells, the first at place ``first``, each followed by one for every reading taken of it."""
    found: list[PlannedCell] = []
    for cell in cells:
        index = first + len(found)
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
    """Ops in one sample: 1 where the op dwarfs the clock, else the fewest that hide it, and never 1.

    Medians of single ops and of pairs differ, so that an op at the edge must not be now one and now the other.
    """
    if op_s >= PER_OP_OVERHEADS * overhead_s and op_s >= _PER_OP_RESOLUTIONS * clock.resolution_s:
        return 1
    op_s = max(op_s, 1e-11)
    return max(
        math.ceil(overhead_s / (_OVERHEAD_SHARE * op_s)),
        math.ceil(clock.resolution_s / (_QUANTISATION_SHARE * op_s)),
        2,
    )


def with_batch(cell: PlannedCell, op_s: float, overhead_s: float, clock: Clock, profile: Profile) -> PlannedCell:
    """The cell with batch, samples and chunk chosen from the pilot's time of one op."""
    primitive = PRIMITIVES[cell.primitive]
    rate = primitive.offered_rate(cell.factors)
    # An empty arm is the cost of one sample, so its samples hold one op; an open loop begins each op by itself.
    empty = cell.primitive in EMPTY.values()
    single = empty or rate or primitive.reads(cell.factors)
    batch = 1 if single else batch_size(op_s, overhead_s, clock)
    sample_s = max(batch * (1 + dither_share(batch) / 2) * op_s + overhead_s, 1 / rate if rate else 1e-9)
    wanted = _EMPTY_SAMPLES if empty else int(profile.trial_s / sample_s)
    samples = min(max(wanted, _MIN_SAMPLES), primitive.most_samples or _MAX_SAMPLES)
    # A new chunk empties the queue, so an open loop is one chunk.
    chunk = samples if rate else max(1, samples // _CHUNKS)
    return msgspec.structs.replace(cell, batch=batch, samples=samples, chunk=chunk)


def is_measured(cell: PlannedCell) -> bool:
    """Whether the cell has trials of its own, and nothing speaks against them."""
    return cell.state == State.OK and cell.of < 0


def dither_share(batch: int) -> float:
    """Share of the batch that is added at random at most; none where a sample is one op."""
    return 0.0 if batch == 1 else _DITHER_SHARE


def blocks(plan: Plan) -> list[list[tuple[str, int, int]]]:
    """All blocks in their order: one for each run, and as many as the profile has if there are cells that check."""
    checked = any(cell.role == _CHECK and is_measured(cell) for cell in plan.cells)
    return [block(plan, run) for run in range(block_count(plan) + (plan.profile.runs if checked else 0))]


def block(plan: Plan, run: int) -> list[tuple[str, int, int]]:
    """The order of one block: ("cell" or "wall", index, seed of the trial), from the plan's seed alone.

    The blocks beyond the profile's runs hold the cells that check, beside the empty arm; so the earlier ones are the
    same whether such cells have come to the plan or not.
    """
    random = np.random.default_rng([plan.seed, run])
    entries = [("cell", i) for i, cell in enumerate(plan.cells) if is_measured(cell) and _in_block(plan, cell, run)]
    entries += [("wall", i) for i, key in enumerate(plan.walls) if run < wall_runs(plan, key)]
    seeds = random.integers(1, 2**62, len(entries))
    return [(*entries[i], int(seeds[i])) for i in random.permutation(len(entries))]


def wall_runs(plan: Plan, key: tuple[str, str]) -> int:
    """How many workers probe that wall: the profile's runs, or fewer if its declaration says so, or none."""
    wall = WALLS.get(key)
    return min(plan.profile.runs, wall.runs or plan.profile.runs) if wall and not wall.left_out else 0


def _in_block(plan: Plan, cell: PlannedCell, run: int) -> bool:
    if run >= block_count(plan):
        return cell.role == _CHECK or cell.primitive == "empty"
    return cell.role != _CHECK and run < profile_of(plan, cell).runs
