"""The switch family: the switches happen as declared, rings of every size, wake-ups, and what a machine may refuse."""

import re
import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import partywall
from partywall import host, native
from partywall.catalog import PRIMITIVES, Primitive
from partywall.errors import InputError, MeasureError, UnsupportedError
from partywall.limits import check_limits
from partywall.model import Family, State

ENDLESS = 1 << 22
ATTEMPTS = 30
SWITCHING = [p for p in PRIMITIVES.values() if p.family == Family.SWITCH and native.primitives()[p.name]]


def order(primitive: Primitive, placement: str = "", **settings: str) -> native.Order:
    """A trial of the primitive at its first default levels, except for ``settings``."""
    factors = {f.name: f for f in primitive.factors}
    chosen = {f.name: f.default[0] for f in primitive.factors if not f.optional and f.quantity} | settings
    placements = [placement] if placement else [p for p in factors["placement"].levels if p in host.placements()]
    if not placements or placements[0] not in host.placements():
        pytest.skip("needs two CPUs")
    driver, peer = host.placements()[placements[0]]
    return native.Order(
        subject=primitive.name,
        clock="monotonic_raw",
        peer="process",
        driver_cpu=driver,
        peer_cpu=peer,
        batch=5,
        chunk=20,
        samples=100,
        parties=int(chosen.get("tasks", "2")),
        settings={name: (level, factors[name].number(level)) for name, level in chosen.items()},
        deadline_s=60.0,
    )


def switches(asked: native.Order) -> float:
    raw = native.carry_out(asked)
    tasks = (raw.driver, raw.party)
    return sum(task.voluntary + task.involuntary for task in tasks) / raw.driver.ops


def nearest(asked: native.Order, wanted: float) -> float:
    """The count that comes nearest: a third task may always disturb one, but it cannot mend a wrong one."""
    found = []
    for _ in range(ATTEMPTS):
        found.append(switches(asked))
        if found[-1] == pytest.approx(wanted, rel=0.01):
            break
    return min(found, key=lambda count: abs(count - wanted))


def variants() -> Iterator[tuple[str, str, str]]:
    for primitive in SWITCHING:
        for placement in primitive.factor("placement").levels:
            if placement in host.placements():
                for peer in primitive.factor("peer").levels:
                    yield primitive.name, placement, peer


@pytest.mark.parametrize(("name", "placement", "peer"), tuple(variants()))
def test_an_op_is_made_of_the_switches_declared(name: str, placement: str, peer: str) -> None:
    primitive = PRIMITIVES[name]
    asked = replace(order(primitive, placement), peer=peer)
    wanted = primitive.switches({"tasks": "2"})
    assert nearest(asked, wanted) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("peer", ["process", "thread"])
@pytest.mark.parametrize("tasks", [2, 3, 8, 33])
@pytest.mark.parametrize("pattern", ["sequential", "random", "written"])
def test_a_round_has_a_switch_for_every_task(tasks: int, peer: str, pattern: str) -> None:
    settings = {"tasks": str(tasks), "working_set": "4KiB", "pattern": pattern}
    asked = replace(order(PRIMITIVES["ring_switch"], **settings), peer=peer)
    assert nearest(asked, tasks) == pytest.approx(tasks, rel=0.01)


@pytest.mark.parametrize("peer", ["process", "thread"])
def test_the_largest_ring(peer: str) -> None:
    primitive = PRIMITIVES["ring_switch"]
    factors = {"image": "pristine", "peer": peer, "placement": "same-cpu", "tasks": "1024", "working_set": "0B"}
    try:
        check_limits(primitive, factors)
        raw = native.carry_out(replace(order(primitive, tasks="1024"), peer=peer, batch=1, samples=3, chunk=3))
    except UnsupportedError as error:
        pytest.skip(str(error))
    # Each of them has blocked once a round; a yield or a kernel thread may add switches of the other kind.
    assert raw.driver.voluntary + raw.party.voluntary == pytest.approx(3 * 1024, rel=0.02)
    assert raw.party.ops == 3 * 1023


