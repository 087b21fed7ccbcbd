"""Batches and samples: long enough to hide the clock, and as many as fill a trial."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from partywall import batches, design, host
from partywall.catalog import PRIMITIVES
from partywall.model import Clock, Plan, Profile, Target
from synthetic import grid

PROFILE = Profile(name="quick", runs=9, trial_s=0.015, warmup_s=0.002)
CLOCK = Clock(source="tsc", hertz=1e9, uncertainty=0.0, resolution_s=1e-9, cost_s=2e-8, backward=0)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two CPUs that share a cache, and a gigabyte."""
    monkeypatch.setattr(host, "placements", lambda: {"same-cpu": (1, 1), "same-llc": (1, 0)})
    monkeypatch.setattr(host, "available_memory", lambda: 1 << 30)


def plan(*names: str, factors: Mapping[str, Sequence[str]] | None = None) -> Plan:
    return design.plan_session([grid(names, factors or {})], PROFILE, 1)


@pytest.mark.parametrize(
    ("op_s", "overhead_s", "resolution_s", "batch"),
    [
        (1e-4, 2e-8, 1e-9, 1),  # dwarfs both
        (51 * 2e-8, 2e-8, 1e-9, 1),  # just above the limit
        (1e-7, 2e-8, 1e-10, 20),  # overhead / (1 % of an op)
        (1e-7, 1e-9, 1e-8, 50),  # resolution / (0.2 % of an op)
        (1e-4, 1e-9, 1e-6, 5),  # a coarse clock
    ],
)
def test_the_batch_hides_the_clock(op_s: float, overhead_s: float, resolution_s: float, batch: int) -> None:
    clock = msgspec.structs.replace(CLOCK, resolution_s=resolution_s)
    assert batches.batch_size(op_s, overhead_s, clock) == pytest.approx(batch, abs=1)
    assert (batches.batch_size(op_s, overhead_s, clock) == 1) == (batch == 1)


def test_an_op_of_no_time_still_gives_a_finite_batch() -> None:
    assert 1 < batches.batch_size(-1e-9, 2e-8, CLOCK) < 2**32


def with_batch(primitive: str, op_s: float, **factors: str) -> Any:
    given = {name: [level] for name, level in factors.items()}
    found = plan(primitive, factors=given)
    cell = next(cell for cell in found.cells if cell.primitive == primitive)
    return batches.with_batch(cell, op_s, 2e-8, CLOCK, found)


def test_the_empty_arm_has_one_op_per_sample() -> None:
    assert with_batch("empty", 0.0).batch == 1
    assert batches.dither_share(1) == 0.0
    assert batches.dither_share(2) > 0.0


@pytest.mark.parametrize("op_s", [1e-9, 1e-7, 1e-5, 1e-3, 1.0])
def test_samples_fill_the_trial_within_their_limits(op_s: float) -> None:
    cell = with_batch("null_syscall", op_s)
    assert 5 <= cell.samples <= 2_000_000
    assert 1 <= cell.chunk <= cell.samples
    if cell.samples > 5:
        assert cell.samples * cell.batch * op_s <= PROFILE.trial_s


@pytest.mark.parametrize(("load", "samples"), [("1kHz", 15), ("10kHz", 150), ("100Hz", 5), ("closed", 7500)])
def test_an_open_loop_has_as_many_ops_as_its_rate_makes(load: str, samples: int) -> None:
    # 2 us are long enough beside the clock for one op a sample.
    cell = with_batch("pipe_message", 2e-6, load=load)
    assert cell.batch == 1
    assert cell.samples == pytest.approx(samples, rel=0.01)
    assert (cell.chunk == cell.samples) == (load != "closed")


def test_an_open_loop_never_begins_several_ops_at_once() -> None:
    assert with_batch("pipe_message", 1e-7, load="10kHz").batch == 1
    assert with_batch("pipe_message", 1e-7, load="closed").batch > 1


def test_an_open_loop_that_cannot_keep_up_ends_in_time() -> None:
    cell = with_batch("pipe_message", 1e-3, load="1MHz")
    assert cell.samples * 1e-3 <= PROFILE.trial_s


def test_no_more_samples_than_the_machine_can_bear() -> None:
    found = plan("namespace_wait")
    cell = next(cell for cell in found.cells if cell.primitive == "namespace_wait")
    bound = PRIMITIVES["namespace_wait"].most_samples
    assert bound > 0
    assert batches.with_batch(cell, 1e-6, 2e-8, CLOCK, found).samples == bound
    assert batches.with_batch(cell, 1.0, 2e-8, CLOCK, found).samples < bound


@pytest.mark.parametrize(("precision", "batch"), [(0.02, 50), (0.002, 500), (0.2, 10)])
def test_the_clocks_steps_are_hidden_as_deep_as_the_target_lies(precision: float, batch: int) -> None:
    clock = msgspec.structs.replace(CLOCK, resolution_s=1e-8)
    # 10 ns over a tenth of the precision of 100 ns; the overhead asks for 10.
    assert batches.batch_size(1e-7, 1e-8, clock, precision) == pytest.approx(batch, abs=1)
    planned = msgspec.structs.replace(plan("null_syscall"), target=Target(precision=precision))
    cell = batches.with_batch(planned.cells[-1], 1e-7, 1e-8, clock, planned)
    assert cell.batch == batches.batch_size(1e-7, 1e-8, clock, precision)


@pytest.mark.parametrize("precision", [0.5, 0.02, 0.0001])
def test_an_op_that_dwarfs_the_clock_is_timed_alone_whatever_the_target(precision: float) -> None:
    assert batches.batch_size(1e-5, 2e-8, CLOCK, precision) == 1


def test_arms_that_differ_in_the_peer_have_one_batch() -> None:
    found = plan("pipe_pingpong", "null_syscall", factors={"placement": ["same-cpu", "same-llc"]})
    cells = []
    for cell in found.cells:
        switch = cell.primitive == "pipe_pingpong"
        contrast = {"same-cpu": 0, "same-llc": 1}[cell.factors["placement"]] if switch else -1
        op_s = 0.9e-6 if cell.factors.get("peer") == "thread" else 1.1e-6
        cell = msgspec.structs.replace(cell, contrast=contrast)
        cells.append(batches.with_batch(cell, op_s, 2e-8, CLOCK, found))
    before = [cell.batch for cell in cells if cell.contrast >= 0]
    shared = batches.share_batches(msgspec.structs.replace(found, cells=tuple(cells)))
    after = [cell.batch for cell in shared.cells if cell.contrast >= 0]
    assert sorted(before) == [1, 1, 3, 3]
    assert after == [3, 3, 3, 3]
    for old, new in zip(cells, shared.cells, strict=True):
        if old.batch != new.batch:
            assert new.samples == pytest.approx(old.samples / 3, rel=0.1)
        else:
            assert new == old
    assert batches.share_batches(shared) == shared


def test_cells_that_differ_otherwise_keep_their_batches() -> None:
    found = plan("pipe_pingpong", factors={"peer": ["process"], "placement": ["same-cpu", "same-llc"]})
    cells = tuple(
        batches.with_batch(msgspec.structs.replace(cell, contrast=0), 1e-6 * i, 2e-8, CLOCK, found)
        for i, cell in enumerate(found.cells, 1)
    )
    joined = msgspec.structs.replace(found, cells=cells)
    assert batches.share_batches(joined) == joined
