"""Experiment design: from what is asked to cells, batches and a randomised order."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from partywall import host
from partywall.catalog import EMPTY, PRIMITIVES, WALLS, find_primitive
from partywall.catalog.declaration import SAME_CPU, Primitive, Wall
from partywall.catalog.reference import ARMS, PAIR_ARM
from partywall.errors import InputError, UnsupportedError
from partywall.limits import check_limits
from partywall.model import Family, Grid, Override, Plan, PlannedCell, Profile, State
from partywall.order import arm_order, earlier, in_block, spread

__all__ = [
    "PROFILES",
    "block",
    "block_count",
    "blocks",
    "extend_plan",
    "in_run",
    "is_measured",
    "plan_session",
    "profile_of",
    "run_count",
    "select",
    "wall_runs",
]

PROFILES = {
    "quick": Profile(name="quick", runs=12, trial_s=0.008, warmup_s=0.002, wall_runs=9),
    "standard": Profile(name="standard", runs=20, trial_s=0.035, warmup_s=0.005),
    "rigorous": Profile(name="rigorous", runs=37, trial_s=0.25, warmup_s=0.02),
}

_ARM_TRIAL_S = 0.02
_ARM_WARMUP_S = 0.005
_CHECK = "check"


def select(names: Sequence[str]) -> tuple[tuple[Primitive, ...], tuple[tuple[str, str], ...]]:
    """Primitives and walls meant by names of families, primitives or walls; all if there are none.

    A family of walls is what their names begin with, up to the dot; "walls" are those that are not only probed by name.
    """
    families = {family.value for family in Family}
    wall_names = {part for name, _ in WALLS for part in (name, name.partition(".")[0])}
    primitives: dict[str, Primitive] = {}
    walls: dict[tuple[str, str], None] = {}
    for name in names or ("walls", *families):
        if name in families:
            primitives.update({p.name: p for p in PRIMITIVES.values() if p.family == name})
        elif name == "walls" or name in wall_names:
            walls.update(dict.fromkeys(key for key, wall in WALLS.items() if _means(name, wall)))
        elif name in PRIMITIVES:
            primitives[name] = PRIMITIVES[name]
        else:
            known = ", ".join([*families, "walls", *PRIMITIVES, *sorted(wall_names)])
            raise InputError(f"{name!r} is no family, primitive or wall; there are {known}")
    return tuple(primitives.values()), tuple(walls)


def _means(name: str, wall: Wall) -> bool:
    """Whether the name stands for this wall; "walls" stands for none that takes long, nor for what scenarios try."""
    if name == "walls":
        return not wall.by_name and not wall.scenario
    return name in (wall.name, wall.name.partition(".")[0])


def plan_session(
    grids: Sequence[Grid],
    profile: Profile,
    seed: int,
    title: str = "",
    source: str = "",
) -> Plan:
    """All cells of the grids; default levels where a grid gives none.

    The empty and the null-syscall arm are part of every plan that has cells, that of Python where anything of
    Python is; an arm takes of the factors what it can, and its defaults elsewhere.  So is the fixed spin, and the
    cache-line arm for every two CPUs that cells use.  A level that this machine lacks, or that would take more than
    it can give, becomes an ``unsupported`` cell with its reason.  A cell of two grids is measured once, as the first
    says.  InputError for a factor that none of a grid's primitives takes.
    """
    cells: dict[str, PlannedCell] = {}
    walls: dict[tuple[str, str], None] = {}
    for grid in grids:
        primitives, chosen = select(grid.names)
        walls.update(dict.fromkeys(chosen))
        for cell in _grid_cells(primitives, grid):
            cells.setdefault(cell.id, cell)
    if cells:
        cells = _arms(cells.values(), grids) | _short_arms(cells.values(), profile) | cells
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


def _short_arms(cells: Iterable[PlannedCell], profile: Profile) -> dict[str, PlannedCell]:
    """The arms that only tell regimes apart: as they are by default, and short, since each block has them."""
    pairs = {cell.factors.get("placement", SAME_CPU): None for cell in cells if cell.state == State.OK}
    arms = [cell for name in ARMS if name != "null_syscall" for cell in _cells(find_primitive(name), {})]
    for placement in pairs:
        if placement != SAME_CPU:
            arms += _cells(find_primitive(PAIR_ARM), {"peer": ["process"], "placement": [placement]})
    times = {
        "trial_s": _ARM_TRIAL_S if profile.trial_s > _ARM_TRIAL_S else None,
        "warmup_s": _ARM_WARMUP_S if profile.warmup_s > _ARM_WARMUP_S else None,
    }
    return {cell.id: msgspec.structs.replace(cell, **times) for cell in arms}


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
    values = {name: getattr(source, name) for name in ("runs", "trial_s", "warmup_s", "trials")}
    return {name: value for name, value in values.items() if value is not None}


def profile_of(plan: Plan, cell: PlannedCell) -> Profile:
    """The profile under which the cell is measured: the plan's, with the cell's overrides."""
    return msgspec.structs.replace(plan.profile, **_departures(cell))


def block_count(plan: Plan) -> int:
    """Blocks before those that check: as many as the most often measured cell has runs."""
    runs = [profile_of(plan, cell).runs for cell in plan.cells if cell.role != _CHECK]
    return max([plan.profile.runs, *runs]) + _further(plan)


def _further(plan: Plan) -> int:
    """Blocks after those of the pilot."""
    return max((cell.confirmation.runs for cell in plan.cells if cell.confirmation), default=0)


def run_count(plan: Plan, cell: PlannedCell) -> int:
    """Blocks that hold the cell, those that check left out."""
    if cell.role == _CHECK:
        return plan.profile.runs
    if _is_reference(cell) and not plan.target:
        return block_count(plan)
    return profile_of(plan, cell).runs + (cell.confirmation.runs if cell.confirmation else 0)


def in_run(plan: Plan, cell: PlannedCell, run: int) -> PlannedCell:
    """The cell as it is measured in that run: after the pilot, as the pilot fixed it."""
    fixed = cell.confirmation
    if fixed is None or run < plan.profile.runs:
        return cell
    return msgspec.structs.replace(
        cell, trial_s=fixed.trial_s, trials=fixed.trials, samples=fixed.samples, chunk=fixed.chunk
    )


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


def is_measured(cell: PlannedCell) -> bool:
    """Whether the cell has trials of its own, and nothing speaks against them."""
    return cell.state == State.OK and cell.of < 0


def blocks(plan: Plan) -> list[list[tuple[str, int, int]]]:
    """All blocks in their order: one for each run, and as many as the profile has if there are cells that check."""
    checked = any(cell.role == _CHECK and is_measured(cell) for cell in plan.cells)
    return [block(plan, run) for run in range(block_count(plan) + (plan.profile.runs if checked else 0))]


def block(plan: Plan, run: int) -> list[tuple[str, int, int]]:
    """The order of one block: ("cell" or "wall", index, seed of the trial), from the plan's seed alone.

    A cell is there once for each of its trials.  Arms of a contrast follow each other, in an order that over the
    blocks is balanced (see `order.arm_order`); where they lie is random, as is the order of everything else.

    The blocks beyond the profile's runs hold the cells that check, beside the empty arm; so the earlier ones are the
    same whether such cells have come to the plan or not.  Those of a pilot do not depend on what follows from it.
    """
    random = np.random.default_rng([plan.seed, run])
    last, further = block_count(plan), _further(plan)
    entries = [
        ("cell", i)
        for i, cell in enumerate(plan.cells)
        if is_measured(cell) and _in_block(plan, cell, run, last, further)
        for _ in range(profile_of(plan, in_run(plan, cell, run)).trials)
    ]
    entries += [("wall", i) for i, key in enumerate(plan.walls) if run < wall_runs(plan, key)]
    seeds = random.integers(1, 2**62, len(entries))
    return [(*entries[i], int(seeds[i])) for i in spread(_units(plan, entries, run, further), random)]


def wall_runs(plan: Plan, key: tuple[str, str]) -> int:
    """How many workers probe that wall: the profile's runs, or fewer if it or the declaration says so, or none."""
    wall, profile = WALLS.get(key), plan.profile
    if wall is None:
        return 0
    return min(profile.runs, profile.wall_runs or profile.runs, wall.runs or profile.runs)


