"""Which cells stand beside each other: the same op with a process and with a thread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partywall.catalog import PRIMITIVES
from partywall.distributions import Distribution
from partywall.estimate import Estimate
from partywall.model import Cell, Result
from partywall.report.layout import conditions
from partywall.stats import paired_ratio

__all__ = ["Pair", "find_pairs", "title_of"]


@dataclass(frozen=True)
class Pair:
    """The same op done with a process and with a thread.

    Attributes:
        title: what the process does, and under which conditions.
        against: what the thread does, where it is another primitive; else empty.
        process, thread: the two cells, both with estimates.
        ratio: process over thread, run by run, with its interval over the runs; None where a run is not above zero
            or there are too few.
    """

    title: str
    against: str
    process: Cell
    thread: Cell
    ratio: Estimate | None


def title_of(cell: Cell) -> str:
    """What the op of a cell is, in words, or else its name; for a reading, what was read in it."""
    declared = PRIMITIVES.get(cell.primitive)
    title = declared.title if declared else cell.primitive
    return f"{title}: {cell.reading.replace('_', ' ')}" if cell.reading else title


def find_pairs(result: Result, distributions: Mapping[str, Distribution]) -> tuple[Pair, ...]:
    """Every cell of processes that has figures and a like one of threads, in the order of the session.

    Cells are alike if they differ in the factor "peer" alone, or if their primitives are declared to be twins and
    the levels of the factors that both take are the same.
    """
    known = [cell for cell in result.asked if cell.estimates is not None]
    threads = [cell for cell in known if cell.factors.get("peer") == "thread"]
    found = []
    for cell in known:
        if cell.factors.get("peer") == "process":
            other = _thread_of(cell, threads)
            if other is not None:
                found.append(_pair(cell, other, distributions))
    return tuple(found)


def _thread_of(cell: Cell, threads: list[Cell]) -> Cell | None:
    declared = PRIMITIVES.get(cell.primitive)
    twin = declared.twin if declared else ""
    alike = [
        other
        for other in threads
        if (other.primitive == cell.primitive or other.primitive == twin)
        and other.reading == cell.reading
        and all(
            other.factors[name] == cell.factors[name] for name in other.factors.keys() & cell.factors.keys() - {"peer"}
        )
        and (other.primitive == twin or other.factors.keys() == cell.factors.keys())
    ]
    return min(alike, key=lambda other: other.primitive != cell.primitive, default=None)


def _pair(process: Cell, thread: Cell, distributions: Mapping[str, Distribution]) -> Pair:
    factors = {name: level for name, level in process.factors.items() if name != "peer"}
    title = title_of(process)
    where = conditions(factors)
    return Pair(
        title=f"{title}, {where}" if where else title,
        against=title_of(thread) if thread.primitive != process.primitive else "",
        process=process,
        thread=thread,
        ratio=_ratio(process, thread, distributions),
    )


def _ratio(process: Cell, thread: Cell, distributions: Mapping[str, Distribution]) -> Estimate | None:
    a, b = (distributions[cell.id].run_medians if cell.id in distributions else {} for cell in (process, thread))
    common = sorted(a.keys() & b.keys())
    x, y = np.array([a[run] for run in common]), np.array([b[run] for run in common])
    if not common or min(x.min(), y.min()) <= 0:
        return None
    try:
        return paired_ratio(x, y)
    except ValueError:
        return None
