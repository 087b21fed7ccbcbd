"""How many more processes, threads and interpreters fit into what a machine has left."""

import math
from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from partywall.cells import MIN_RUNS, run_summaries
from partywall.model import Capacity, Estimate, PlannedCell
from partywall.record import Record
from partywall.stats import RunSummary, median_interval

__all__ = ["Left", "TaskSize", "capacities", "ceilings", "fit", "task_sizes"]

_PARTS = frozenset({"uss", "page_tables", "kernel_stacks", "slab"})
"""Readings that together are what one more task takes; none of them holds a byte of another."""

_TASKS = "tasks"
_INHABITANT = "inhabitant"
_THREAD = "thread"
_THREAD_MAPPINGS = 2  # its stack and the guard below


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine has left, as the fingerprint of the host says; -1 where there is no limit.

    Attributes:
        memory_bytes: memory that may still be taken.
        tasks: how many more tasks each limit allows, by its name.
        mappings: how many more of them one process may have.
        address_bytes: what one process may map in all.
        stack_bytes: what each of its threads maps.
    """

    memory_bytes: int
    tasks: dict[str, int]
    mappings: int
    address_bytes: int
    stack_bytes: int


class TaskSize(msgspec.Struct, frozen=True, kw_only=True):
    """What one more idle task takes: bytes, and one of the cells that they come from.

    Attributes:
        planned: that cell; its number of tasks is only one of those that were weighed.
        task_bytes: what one more takes.
    """

    planned: PlannedCell
    task_bytes: Estimate

    @property
    def cell(self) -> str:
        """The id of that cell."""
        return self.planned.id


def task_sizes(record: Record) -> tuple[TaskSize, ...]:
    """One for each kind of idle task that the session weighed in two numbers or more, in the plan's order.

    What one more task takes is, run by run, the slope between the least and the greatest number of tasks, and
    its interval that of the median over runs.  A kind with fewer than six such runs is left out.
    """
    kinds = _kinds(record)
    summaries = run_summaries(record) if kinds else {}
    found: list[TaskSize] = []
    for planned, numbers in kinds:
        slopes = list(_slopes(numbers, summaries))
        if len(slopes) >= MIN_RUNS:
            found.append(TaskSize(planned=planned, task_bytes=median_interval(np.array(slopes), unit="B")))
    return tuple(found)


def capacities(record: Record) -> tuple[Capacity, ...]:
    """One for each of `task_sizes`; none where the session does not say what the machine has left.

    What lives inside of one process, and is no task, meets none of the limits of tasks: nothing is said of it.
    """
    try:
        left = msgspec.convert(record.host.get("left"), Left)
    except msgspec.ValidationError:
        return ()
    sizes = [size for size in task_sizes(record) if _INHABITANT not in size.planned.factors]
    return tuple(found for size in sizes for found in _capacity(size.planned, size.task_bytes, left))


def _kinds(record: Record) -> list[tuple[PlannedCell, dict[int, list[int]]]]:
    """Of each kind of task one cell, and for each number of tasks the cells of the parts."""
    parts: dict[int, list[int]] = {}
    for i, cell in enumerate(record.plan.cells):
        if cell.reading in _PARTS:
            parts.setdefault(cell.of, []).append(i)
    kinds: dict[tuple[str, ...], tuple[PlannedCell, dict[int, list[int]]]] = {}
    for index, read in parts.items():
        cell = record.plan.cells[index]
        if len(read) == len(_PARTS) and cell.factors.get(_TASKS, "").isdigit():
            kind = (cell.primitive, *(f"{name}={level}" for name, level in cell.factors.items() if name != _TASKS))
            kinds.setdefault(kind, (cell, {}))[1][int(cell.factors[_TASKS])] = read
    return [(cell, numbers) for cell, numbers in kinds.values() if len(numbers) > 1]


def _slopes(numbers: Mapping[int, list[int]], summaries: Mapping[int, dict[int, RunSummary]]) -> Iterator[float]:
    """Bytes per task, one value for each run in which both ends were weighed."""
    least, most = min(numbers), max(numbers)
    both = [set(summaries[i]) for i in (*numbers[least], *numbers[most])]
    for run in sorted(set.intersection(*both)):
        few = sum(summaries[i][run].median for i in numbers[least])
        many = sum(summaries[i][run].median for i in numbers[most])
        yield (many - few) / (most - least)


def _capacity(planned: PlannedCell, task_bytes: Estimate, left: Left) -> Iterator[Capacity]:
    """The capacity, or none where nothing bounds it."""
    factors = {name: level for name, level in planned.factors.items() if name != _TASKS}
    limits = ceilings(left, thread=factors.get("peer") == _THREAD)
    count, low, high, by = fit(task_bytes, left.memory_bytes, limits)
    if math.isfinite(high):
        yield Capacity(
            primitive=planned.primitive,
            factors=factors,
            task_bytes=task_bytes,
            count=int(count),
            low=int(low),
            high=int(high),
            limited_by=by,
        )


def ceilings(left: Left, *, thread: bool) -> dict[str, int]:
    """How many more tasks each limit allows, whatever they take; what is no limit is left out.

    A task needs no descriptor of its maker, so RLIMIT_NOFILE plays no part.  Only threads share the
    limits of one process: those of its mappings and of its addresses.
    """
    limits = dict(left.tasks)
    if thread:
        limits["vm.max_map_count"] = left.mappings // _THREAD_MAPPINGS if left.mappings >= 0 else -1
        bounded = left.address_bytes >= 0 and left.stack_bytes > 0
        limits["RLIMIT_AS"] = left.address_bytes // left.stack_bytes if bounded else -1
    return {name: limit for name, limit in limits.items() if limit >= 0}


def fit(task_bytes: Estimate, memory: int, limits: Mapping[str, int]) -> tuple[float, float, float, str]:
    """How many tasks of that size fit, the least and the most that it may be, and what stops the next one.

    Infinite where there is no limit and the interval of ``task_bytes`` reaches down to zero.
    """

    def by_memory(size: float) -> float:
        return memory // size if size > 0 else math.inf

    hard = min(limits.values(), default=math.inf)
    count = by_memory(task_bytes.value)
    by = "memory" if count <= hard else min(limits, key=lambda name: limits[name])
    return min(count, hard), min(by_memory(task_bytes.high), hard), min(by_memory(task_bytes.low), hard), by