def test_memory_is_touched_as_often_as_there_are_tasks() -> None:
    primitive = PRIMITIVES["ring_touch"]

    def typical(tasks: str, size: str, pattern: str = "sequential") -> float:
        settings = {"tasks": (tasks, int(tasks)), "working_set": (size, primitive.factor("working_set").number(size))}
        asked = native.Order(
            subject="ring_touch", clock="monotonic_raw", batch=10, chunk=5, samples=15, settings=settings
        )
        return float(np.median(native.carry_out(asked).ticks))

    # Orders of magnitude apart, whatever the caches hold.
    assert typical("2", "1MiB") > 20 * typical("2", "4KiB")
    assert typical("256", "4KiB") > 20 * typical("2", "4KiB")


@pytest.mark.parametrize("target", ["idle", "busy", "contended"])
@pytest.mark.parametrize("peer", ["process", "thread"])
def test_a_wake_up_is_seen_where_it_happens(target: str, peer: str) -> None:
    asked = replace(order(PRIMITIVES["remote_wake"], target_cpu=target), peer=peer, batch=1, readings=True)
    raw = native.carry_out(asked)
    woken = raw.readings[:, 0]
    assert (woken > 0).all()
    # The answer comes after the peer has run; only the clocks of two CPUs may differ by a little.
    assert np.median(woken) < np.median(raw.ticks)


def test_a_hog_ends_with_its_trial(orphans: Any, eventually: Any) -> None:
    asked = order(PRIMITIVES["remote_wake"], target_cpu="busy")
    native.carry_out(asked)
    eventually(lambda: not orphans())
    with pytest.raises(MeasureError, match="no answer"):
        native.carry_out(replace(asked, samples=ENDLESS, chunk=1000, deadline_s=0.3))
    eventually(lambda: not orphans())


@pytest.mark.parametrize("peer", ["process", "thread"])
def test_a_ring_ends_with_its_trial(orphans: Any, eventually: Any, peer: str) -> None:
    asked = replace(order(PRIMITIVES["ring_switch"], tasks="50"), peer=peer, samples=ENDLESS, chunk=1000)
    with pytest.raises(MeasureError, match="no answer"):
        native.carry_out(replace(asked, deadline_s=0.5))
    eventually(lambda: not orphans())


@pytest.mark.parametrize("name", [p.name for p in SWITCHING if p.name != "remote_wake"])
def test_the_address_space_is_a_contrast(tiny: str, name: str) -> None:
    disturbed = ""
    for seed in range(5):
        try:
            found = partywall.contrast(name, vary="peer", profile=tiny, seed=seed, placement="same-cpu")
        except MeasureError as error:
            # A third task's doing: the count of the same op is tested above.
            disturbed = str(error)
            if not re.search(r"switches per op|trials were disturbed|interval is another", disturbed):
                raise
        else:
            assert found.low <= found.value <= found.high
            assert found.unit == "s"
            return
    pytest.skip(disturbed)


