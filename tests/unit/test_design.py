"""The design: cells, batches, budget, and an order that only the seed decides."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import pytest

from partywall import design, host, limits
from partywall.catalog import PRIMITIVES, WALLS
from partywall.catalog.declaration import Reading
from partywall.errors import InputError
from partywall.model import Override, Plan, Profile, State
from synthetic import grid

PROFILE = Profile(name="quick", runs=9, trial_s=0.015, warmup_s=0.002)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two CPUs that share a cache, and a gigabyte."""
    monkeypatch.setattr(host, "placements", lambda: {"same-cpu": (1, 1), "same-llc": (1, 0)})
    monkeypatch.setattr(host, "available_memory", lambda: 1 << 30)


def plan(*names: str, factors: Mapping[str, Sequence[str]] | None = None, seed: int = 1) -> Plan:
    return design.plan_session([grid(names, factors or {})], PROFILE, seed)


def test_everything_is_planned_by_default() -> None:
    found = plan()
    assert {cell.primitive for cell in found.cells} == set(PRIMITIVES)
    assert found.walls == tuple(key for key, wall in WALLS.items() if not wall.by_name and not wall.scenario)
    assert len({cell.id for cell in found.cells}) == len(found.cells)


def test_the_reference_arms_are_part_of_every_plan_with_cells() -> None:
    assert [cell.primitive for cell in plan("fork_wait").cells] == ["empty", "null_syscall", "fixed_spin", "fork_wait"]
    assert plan("walls").cells == ()


def test_two_cpus_have_an_arm_of_their_own_wherever_cells_use_them() -> None:
    arms = [cell for cell in plan("pipe_pingpong").cells if cell.primitive == "cache_line"]
    assert [(cell.driver_cpu, cell.peer_cpu, cell.factors["placement"]) for cell in arms] == [(1, 0, "same-llc")]
    alone = plan("pipe_pingpong", factors={"placement": ["same-cpu"]})
    absent = plan("pipe_pingpong", factors={"placement": ["cross-node"]})
    assert not [cell for found in (alone, absent) for cell in found.cells if cell.primitive == "cache_line"]


def test_the_arms_that_tell_regimes_apart_are_short() -> None:
    long = Profile(name="rigorous", runs=9, trial_s=0.25, warmup_s=0.02)
    found = design.plan_session([grid(["pipe_pingpong"], {})], long, 1)
    times = {cell.primitive: design.profile_of(found, cell) for cell in found.cells}
    assert times["fixed_spin"].trial_s == times["cache_line"].trial_s < long.trial_s == times["null_syscall"].trial_s
    assert times["fixed_spin"].runs == times["cache_line"].runs == long.runs


def test_a_wall_is_planned_with_every_host() -> None:
    assert plan("mem.cow_child").walls == (("mem.cow_child", "process"), ("mem.cow_child", "thread"))


def test_a_python_plan_has_the_empty_arm_of_python_and_the_clocks() -> None:
    for factors in ({}, {"image": ["interpreter"]}):
        cells = plan("py_os_fork", factors=factors).cells
        assert [(cell.primitive, cell.factors["image"]) for cell in cells] == [
            ("empty", "pristine"),
            ("py_empty", "interpreter"),
            ("null_syscall", "pristine"),
            ("fixed_spin", "pristine"),
            ("py_os_fork", "interpreter"),
        ]
    cells = plan("py_os_fork", factors={"image": ["caller", "interpreter"], "vmas": ["10"]}).cells
    assert [cell.factors["image"] for cell in cells if cell.primitive == "py_empty"] == ["caller", "interpreter"]
    assert [cell.factors["image"] for cell in cells if cell.primitive == "empty"] == ["caller"]


def test_an_image_that_no_primitive_has_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="image 'snake' is none of caller, interpreter, pristine"):
        plan("empty", factors={"image": ["snake"]})


def test_an_op_of_a_later_python_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    later = dataclasses.replace(PRIMITIVES["py_call"], python=(99, 1))
    monkeypatch.setitem(PRIMITIVES, "py_call", later)
    cell = plan("py_call").cells[-1]
    assert cell.state == State.UNSUPPORTED
    assert cell.reason == "needs Python 99.1"


