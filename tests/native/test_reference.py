"""The reference arms: what they do is what they say."""

import numpy as np
import pytest

from orders import across, order
from partywall import calibration, host, native


def pair() -> str:
    others = [name for name in host.placements() if name != "same-cpu"]
    if not others:
        pytest.skip("needs two CPUs")
    return others[0]


def test_the_fixed_spin_is_work_that_grows_with_its_ops(clock: str) -> None:
    one, many = (
        float(np.min(native.carry_out(order("fixed_spin", clock, batch=batch, samples=100, chunk=10)).ticks))
        for batch in (1, 20)
    )
    assert 10 * one < many < 40 * one


@pytest.mark.parametrize("peer", ["process", "thread"])
def test_the_time_stamps_of_an_exchange_lie_within_it(clock: str, peer: str) -> None:
    given = order("cache_line", clock, peer=peer, batch=1, samples=500, chunk=100, readings=True)
    raw = native.carry_out(across(given, pair()))
    came, went = raw.readings.T
    assert (went >= came).all()
    round_trip = raw.ticks.astype(np.int64) - (went - came)
    # The peer's clock may be another, but it runs as fast: what it holds back is less than the whole.
    assert (round_trip > 0).all()


def test_a_line_that_is_only_handed_over_takes_no_readings(clock: str) -> None:
    raw = native.carry_out(across(order("cache_line", clock), pair()))
    assert raw.readings.shape == (7, 0)


def test_the_clock_of_this_machine_is_checked() -> None:
    clock, _ = host.calibrate_clock()
    found = calibration.check_doubling(clock, host.cpu_pair("same-cpu")[0])
    assert [doubling.body for doubling in found] == ["empty", "null_syscall"]
    for doubling in found:
        assert doubling.level.low <= doubling.level.value <= doubling.level.high
        assert 0.5 < doubling.slope.value / doubling.level.value < 2.0
    offset = calibration.measure_offset(clock, *host.cpu_pair(pair()))
    assert offset.exchanges > 0
    assert offset.bound_s > 0