@pytest.mark.parametrize(("tasks", "says"), [("1", "2 to 1024"), ("1025", "2 to 1024"), ("1.5", "not a whole number")])
def test_a_ring_of_a_size_that_cannot_be(tiny: str, tasks: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        partywall.measure("ring_switch", profile=tiny, tasks=tasks)


def test_the_three_parts_of_a_round_are_measured_alike(tiny: str) -> None:
    factors = {"peer": ["thread"], "tasks": ["3"], "working_set": ["4KiB"], "pattern": ["random"]}
    session = partywall.run(["ring_switch", "ring_calls", "ring_touch"], profile=tiny, seed=1, factors=factors)
    cells = {cell.primitive: cell for cell in session.cells if cell.primitive.startswith("ring")}
    assert set(cells) == {"ring_switch", "ring_calls", "ring_touch"}
    assert all(cell.state != State.UNSUPPORTED and cell.runs == 9 for cell in cells.values())
    whole = cells["ring_switch"].factors
    assert all(whole[name] == level for c in cells.values() for name, level in c.factors.items())


LIMITED = """
import os, resource
from partywall import native
from partywall.errors import UnsupportedError

native.carry_out(native.Order(subject="null_syscall", clock="monotonic_raw", deadline_s=60.0))
{limit}
order = native.Order(subject={subject!r}, clock="monotonic_raw", samples=3, deadline_s=60.0, {more})
try:
    raw = native.carry_out(order)
except UnsupportedError as error:
    print("unsupported:", error)
else:
    print("done", raw.driver.ops)
"""
NOBODY = """
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
"""


def limited(limit: str, subject: str, more: str) -> str:
    code = LIMITED.format(limit=textwrap.dedent(limit), subject=subject, more=more)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("name", [p.name for p in PRIMITIVES.values() if p.family == Family.SWITCH])
def test_real_time_without_the_right_to_it_is_unsupported(name: str) -> None:
    limit = "resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))" + NOBODY
    peer = "process" if native.primitives()[name] else ""
    tasks = "'tasks': ('2', 2), " if any(f.name == "tasks" for f in PRIMITIVES[name].factors) else ""
    found = limited(limit, name, f"peer={peer!r}, settings={{{tasks}'policy': ('fifo', 0)}}")
    assert found == f"unsupported: {name}: pin failed: Operation not permitted (EPERM)"


@pytest.mark.parametrize("peer", ["process", "thread"])
@pytest.mark.parametrize("name", [p.name for p in SWITCHING])
def test_real_time_with_the_right_to_it(name: str, peer: str) -> None:
    asked = replace(order(PRIMITIVES[name], policy="fifo"), peer=peer)
    wanted = PRIMITIVES[name].switches({"tasks": "2"})
    try:
        assert nearest(asked, wanted) == pytest.approx(wanted, rel=0.01)
    except UnsupportedError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("level", ["no-store-bypass", "no-indirect-branch"])
@pytest.mark.parametrize("peer", ["process", "thread"])
def test_speculation_is_chosen_or_unsupported_with_its_reason(tiny: str, level: str, peer: str) -> None:
    factors = {"speculation": [level], "peer": [peer], "placement": ["same-cpu"]}
    session = partywall.run(["futex_pingpong"], profile=tiny, seed=1, factors=factors)
    (cell,) = [cell for cell in session.cells if cell.primitive == "futex_pingpong"]
    assert cell.factors["speculation"] == level
    if cell.state == State.UNSUPPORTED:
        assert any(name in cell.reason for name in ("ENXIO", "ENODEV", "EPERM"))
    else:
        assert cell.runs == 9


def test_a_ring_takes_the_descriptors_that_the_hard_limit_allows() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1024:
        pytest.skip("the hard limit is too low")
    limit = "resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))"
    assert limited(limit, "ring_calls", "settings={'tasks': ('200', 200)}") == "done 3"


@pytest.mark.parametrize("subject", ["ring_switch", "ring_calls"])
def test_too_few_descriptors_for_a_ring(subject: str) -> None:
    peer = "process" if subject == "ring_switch" else ""
    more = f"peer={peer!r}, parties=200, settings={{'tasks': ('200', 200)}}"
    found = limited("resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))", subject, more)
    assert found == f"unsupported: {subject}: open failed: Too many open files (EMFILE)"


@pytest.mark.parametrize("peer", ["process", "thread"])
def test_too_few_tasks_for_a_ring(peer: str) -> None:
    limit = NOBODY + "resource.setrlimit(resource.RLIMIT_NPROC, (20, 20))"
    found = limited(limit, "ring_switch", f"peer={peer!r}, parties=200, settings={{'tasks': ('200', 200)}}")
    if found.startswith("done"):
        pytest.skip("RLIMIT_NPROC is not enforced for this user")
    assert found == "unsupported: ring_switch: peer failed: Resource temporarily unavailable (EAGAIN)"
