"""What claims demand to be measured and proved: the grids of cells, and the walls, that they speak of."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from partywall.catalog import PRIMITIVES, WALLS, Primitive
from partywall.errors import InputError
from partywall.model import Claim, Grid, Quantity

__all__ = ["grids_of", "walls_of"]

_Levels = Mapping[str, Sequence[str]]


def grids_of(claims: Iterable[Claim], factors: _Levels) -> tuple[Grid, ...]:
    """The cells that the claims speak of, what they are compared with included.

    A factor that a claim does not name has the levels of ``factors``, or else its defaults; what a cell is compared
    with has the same ones, where it takes them.  InputError for a factor that nothing takes that claims speak of.
    """
    quantities = [quantity for claim in claims for quantity in claim.quantities if quantity.primitive]
    named = {q.primitive: None for q in quantities}
    taken = {factor.name for name in named for factor in PRIMITIVES[name].factors}
    for name in factors:
        if name not in taken:
            raise InputError(f"none of {', '.join(named) or 'the walls'} takes a factor {name!r}")
    grids: dict[tuple[object, ...], Grid] = {}
    for quantity in quantities:
        for grid in _grids(quantity, factors):
            grids.setdefault((grid.names, *sorted(grid.factors.items())), grid)
    walls = tuple(dict.fromkeys(name for name, _ in walls_of(claims)))
    return (*grids.values(), *([Grid(names=walls)] if walls else []))


def _grids(quantity: Quantity, factors: _Levels) -> Iterable[Grid]:
    primitive = PRIMITIVES[quantity.primitive]
    own = {f.name: tuple(factors[f.name]) for f in primitive.factors if f.name in factors}
    first = own | {name: (level,) for name, level in quantity.factors.items()}
    yield Grid(names=(primitive.name,), factors=first)
    override = quantity.minus or quantity.over
    if override:
        other = PRIMITIVES[override.get("primitive", primitive.name)]
        changed = {name: (level,) for name, level in override.items() if name != "primitive"}
        yield Grid(names=(other.name,), factors=_alike(primitive, other, first) | changed)


def _alike(primitive: Primitive, other: Primitive, chosen: _Levels) -> dict[str, tuple[str, ...]]:
    """Levels of the other's factors that a cell of the first may have: only like is compared with like."""
    levels: dict[str, tuple[str, ...]] = {}
    for factor in primitive.factors:
        given = chosen.get(factor.name, () if factor.optional else factor.default)
        # A placement that nobody asked for is the machine's to choose, for both in the same way.
        if not given or (factor.name == "placement" and factor.name not in chosen):
            continue
        for taken in other.factors:
            if taken.name == factor.name:
                possible = tuple(level for level in given if taken.quantity or level in taken.levels)
                levels |= {factor.name: possible} if possible else {}
    return levels


def walls_of(claims: Iterable[Claim]) -> tuple[tuple[str, str], ...]:
    """The walls that the claims speak of, each with its host, and the doors in them, of whatever host."""
    patterns = [(q.wall, q.host) for claim in claims for q in claim.quantities if q.wall]
    return tuple(
        (name, host)
        for (name, host), wall in WALLS.items()
        if any(fnmatchcase(name, which) and (wall.door or fnmatchcase(host, where)) for which, where in patterns)
    )
