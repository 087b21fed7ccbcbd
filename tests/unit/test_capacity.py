"""How many tasks fit: slopes paired by run, and limits that are met before memory is."""

import math
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from partywall.capacity import Left, capacities, ceilings, fit
from partywall.model import Estimate, Family, PlannedCell, Trial
from partywall.record import Record
from partywall.report import render_text
from partywall.session import Session
from synthetic import planned, session

PARTS = ("pss", "uss", "page_tables", "kernel_stacks", "slab", "available")
GIB = 1 << 30
LEFT = {
    "memory_bytes": GIB,
    "tasks": {"kernel.threads-max": 190_000, "kernel.pid_max": 30_000, "RLIMIT_NPROC": -1, "pids.max": -1},
    "mappings": 65_000,
    "address_bytes": -1,
    "stack_bytes": 8 << 20,
}


def held(tasks: int, each: float, first: int, run: int, reading: str) -> float:
    """A part takes ``each`` bytes per task and something more that differs between runs but not within one."""
    return 1000.0 * run + 7.0 * PARTS.index(reading) + tasks * each * (1 if reading == "uss" else 0.25) + first


def arms(each: float, numbers: tuple[int, ...], peer: str = "process") -> list[tuple[PlannedCell, Any]]:
    found: list[tuple[PlannedCell, Any]] = []
    for tasks in numbers:
        cell = planned("idle_processes", peer=peer, tasks=str(tasks))
        cell = msgspec.structs.replace(cell, family=Family.KEEP)
        at = len(found)
        found.append((cell, lambda run: [1e6]))
        for reading in PARTS:
            read = msgspec.structs.replace(cell, id=f"{cell.id}/{reading}", reading=reading, unit="B", of=at)
            found.append((read, lambda run, n=tasks, r=reading: [held(n, each, 0, run, r)]))
    return found


def weighed(each: float = 4096.0, numbers: tuple[int, ...] = (1, 10, 101), **more: Any) -> Record:
    peer = more.pop("peer", "process")
    return replace(session(arms(each, numbers, peer), **more), host={"left": LEFT})


def test_the_slope_is_what_one_more_takes() -> None:
    (found,) = capacities(weighed())
    # uss, and a quarter of it for each of the three other parts; pss and available are none.
    assert found.task_bytes.value == pytest.approx(4096 * 1.75)
    assert found.task_bytes.low == pytest.approx(found.task_bytes.high)
    assert found.task_bytes.unit == "B"
    assert found.factors == {"peer": "process"}
    assert (found.count, found.low, found.high, found.limited_by) == (30_000, 30_000, 30_000, "kernel.pid_max")


def test_large_tasks_are_limited_by_memory() -> None:
    (found,) = capacities(weighed(each=float(1 << 20)))
    assert found.limited_by == "memory"
    assert found.count == GIB // int(1.75 * (1 << 20))


def test_threads_have_the_limits_of_their_process() -> None:
    (found,) = capacities(weighed(numbers=(1, 100), peer="thread"))
    assert (found.count, found.limited_by) == (30_000, "kernel.pid_max")
    few = {**LEFT, "mappings": 1001}
    (found,) = capacities(replace(weighed(peer="thread"), host={"left": few}))
    assert (found.count, found.limited_by) == (500, "vm.max_map_count")
    (found,) = capacities(replace(weighed(), host={"left": few}))
    assert found.limited_by == "kernel.pid_max"


def lose(trial: Trial) -> Trial:
    return msgspec.structs.replace(trial, error="lost") if trial.run > 4 and trial.cell < 7 else trial


@pytest.mark.parametrize(
    "record",
    [
        weighed(numbers=(10,)),
        weighed(runs=5),
        weighed(change=lose),
        replace(weighed(), host={}),
        replace(weighed(), host={"left": {**LEFT, "tasks": "many"}}),
        replace(weighed(), host={"left": {"memory_bytes": 5}}),
        replace(weighed(each=-1.0), host={"left": {**LEFT, "tasks": {}}}),
    ],
    ids=["one number", "few runs", "few pairs", "no limits", "no numbers", "half of it", "no bound"],
)
def test_nothing_is_said_that_is_not_known(record: Record) -> None:
    assert capacities(record) == ()


@pytest.mark.parametrize(
    ("size", "limits", "expected"),
    [
        ((100, 50, 200), {}, (10, 5, 20, "memory")),
        ((100, 50, 200), {"a": 12, "b": 15}, (10, 5, 12, "memory")),
        ((100, 50, 200), {"a": 7, "b": 6}, (6, 5, 6, "b")),
        ((100, 50, 200), {"a": 3}, (3, 3, 3, "a")),
        ((100, -50, 200), {"a": 40}, (10, 5, 40, "memory")),
        ((100, -50, 200), {}, (10, 5, math.inf, "memory")),
        ((-1, -2, 1), {"a": 40}, (40, 40, 40, "a")),
    ],
)
def test_fit(size: tuple[float, float, float], limits: dict[str, int], expected: tuple[Any, ...]) -> None:
    value, low, high = size
    assert fit(Estimate(value=value, low=low, high=high, unit="B"), 1000, limits) == expected


def test_what_is_no_limit_is_left_out() -> None:
    assert ceilings(Left(**LEFT), thread=False) == {"kernel.threads-max": 190_000, "kernel.pid_max": 30_000}  # type: ignore[arg-type]
    bounded = msgspec.convert({**LEFT, "mappings": -1, "address_bytes": 80 << 20}, Left)
    assert ceilings(bounded, thread=True)["RLIMIT_AS"] == 10
    assert "vm.max_map_count" not in ceilings(bounded, thread=True)


def test_the_report_says_how_many_fit() -> None:
    session = Session(weighed(each=float(1 << 20)), ())
    assert session.result.capacities == session.capacities
    text = render_text(session.result, width=110)
    assert "1.75 MiB" in text
    assert "585 [585, 585]" in text
    assert "how many more fit" not in render_text(msgspec.structs.replace(session.result, capacities=()))