def test_the_order_follows_from_the_seed_alone() -> None:
    assert design.block(plan(seed=5), 3) == design.block(plan(seed=5), 3)
    assert design.block(plan(seed=5), 3) != design.block(plan(seed=6), 3)
    assert design.block(plan(seed=5), 3) != design.block(plan(seed=5), 4)


def test_a_block_holds_every_cell_and_wall_once() -> None:
    found = plan()
    for run in range(PROFILE.runs):
        entries = [(kind, index) for kind, index, _ in design.block(found, run)]
        measured = [i for i, cell in enumerate(found.cells) if design.is_measured(cell)]
        proved = [i for i, key in enumerate(found.walls) if run < design.wall_runs(found, key)]
        expected = {("cell", i) for i in measured} | {("wall", i) for i in proved}
        assert len(entries) == len(expected)
        assert set(entries) == expected


def test_a_wall_that_is_slow_to_prove_is_in_one_block_only() -> None:
    found = plan("crash.rlimit_cpu", "crash.kill")
    slow = [i for i, (wall, _) in enumerate(found.walls) if wall == "crash.rlimit_cpu"]
    assert len(slow) == sum(wall == "crash.rlimit_cpu" for wall, _ in WALLS)
    entries = [entry for run in range(PROFILE.runs) for entry in design.block(found, run)]
    counts = {i: sum((kind, index) == ("wall", i) for kind, index, _ in entries) for i in range(len(found.walls))}
    assert {i: n for i, n in counts.items() if n == 1} == dict.fromkeys(slow, 1)
    assert {n for i, n in counts.items() if i not in slow} == {PROFILE.runs}


def test_a_cell_that_cannot_be_measured_is_left_out_of_the_blocks() -> None:
    found = plan("pipe_pingpong", factors={"placement": ["cross-node"]})
    states = {cell.primitive: cell.state for cell in found.cells}
    assert states["pipe_pingpong"] == State.UNSUPPORTED
    assert "same-llc" in found.cells[-1].reason
    measured = {found.cells[index].primitive for _, index, _ in design.block(found, 0)}
    assert measured == {"empty", "null_syscall", "fixed_spin"}


def test_only_placements_that_exist_are_taken_by_default() -> None:
    placed = {c.factors["placement"] for c in plan("pipe_pingpong").cells if c.primitive == "pipe_pingpong"}
    assert placed == {"same-cpu", "same-llc"}


def test_a_placement_that_nothing_here_offers_stays_to_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "placements", lambda: {"same-cpu": (0, 0)})
    cells = [cell for cell in plan("shm_pingpong").cells if cell.primitive == "shm_pingpong"]
    assert cells
    assert {cell.state for cell in cells} == {State.UNSUPPORTED}


@pytest.mark.parametrize(
    ("name", "factor"), [("memcpy_message", "message"), ("shm_stream", "chunk"), ("shm_stream", "ring")]
)
def test_a_message_that_does_not_fit_is_unsupported(name: str, factor: str) -> None:
    cell = plan(name, factors={factor: ["1GiB"]}).cells[-1]
    assert cell.state == State.UNSUPPORTED
    assert "bytes" in cell.reason


def test_tasks_that_do_not_fit_are_unsupported() -> None:
    cells = plan("keep", factors={"tasks": ["2", "1000"]}).cells
    states = {(c.primitive, c.factors["tasks"]): c.state for c in cells if "tasks" in c.factors and not c.reading}
    assert states["idle_interpreters", "1000"] == State.UNSUPPORTED
    assert states["idle_processes", "1000"] == states["idle_threads", "1000"] == State.OK
    assert {state for (_, tasks), state in states.items() if tasks == "2"} == {State.OK}
    (reason,) = {c.reason for c in cells if c.primitive == "idle_interpreters" and c.state != State.OK}
    assert "bytes" in reason


def test_idle_tasks_need_no_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(host, "is_root", lambda: True)
    cells = plan("idle_threads", factors={"tasks": ["1000"]}).cells
    assert {cell.state for cell in cells} == {State.OK}


