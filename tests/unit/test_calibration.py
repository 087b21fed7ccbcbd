"""The cross-checks of the clock, on clocks and machines that are made up."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall import calibration, native, one_way
from partywall.cells import summarise_cells
from partywall.clock import CpuOffset
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Clock, Family, Plan, PlannedCell, Profile, State
from partywall.report.foot import foot_lines
from partywall.session import Session
from synthetic import planned, session

GHZ = 1e9
CLOCK = Clock(source="tsc", hertz=GHZ, uncertainty=0.0, resolution_s=1e-9, cost_s=2e-8, backward=0)


class Machine:
    """Workers that are not started: what their samples would be."""

    def __init__(self, overhead: float = 20, intercept: float = 20, op: float = 100, hidden: int = 0) -> None:
        self.overhead, self.intercept, self.op, self.hidden = overhead, intercept, op, hidden
        self.random = np.random.default_rng(3)

    def carry_out(self, order: native.Order) -> native.Raw:
        noise = self.random.normal(0, 0.5, order.samples)
        ops = order.batch + self.random.integers(0, order.dither + 1, order.samples)
        readings = np.empty((order.samples, 0), np.int64)
        if order.readings:
            there, back = 60 + self.random.exponential(30, (2, order.samples))
            came = there + self.hidden
            ticks, readings = there + back + 25, np.stack([came, came + 25], axis=1)
        elif order.batch == 1 and order.dither == 0:
            ticks = self.overhead + noise
        else:
            ticks = self.intercept + self.op * ops + noise
            # An interrupt now and then.
            ticks[::40] += 5000
        empty: Any = dict.fromkeys(("cold_ticks", "begin_ns", "end_ns"), 0) | {"facts": {}}
        return native.Raw(
            ticks=ticks.round().astype(np.uint64),
            ops=ops.astype(np.uint32),
            readings=readings.round().astype(np.int64),
            driver=Any,
            party=Any,
            **empty,
        )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(**of: Any) -> None:
        monkeypatch.setattr(native, "carry_out", Machine(**of).carry_out)

    return make


def test_a_sample_that_is_a_line_through_the_overhead_agrees(machine: Any) -> None:
    machine()
    for doubling in calibration.check_doubling(CLOCK, 0):
        assert doubling.agrees
        assert doubling.slope.value == pytest.approx(100e-9, rel=0.01)
        assert doubling.level.value == pytest.approx(100e-9, rel=0.01)
        assert doubling.intercept.value == pytest.approx(20e-9, abs=2e-9)
        assert doubling.overhead.value == pytest.approx(20e-9, abs=1e-9)
        assert abs(doubling.disagreement.value) < 0.01


def test_an_overhead_that_is_taken_off_wrongly_is_told(machine: Any) -> None:
    machine(intercept=45)
    for doubling in calibration.check_doubling(CLOCK, 0):
        assert not doubling.agrees
        # The line meets no ops 25 ns above what timing nothing takes.
        assert doubling.disagreement.value * doubling.ops * doubling.level.value == pytest.approx(-25e-9, abs=3e-9)


def test_a_coarse_clock_excuses_what_it_cannot_see(machine: Any) -> None:
    machine(intercept=25)
    coarse = msgspec.structs.replace(CLOCK, resolution_s=1e-8)
    assert not any(doubling.agrees for doubling in calibration.check_doubling(CLOCK, 0))
    assert all(doubling.agrees for doubling in calibration.check_doubling(coarse, 0))


@pytest.mark.parametrize("hidden", [0, 40, -40, 10_000, -10_000])
def test_the_offset_lies_within_its_bound(machine: Any, hidden: int) -> None:
    machine(hidden=hidden)
    found = calibration.measure_offset(CLOCK, 1, 0)
    assert abs(found.offset_s - hidden / GHZ) <= found.bound_s
    assert found.differs == (abs(hidden) > 1000)
    # The fastest exchange takes little more than what the line takes at least.
    assert found.bound_s < 70e-9


def test_one_cpu_has_no_offset() -> None:
    with pytest.raises(UnsupportedError, match="no second CPU"):
        calibration.measure_offset(CLOCK, 1, 1)
    (offset,) = calibration.check_pairs(CLOCK, [(1, 1)])
    assert "no second CPU" in offset.reason
    assert (offset.exchanges, offset.differs) == (0, False)


def test_what_fails_says_so_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(order: native.Order) -> native.Raw:
        raise MeasureError("gone", "drive")

    monkeypatch.setattr(native, "carry_out", fail)
    assert calibration.check_doubling(CLOCK, 0) == ()
    assert calibration.check_pairs(CLOCK, [(1, 0)])[0].reason == "gone"


def plan(*cells: PlannedCell) -> Plan:
    return Plan(seed=1, profile=Profile(name="quick", runs=9, trial_s=0.01, warmup_s=0.0), cells=cells)


def cell(driver_cpu: int, peer_cpu: int, state: State = State.OK) -> PlannedCell:
    name = f"{driver_cpu},{peer_cpu}"
    return PlannedCell(
        id=name,
        primitive="pipe_pingpong",
        family=Family.SWITCH,
        factors={},
        driver_cpu=driver_cpu,
        peer_cpu=peer_cpu,
        state=state,
    )


def test_the_cpus_that_cells_use_are_compared_once(machine: Any) -> None:
    machine()
    left_out = cell(1, 2, State.UNSUPPORTED)
    checked = calibration.check_clock(CLOCK, plan(cell(1, 1), cell(1, 0), cell(1, 0), left_out))
    assert [(offset.driver_cpu, offset.peer_cpu) for offset in checked.offsets] == [(1, 0)]
    assert {doubling.body for doubling in checked.doubling} == {"empty", "null_syscall"}
    assert calibration.check_clock(CLOCK, plan()) == calibration.check_clock(CLOCK, plan(left_out)) == CLOCK


def with_reading(clock: Clock, typical: float, apart: bool = True) -> Session:
    cpus = {"driver_cpu": 1, "peer_cpu": 0 if apart else 1}
    message = msgspec.structs.replace(planned("pipe_message", peer="process", message="64B", phases="on"), **cpus)
    there = msgspec.structs.replace(message, id="there", reading="there", of=1)
    given: Any = [(planned("empty"), lambda run: 20.0), (message, lambda run: 2000.0), (there, lambda run: typical)]
    return Session(replace(session(given), clock=clock), ())


def offset(offset_s: float, bound_s: float) -> Clock:
    known = CpuOffset(driver_cpu=1, peer_cpu=0, offset_s=offset_s, bound_s=bound_s, exchanges=9)
    return msgspec.structs.replace(CLOCK, uncertainty=0.0, offsets=(known,))


def test_a_one_way_time_is_widened_where_the_clocks_certainly_differ() -> None:
    equal, differ = (summarise_cells(with_reading(clock, 1000.0).record)[2] for clock in (CLOCK, offset(3e-7, 1e-7)))
    assert equal.estimates
    assert differ.estimates
    assert differ.estimates.typical.high - equal.estimates.typical.high == pytest.approx(4e-7, rel=0.01)
    assert one_way.FLAG in differ.flags


@pytest.mark.parametrize(
    ("clock", "typical", "apart", "flagged"),
    [
        (offset(1e-8, 9e-8), 1000.0, True, True),
        (offset(1e-8, 9e-8), 3000.0, True, False),
        (offset(1e-8, 9e-8), 1000.0, False, False),
        (CLOCK, 1000.0, True, False),
    ],
)
def test_a_one_way_time_is_flagged_where_the_offset_may_matter(
    clock: Clock, typical: float, apart: bool, flagged: bool
) -> None:
    found = summarise_cells(with_reading(clock, typical, apart).record)
    assert (one_way.FLAG in found[2].flags) == flagged
    assert not any(one_way.FLAG in other.flags for other in found[:2])
    # The offset may be none: nothing is widened.
    assert found[2].estimates
    assert found[2].estimates.typical.low == found[2].estimates.typical.high


def test_the_report_tells_what_disagrees(machine: Any) -> None:
    machine(intercept=45, hidden=10_000)
    bad = calibration.check_clock(CLOCK, plan(cell(1, 0)))
    machine()
    good = calibration.check_clock(CLOCK, plan(cell(1, 0)))
    lines = {name: foot_lines(with_reading(clock, 1000.0).result) for name, clock in (("bad", bad), ("good", good))}
    assert [style for _, style in lines["good"]].count("yellow") == 0
    heeded = [text for text, style in lines["bad"] if style == "yellow"]
    assert len(heeded) == 3
    assert sum("DISAGREES" in text for text in heeded) == 2
    assert sum("DIFFER" in text for text in heeded) == 1
