"""The cost models that are looked for in every session, and the cells that each is made of.

A law says of which primitives and readings, over which factors, a model is made.  Cells that are alike in all other
factors make one group, and each group that a law's factors are swept in is fitted.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import floor, log2, log10

from partywall.catalog import PRIMITIVES, Factor
from partywall.model import Plan, PlannedCell
from partywall.stats.models import MIN_LEVELS
from partywall.units import format_size

__all__ = ["LAWS", "Group", "Law", "factor_unit", "find_groups", "level_number", "level_of", "level_text", "partner"]


@dataclass(frozen=True)
class Law:
    """One declared model.

    Attributes:
        name: what it is about.
        primitives: a pattern of their names.
        factors: those that make terms where they are swept.
        pieces: a line in pieces over the one factor, or else a straight line in all of them.
        constant: what the constant is called.
        slope: what the slope of a line in pieces is called.
        rate: what its inverse is called; none if empty.
        readings: patterns; the empty one is the op's own time.
        minus: primitives whose time is taken off first, run by run.
        per: factor by whose level the time is divided first.
        what: what is modelled, in words.
    """

    name: str
    primitives: str
    factors: tuple[str, ...]
    pieces: bool = False
    constant: str = "constant"
    slope: str = "per byte"
    rate: str = ""
    readings: tuple[str, ...] = ("",)
    minus: tuple[str, ...] = ()
    per: str = ""
    what: str = "time of one op"

    def covers(self, cell: PlannedCell) -> bool:
        """Whether the law speaks of that cell at all."""
        return fnmatchcase(cell.primitive, self.primitives) and any(fnmatchcase(cell.reading, r) for r in self.readings)

    def formula(self, reading: str, terms: tuple[str, ...]) -> str:
        """The model in words."""
        what = f"{reading or self.what} = {self.constant}"
        if not self.pieces:
            return " + ".join([what, *(f"slope({name}) x {name}" for name in terms)])
        factor = self.factors[0]
        return f"{what} + {f'{factor} / {self.rate}' if self.rate else f'{self.slope} x {factor}'}, in pieces"


LAWS = (
    Law("holdings", "*", ("resident", "vmas", "fds", "threads"), readings=("*",)),
    Law("message", "*", ("message",), pieces=True, constant="latency", rate="bandwidth"),
    Law(
        "switch",
        "ring_switch",
        ("working_set",),
        pieces=True,
        constant="direct",
        slope="refill",
        minus=("ring_calls", "ring_touch"),
        per="tasks",
        what="time of one switch, less its calls and its touching",
    ),
    Law(
        "tasks",
        "idle_*",
        ("tasks",),
        readings=("pss", "uss", "page_tables", "kernel_stacks", "slab"),
        what="bytes of all tasks",
    ),
)

_SIZE_BITS = 6
_COUNTED = {"vmas": "mapping", "fds": "descriptor", "threads": "thread", "tasks": "task", "creators": "creator"}


@dataclass(frozen=True)
class Group:
    """Cells of one primitive (and reading) that differ in the swept factors only.

    ``terms`` are the factors with three levels or more; there are none if the most that one of the law's has
    is two.  ``members`` are places in the plan.
    """

    law: Law
    primitive: str
    reading: str
    terms: tuple[str, ...]
    conditions: dict[str, str]
    members: tuple[int, ...]


def _factor(primitive: str, name: str) -> Factor | None:
    declared = PRIMITIVES.get(primitive)
    return next((f for f in declared.factors if f.name == name), None) if declared else None


def level_of(cell: PlannedCell, name: str) -> str:
    """The level of a factor; of one left out, its first default."""
    factor = _factor(cell.primitive, name)
    return cell.factors.get(name, factor.default[0] if factor else "")


def level_number(cell: PlannedCell, name: str) -> float:
    """The level of a factor as a number, in `factor_unit`."""
    factor = _factor(cell.primitive, name)
    return float(factor.number(level_of(cell, name))) if factor else 0.0


def factor_unit(primitive: str, name: str) -> str:
    """The unit of a factor's numbers: "B", "ns", or the singular of what is counted."""
    factor = _factor(primitive, name)
    units = {"size": "B", "time": "ns", "rate": "Hz"}
    return units.get(factor.quantity if factor else "", _COUNTED.get(name, name))


def level_text(primitive: str, name: str, number: float) -> str:
    """The level nearest to a number that is no odder than need be: off by less than 1 %; empty if it is none."""
    factor = _factor(primitive, name)
    if factor is None or number < 1:
        return ""
    if factor.quantity == "size":
        step = 2 ** max(0, floor(log2(number)) - _SIZE_BITS)
        return format_size(round(number / step) * step)
    rounded = round(number, 2 - floor(log10(number)))
    return f"{rounded:.0f}{ {'time': 'ns', 'rate': 'Hz'}.get(factor.quantity, '') }"


def find_groups(plan: Plan, usable: Container[int], laws: Iterable[Law] = LAWS) -> tuple[Group, ...]:
    """Every group, of the plan's cells at the ``usable`` places, in which a factor of a law has more than one level.

    Cells that check a crossing belong to no group.
    """
    return tuple(group for law in laws for group in _groups(plan, usable, law))


def _groups(plan: Plan, usable: Container[int], law: Law) -> Iterator[Group]:
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, cell in enumerate(plan.cells):
        if i in usable and not cell.role and law.covers(cell):
            others = {name: level for name, level in cell.factors.items() if name not in law.factors}
            alike.setdefault((cell.primitive, cell.reading, *sorted(others.items())), []).append(i)
    for members in alike.values():
        levels = {name: {level_number(plan.cells[i], name) for i in members} for name in law.factors}
        terms = tuple(name for name, numbers in levels.items() if len(numbers) >= MIN_LEVELS)
        if max(map(len, levels.values())) < 2:
            continue
        # A factor with two levels cannot be a term; each of its levels is a condition of its own.
        parts: dict[tuple[float, ...], list[int]] = {}
        for i in members:
            key = tuple(level_number(plan.cells[i], name) for name in law.factors if name not in terms)
            parts.setdefault(key if terms else (), []).append(i)
        for part in parts.values():
            yield _group(plan, law, terms, part)


def _group(plan: Plan, law: Law, terms: tuple[str, ...], members: list[int]) -> Group:
    first = plan.cells[members[0]]
    free = terms or law.factors
    return Group(
        law=law,
        primitive=first.primitive,
        reading=first.reading,
        terms=terms,
        conditions={name: level for name, level in first.factors.items() if name not in free},
        members=tuple(sorted(members, key=lambda i: [level_number(plan.cells[i], name) for name in terms])),
    )


def partner(plan: Plan, cell: PlannedCell, primitive: str) -> int | None:
    """Place of the one cell of another primitive that is alike in every factor both take; None if there is none."""
    found = [
        i
        for i, other in enumerate(plan.cells)
        if (other.primitive, other.reading, other.role) == (primitive, cell.reading, cell.role)
        and all(cell.factors.get(name, level) == level for name, level in other.factors.items())
    ]
    return found[0] if len(found) == 1 else None