def test_sizes_are_canonical_and_counted_once() -> None:
    cells = plan("memcpy_message", factors={"message": ["1024", "1KiB", "1 KiB"]}).cells
    assert [cell.id for cell in cells if cell.primitive == "memcpy_message"] == [
        "memcpy_message[image=pristine,message=1KiB]"
    ]


@pytest.mark.parametrize(
    ("names", "factors", "says"),
    [
        (["fork_wat"], {}, "'fork_wat' is no family, primitive or wall"),
        (["fork_wait"], {"colour": ["red"]}, "takes a factor 'colour'"),
        (["pipe_pingpong"], {"peer": ["fibre"]}, "peer 'fibre' is none of"),
        (["pipe_pingpong"], {"placement": ["same-cpu", "mars"]}, "placement 'mars' is none of"),
        (["pipe_message"], {"message": ["large"]}, "'large'"),
        (["ring_switch"], {"tasks": ["1"]}, "tasks '1' is not 2 to 1024"),
        (["ring_switch"], {"tasks": ["1025"]}, "tasks '1025' is not 2 to 1024"),
        (["ring_touch"], {"working_set": ["8193KiB"]}, "working_set '8193KiB' is not at most 8MiB"),
        (["ring_touch"], {"pattern": ["backwards"]}, "pattern 'backwards' is none of"),
    ],
)
def test_what_cannot_be_meant(names: list[str], factors: dict[str, list[str]], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        plan(*names, factors=factors)
    assert len(str(caught.value).splitlines()) == 1


def test_a_level_that_only_some_primitives_have_selects_among_them() -> None:
    cells = plan("fork_wait", "thread_create_join", factors={"peer": ["thread"]}).cells
    assert [cell.primitive for cell in cells] == ["empty", "null_syscall", "fixed_spin", "thread_create_join"]


def overridden(override: Override) -> Plan:
    asked = grid(("fork_wait",), {"resident": ["0B", "1MiB"]}, (override,))
    return design.plan_session([asked], PROFILE, 1)


def test_an_override_changes_the_cells_that_it_is_for() -> None:
    found = overridden(Override(where={"resident": "1024KiB"}, runs=12, trial_s=0.5, warmup_s=0.0))
    plain, changed = (cell for cell in found.cells if cell.primitive == "fork_wait")
    assert design.profile_of(found, plain) == PROFILE
    assert design.profile_of(found, changed) == msgspec.structs.replace(PROFILE, runs=12, trial_s=0.5, warmup_s=0.0)


def test_blocks_beyond_a_cells_runs_leave_it_out() -> None:
    found = overridden(Override(where={"resident": "1MiB"}, runs=12))
    assert design.block_count(found) == 12
    names = [[found.cells[i].id for kind, i, _ in design.block(found, run) if kind == "cell"] for run in range(12)]
    assert all(len(block) == 5 for block in names[:9])
    # What tells how clock and machine were is in every block.
    for block in names[9:]:
        assert sorted(name.split("[")[0] for name in block) == ["empty", "fixed_spin", "fork_wait", "null_syscall"]
        assert "1MiB" in " ".join(block)


def test_an_override_of_a_factor_that_is_not_taken() -> None:
    with pytest.raises(InputError, match="message"):
        overridden(Override(where={"message": "64B"}))


def test_a_cell_of_two_grids_is_measured_once() -> None:
    asked = grid(("fork_wait",), {"resident": ["0B"]})
    both = design.plan_session([asked, asked], PROFILE, 1)
    assert both == design.plan_session([asked], PROFILE, 1)


def test_a_cell_too_large_for_the_machine_is_left_out_before_anything_starts() -> None:
    cells = {c.factors["resident"]: c for c in plan("fork_wait", factors={"resident": ["1MiB", "1024GiB"]}).cells[3:]}
    assert cells["1MiB"].state == State.OK
    assert cells["1024GiB"].state == State.UNSUPPORTED
    assert "bytes" in cells["1024GiB"].reason


@pytest.mark.parametrize(("factor", "what"), [("fds", "descriptors"), ("threads", "tasks"), ("vmas", "mappings")])
def test_limits_are_read_first(factor: str, what: str) -> None:
    cell = plan("fork_wait", factors={factor: ["999999999"]}).cells[-1]
    assert cell.state == State.UNSUPPORTED
    assert what in cell.reason


def test_creators_need_a_cpu_each() -> None:
    cpus = len(os.sched_getaffinity(0))
    fits, fails = plan("fork_wait", factors={"creators": [str(cpus), str(cpus + 1)]}).cells[3:]
    assert fits.state == State.OK
    assert (fails.state, fails.reason) == (State.UNSUPPORTED, f"needs {cpus + 1} CPUs, and {cpus} are allowed")


def test_an_optional_factor_at_its_default_is_no_other_cell() -> None:
    asked = plan("fork_wait", factors={"vmas": ["0", "10"], "thp": ["never"]})
    assert [cell.factors.get("vmas") for cell in asked.cells[3:]] == [None, "10"]
    assert all("thp" not in cell.factors for cell in asked.cells)


def test_cells_that_check_come_after_all_others_and_change_no_earlier_block() -> None:
    found = plan("fork_wait", "mem.cow_child")
    factors = {**found.cells[-1].factors, "resident": "8MiB"}
    more = design.extend_plan(found, [("fork_wait", factors), ("null_syscall", {"image": "pristine"})])
    assert more.cells[: len(found.cells)] == found.cells
    added = more.cells[len(found.cells) :]
    assert [(c.primitive, c.role, c.factors) for c in added] == [
        ("fork_wait", "check", factors),
        ("null_syscall", "check", {"image": "pristine"}),
    ]
    assert len({cell.id for cell in more.cells}) == len(more.cells)
    before, after = design.blocks(found), design.blocks(more)
    assert (len(before), len(after)) == (PROFILE.runs, 2 * PROFILE.runs)
    assert after[: PROFILE.runs] == before
    empty = next(i for i, cell in enumerate(found.cells) if cell.primitive == "empty")
    places = {empty, len(found.cells), len(found.cells) + 1}
    for entries in after[PROFILE.runs :]:
        assert {(kind, index) for kind, index, _ in entries} == {("cell", i) for i in places}
    assert design.blocks(more) == after


def test_a_check_that_does_not_fit_is_unsupported_and_takes_no_blocks() -> None:
    found = plan("fork_wait")
    more = design.extend_plan(found, [("fork_wait", {**found.cells[-1].factors, "resident": "3GiB"})])
    assert more.cells[-1].state == State.UNSUPPORTED
    assert "bytes" in more.cells[-1].reason
    assert design.blocks(more) == design.blocks(found)


def test_the_same_check_twice_is_one_cell_and_none_is_none() -> None:
    found = plan("fork_wait")
    wanted = ("fork_wait", {**found.cells[-1].factors, "resident": "8MiB"})
    assert len(design.extend_plan(found, [wanted, wanted]).cells) == len(found.cells) + 1
    assert design.extend_plan(found, []) == found


def test_the_readings_of_a_check_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = replace(PRIMITIVES["null_syscall"], readings=(Reading("bytes", "B", "some"),))
    monkeypatch.setitem(PRIMITIVES, "null_syscall", declared)
    found = plan("fork_wait")
    more = design.extend_plan(found, [("null_syscall", {"image": "pristine"})])
    cell, reading = more.cells[len(found.cells) :]
    assert (reading.reading, reading.of, reading.role) == ("bytes", len(found.cells), "check")
    assert cell.of == -1


def test_a_wall_is_probed_by_no_more_workers_than_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("crash.bus", "process")
    planned = plan("walls")
    monkeypatch.setitem(WALLS, key, replace(WALLS[key], runs=2))
    place = planned.walls.index(key)
    other = planned.walls.index(("crash.bus", "thread"))
    runs = [(run, i) for run, entries in enumerate(design.blocks(planned)) for kind, i, _ in entries if kind == "wall"]
    assert [run for run, i in runs if i == place] == [0, 1]
    assert [run for run, i in runs if i == other] == list(range(9))