def _in_block(plan: Plan, cell: PlannedCell, run: int, last: int, further: int) -> bool:
    if run >= last:
        return cell.role == _CHECK or cell.primitive == "empty"
    if cell.role == _CHECK:
        return False
    if plan.target and run >= plan.profile.runs:
        fixed = cell.confirmation
        return fixed is not None and in_block(run - plan.profile.runs, fixed.runs, further)
    return _is_reference(cell) or run < profile_of(plan, cell).runs


def _is_reference(cell: PlannedCell) -> bool:
    """Whether the cell tells how clock and machine were, and so belongs to every block."""
    return cell.family == Family.REFERENCE and cell.runs is None


def _units(plan: Plan, entries: Sequence[tuple[str, int]], run: int, further: int) -> list[list[list[int]]]:
    """Places of the entries that stay together: units, each of one pass or more, each of one arm or more."""
    units: dict[tuple[str, int], dict[int, list[int]]] = {}
    for place, (kind, index) in enumerate(entries):
        contrast = plan.cells[index].contrast if kind == "cell" else -1
        key = ("contrast", contrast) if contrast >= 0 else (kind, index)
        units.setdefault(key, {}).setdefault(index, []).append(place)
    found = []
    for (kind, number), arms in units.items():
        count = max(map(len, arms.values()))
        passes = [[places[i] for places in arms.values() if i < len(places)] for i in range(count)]
        if kind == "contrast":
            turn = count * _turn(plan, plan.cells[next(iter(arms))], run, further)
            passes = [_in_order(arms, turn + i, plan.seed, number) for i, arms in enumerate(passes)]
        found.append(passes)
    return found


def _in_order(arms: Sequence[int], turn: int, seed: int, contrast: int) -> list[int]:
    return [arms[i] for i in arm_order(len(arms), turn, seed, contrast)]


def _turn(plan: Plan, cell: PlannedCell, run: int, further: int) -> int:
    """How many blocks before that run held the cell."""
    pilot = plan.profile.runs
    if not plan.target or run < pilot or cell.confirmation is None:
        return run
    return pilot + earlier(run - pilot, cell.confirmation.runs, further)
