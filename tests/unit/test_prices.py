"""The price list: from cells and walls to rows, what is missing and why, and how it is printed."""

from typing import Any

import msgspec
import pytest

from partywall.capacity import TaskSize
from partywall.catalog import PRIMITIVES
from partywall.catalog.mechanisms import MECHANISMS, Source
from partywall.model import (
    Cell,
    Control,
    Estimate,
    Estimates,
    Family,
    Outcome,
    PlannedCell,
    Price,
    Result,
    State,
    WallResult,
)
from partywall.prices import price_list
from partywall.record import Record
from partywall.report import render_text
from partywall.session import Session

INSTALL = "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)"


def estimate(value: float, unit: str = "s") -> Estimate:
    return Estimate(value=value, low=value * 0.9, high=value * 1.1, unit=unit)


def cell(primitive: str, value: float | None, reason: str = "", **factors: str) -> Cell:
    given = {"image": "pristine", **factors}
    return Cell(
        id=f"{primitive}[{','.join(f'{n}={level}' for n, level in given.items())}]",
        primitive=primitive,
        family=Family.CREATE,
        factors=given,
        estimates=None
        if value is None
        else Estimates(typical=estimate(value), mean=None, floor=None, p99=None, p999=None, cold=None),
        runs=9,
        samples=90,
        batch=1,
        state=State.OK if value else State.UNSUPPORTED,
        reason=reason,
    )


def wall(act: str, host: str, outcome: Outcome = Outcome.HOLDS, reason: str = "") -> WallResult:
    return WallResult(
        id=f"contain.{act}", host=host, outcome=outcome, control=Control.DETECTED, evidence={}, reason=reason
    )


def size(of: Cell, value: float) -> TaskSize:
    planned = PlannedCell(
        id=of.id, primitive=of.primitive, family=of.family, factors=of.factors, driver_cpu=0, peer_cpu=0
    )
    return TaskSize(planned=planned, task_bytes=estimate(value, "B"))


CELLS = (
    cell("fork_wait", 9e-3, resident="1GiB"),
    cell("fork_wait", 7e-5, image="caller"),
    cell("fork_wait", 6e-5, resident="0B"),
    cell("function_call", 2e-9),
    cell("guest_call", 5e-6, mechanism="process"),
    cell("guest_call", 6e-6, mechanism="sandbox"),
    cell("idle_guests", 3e-3, tasks="1", mechanism="process"),
    cell("idle_guests", None, f"idle_guests: open failed: {INSTALL}", tasks="1", mechanism="bubblewrap"),
    cell("bubblewrap_wait", None, f"bubblewrap_wait: open failed: {INSTALL}", target="static"),
)
WALLS = (
    wall("abort", "function", Outcome.BROKEN, "harm is 1, not 0"),
    wall("abort", "process"),
    wall("abort", "bubblewrap", Outcome.UNSUPPORTED, f"contain.abort: probe failed: {INSTALL}"),
    wall("exit", "process", Outcome.INVALID, "the positive control saw nothing"),
    wall("exit", "function", Outcome.BROKEN, "harm is 1, not 0"),
)


def rows(**more: Any) -> dict[str, Price]:
    given = {"cells": CELLS, "walls": WALLS, "sizes": (size(CELLS[6], 76000),), **more}
    return {price.mechanism: price for price in price_list(**given)}


def test_every_source_is_a_cell_that_can_be_measured() -> None:
    for mechanism in MECHANISMS:
        for source in (mechanism.create, mechanism.call, mechanism.memory):
            if isinstance(source, Source):
                primitive = PRIMITIVES[source.primitive]
                for name, level in source.factors.items():
                    assert level in primitive.factor(name).levels


def test_a_figure_is_that_of_the_plain_cell() -> None:
    process = rows()["process"]
    assert process.create == estimate(6e-5)
    assert process.call == estimate(5e-6)
    assert process.memory == estimate(76000, "B")
    assert process.cells == (CELLS[2].id, CELLS[4].id, CELLS[6].id)
    assert not process.reason
    assert [(of.act, of.wall, of.outcome) for of in process.contains] == [
        ("abort", "contain.abort", Outcome.HOLDS),
        ("exit", "contain.exit", Outcome.INVALID),
    ]


def test_a_row_says_why_a_figure_is_missing() -> None:
    found = rows()
    assert list(found) == [mechanism.name for mechanism in MECHANISMS]
    assert found["function"].create is None
    assert found["function"].reason == "create: nothing is made; memory: nothing is kept"
    assert found["sandbox"].call == estimate(6e-6)
    assert "create: sandbox_wait is not in this session" in found["sandbox"].reason
    assert "acts: none was tried in it" in found["sandbox"].reason
    bubblewrap = found["bubblewrap"]
    assert (bubblewrap.create, bubblewrap.call, bubblewrap.memory) == (None, None, None)
    # What is missing is said once for both.
    assert f"create, memory: {INSTALL}" in bubblewrap.reason
    assert rows(sizes=())["process"].reason == "memory: it takes two numbers of tasks, and six runs of each"


@pytest.mark.parametrize("given", [{"walls": ()}, {"cells": ()}, {"walls": (), "cells": (), "sizes": ()}])
def test_no_list_without_acts_or_without_costs(given: dict[str, Any]) -> None:
    assert rows(**given) == {}


def printed(record: Record, prices: tuple[Price, ...], width: int) -> str:
    result: Result = Session(record, ()).result
    return render_text(msgspec.structs.replace(result, walls=WALLS, prices=prices, verdicts=()), width=width)


def test_costs_then_acts_by_mechanism(record: Record) -> None:
    lines = printed(record, tuple(rows().values()), 130).splitlines()
    (costs,) = [line for line in lines if line.startswith("process  ")]
    assert costs.split("  ")[0] == "process"
    for text in ("60.0 us [54.0 us, 66.0 us]", "5.00 us [4.50 us, 5.50 us]", "74.2 KiB [66.8 KiB, 81.6 KiB]"):
        assert text in costs
    header = next(line.split() for line in lines if line.startswith("act "))
    assert header == ["act", "function", "process", "bubblewrap"]
    assert next(line.split() for line in lines if line.startswith("abort ")) == [
        "abort",
        "broken",
        "holds",
        "unsupported",
    ]
    text = "\n".join(lines)
    assert f"bubblewrap: contain.abort: probe failed: {INSTALL}" not in text
    assert text.count("the positive control saw nothing") == 1
    # They are not told again among the other walls.
    assert "Walls" not in text


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_it_fits(record: Record, width: int) -> None:
    text = printed(record, tuple(rows().values()), width)
    assert max(map(len, text.splitlines())) <= width
    assert INSTALL.split(" (")[0] in " ".join(text.split())


def test_a_session_without_acts_has_no_list(record: Record) -> None:
    session = Session(record, ())
    assert session.prices == ()
    assert "Price list" not in render_text(session.result)
