"""Synthetic sweeps: the cells of one primitive over the levels of its factors, costing what a function says."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from partywall.catalog import Factor, Primitive
from partywall.catalog.declaration import Reading
from partywall.cells import summarise_cells
from partywall.crossings import find_crossings
from partywall.fit import Crossing, Fit, Sweep
from partywall.fitting import Samples, fit_laws
from partywall.model import Claim, ClaimKind, Family, PlannedCell
from partywall.record import Record
from partywall.units import parse_size
from synthetic import planned, session

OVERHEAD_NS = 20.0
EMPTY = (planned("empty"), lambda run: [OVERHEAD_NS])
MIB = 1 << 20
RESIDENT = ("0B", "16MiB", "32MiB", "64MiB")
MESSAGES = ("64B", "1KiB", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB")

Arm = tuple[PlannedCell, Callable[[int], Any]]

_TASKS = Factor("tasks", ("2",), quantity="count")
_SET = Factor("working_set", ("0B",), quantity="size")
_PEER = Factor("peer", ("process", "thread"), ("process", "thread"))

# No demand of switches, which samples out of a formula do not make; here only the factors count.
RING = {
    "ring_switch": Primitive("ring_switch", Family.SWITCH, "ring of tasks", "A round.", (_PEER, _TASKS, _SET)),
    "ring_calls": Primitive("ring_calls", Family.SWITCH, "calls of a ring", "A round.", (_TASKS,)),
    "ring_touch": Primitive("ring_touch", Family.SWITCH, "touching of a ring", "A round.", (_TASKS, _SET)),
}
IDLE = Primitive(
    "idle_processes", Family.KEEP, "idle processes", "One.", (_TASKS,), readings=(Reading("pss", "B", ""),)
)


def wobble(run: int, share: float) -> float:
    """Nine runs from -4 to 4 shares around one, in no order; the interval is +-3 shares."""
    return 1 + share * ((run * 4) % 9 - 4)


def number(level: str) -> float:
    return parse_size(level)


def sweep(
    primitive: str, cost_ns: Callable[..., float], share: float = 0.01, batch: int = 1, **levels: str | tuple[str, ...]
) -> list[Arm]:
    """An arm for each combination of levels; ``cost_ns`` takes those given as tuples, as numbers."""
    swept = {name: level for name, level in levels.items() if isinstance(level, tuple)}
    arms: list[Arm] = []
    for combination in product(*swept.values()):
        chosen = dict(zip(swept, combination, strict=True))
        factors = {name: chosen.get(name, level) for name, level in levels.items()}
        ns = cost_ns(*(number(level) for level in combination))

        def given(run: int, ns: float = ns) -> list[float]:
            return [OVERHEAD_NS + batch * ns * wobble(run, share)]

        arms.append((planned(primitive, batch=batch, **factors), given))
    return arms


def samples(record: Record) -> Samples:
    return Samples(record, summarise_cells(record))


def fits(record: Record) -> tuple[Fit, ...]:
    return tuple(one.fit for one in fit_laws(samples(record)))


def one_fit(record: Record) -> Fit:
    (fit,) = fits(record)
    return fit


def claim(low: float | None = None, high: float | None = None, **swept: Any) -> Claim:
    kind = ClaimKind.RATIO if swept.get("over") else ClaimKind.RANGE
    return Claim(
        id="c",
        says="It is so.",
        kind=kind,
        source="a book",
        quantities=(),
        low=low,
        high=high,
        crossings=(Sweep(**swept),),
    )


def over_resident(low: float | None = None, high: float | None = None, **factors: str) -> Claim:
    return claim(low, high, primitive="fork_wait", along="resident", factors=factors)


def crossings(arms: Sequence[Arm], *claims: Claim, **more: Any) -> tuple[Crossing, ...]:
    found = samples(session([EMPTY, *arms], **more))
    return find_crossings(found, fit_laws(found), claims)


def one(arms: Sequence[Arm], given: Claim, **more: Any) -> Crossing:
    (crossing,) = crossings(arms, given, **more)
    return crossing


def fork_ns(resident: float) -> float:
    return 100_000 + 25_000 * resident / MIB


def forks(share: float = 0.01, **more: Any) -> list[Arm]:
    return sweep("fork_wait", fork_ns, share=share, peer="process", resident=RESIDENT, **more)


def pipe_ns(x: float) -> float:
    return 5_000 + 0.1 * x


def copy_ns(x: float) -> float:
    return 10 + 0.3 * x


PIPE = sweep("pipe_message", pipe_ns, share=0.01, peer="process", placement="same-cpu", message=MESSAGES)
COPY = sweep("memcpy_message", copy_ns, share=0.01, batch=100, message=MESSAGES)
EQUAL = 4_990 / 0.2


def pipe_over_copy(bound: float = 1.0, **over: str) -> Claim:
    return claim(bound, primitive="pipe_message", along="message", over={"primitive": "memcpy_message", **over})


SETS = ("0B", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB")


def ring(cost: Callable[[float], float] = lambda x: 2_000 + 0.1 * x) -> list[Arm]:
    switch = sweep("ring_switch", lambda x: 1_200 + 0.4 * x + 4 * cost(x), tasks="4", working_set=SETS)
    calls = sweep("ring_calls", lambda: 1_200.0, tasks="4")
    return [*switch, *calls, *sweep("ring_touch", lambda x: 0.4 * x, tasks="4", working_set=SETS)]
