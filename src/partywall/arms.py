"""Which cells are compared with each other, and the copies that are compared with themselves."""

from collections.abc import Iterable, Iterator

import msgspec

from partywall.catalog import PRIMITIVES
from partywall.design import is_measured
from partywall.limits import needs
from partywall.model import Claim, Plan, PlannedCell

__all__ = ["arrange_arms"]

_COPY = "aa"
_CHEAP_BYTES = 64 << 20


def arrange_arms(plan: Plan, claims: Iterable[Claim]) -> Plan:
    """The plan with its contrasts numbered, and with a copy of the null-syscall arm and of one other cell.

    Arms of a contrast are cells of one primitive that differ in the peer only, and those that a claim subtracts or
    divides; what shares an arm is one contrast.  The other copy is that of the first process that is compared with
    something, unless it reads, or takes long to start or to fill.  A copy is an arm beside its original.
    """
    pairs = [*_peers(plan.cells), *_claimed(plan.cells, claims)]
    cells = list(plan.cells)
    for original in tuple(_to_copy(plan.cells, pairs)):
        pairs.append((original, len(cells)))
        cells.append(msgspec.structs.replace(cells[original], id=f"{cells[original].id}@{_COPY}", role=_COPY))
    for number, members in enumerate(_connected(pairs)):
        for i in members:
            cells[i] = msgspec.structs.replace(cells[i], contrast=number)
    return msgspec.structs.replace(plan, cells=tuple(cells))


def _peers(cells: Iterable[PlannedCell]) -> Iterator[tuple[int, int]]:
    alike: dict[tuple[object, ...], int] = {}
    for i, cell in enumerate(cells):
        if is_measured(cell) and "peer" in cell.factors:
            factors = sorted((name, level) for name, level in cell.factors.items() if name != "peer")
            first = alike.setdefault((cell.primitive, *factors), i)
            if first != i:
                yield first, i


def _claimed(cells: tuple[PlannedCell, ...], claims: Iterable[Claim]) -> Iterator[tuple[int, int]]:
    """Every cell that a claim speaks of, with each that it is compared with; as `judge` pairs them."""
    for claim in claims:
        for quantity in claim.quantities:
            override = quantity.minus or quantity.over
            for i, cell in enumerate(cells) if override else ():
                if is_measured(cell) and cell.primitive == quantity.primitive and _has(cell, quantity.factors):
                    yield from ((i, j) for j in _others(cells, cell, override) if i != j)


def _others(cells: tuple[PlannedCell, ...], cell: PlannedCell, override: dict[str, str]) -> Iterator[int]:
    factors = {name: level for name, level in override.items() if name != "primitive"}
    wanted = {**cell.factors, **factors}
    for j, other in enumerate(cells):
        alike = all(wanted.get(name, level) == level for name, level in other.factors.items())
        named = other.primitive == override.get("primitive", cell.primitive)
        if named and is_measured(other) and alike and _has(other, factors):
            yield j


def _has(cell: PlannedCell, factors: dict[str, str]) -> bool:
    return all(cell.factors.get(name) == level for name, level in factors.items())


def _to_copy(cells: tuple[PlannedCell, ...], pairs: Iterable[tuple[int, int]]) -> Iterator[int]:
    yield from [i for i, cell in enumerate(cells) if cell.primitive == "null_syscall" and is_measured(cell)][:1]
    compared = (i for pair in pairs for i in pair)
    processes = (i for i in compared if cells[i].factors.get("peer") == "process" and _is_cheap(cells[i]))
    yield from [i for i in [next(processes, -1)] if i >= 0]


def _is_cheap(cell: PlannedCell) -> bool:
    primitive = PRIMITIVES[cell.primitive]
    slow = primitive.language != "c" or primitive.task_s > 0 or primitive.reads(cell.factors)
    return not slow and needs(primitive, cell.factors).memory <= _CHEAP_BYTES


def _connected(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The places that pairs connect, in rising order."""
    groups: dict[int, list[int]] = {}
    for pair in pairs:
        joined = sorted({i for place in pair for i in groups.get(place, [place])})
        groups |= dict.fromkeys(joined, joined)
    return sorted({id(group): group for group in groups.values()}.values())
