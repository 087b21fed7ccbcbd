"""The declared models on synthetic sessions: what is fitted, with which intervals, and what is refused."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from partywall.catalog import PRIMITIVES
from partywall.claims import load_claims
from partywall.fit import Fit, FitState
from partywall.laws import LAWS
from partywall.model import Estimate, Family, PlannedCell, Trial
from sweeps import EMPTY, IDLE, MIB, OVERHEAD_NS, RING, fits, number, one_fit, sweep, wobble
from synthetic import planned, session

RESIDENT = ("0B", "16MiB", "32MiB", "64MiB")
MESSAGES = ("64B", "256B", "1KiB", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB", "4MiB")


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    for primitive in (*RING.values(), IDLE):
        monkeypatch.setitem(PRIMITIVES, primitive.name, primitive)


def fork_ns(resident: float) -> float:
    return 60_000 + 25_000 * resident / MIB


def term(fit: Fit, name: str) -> Estimate:
    (found,) = [t.estimate for t in fit.terms if t.name == name]
    return found


def three(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.low, estimate.value, estimate.high


def test_a_line_over_one_factor() -> None:
    fit = one_fit(session([EMPTY, *sweep("fork_wait", fork_ns, peer="process", resident=RESIDENT)]))
    assert fit.state == FitState.OK
    assert (fit.runs, fit.conditions, fit.levels) == (9, {"peer": "process"}, {"resident": RESIDENT})
    assert fit.formula == "time of one op = constant + slope(resident) x resident"
    # Every run is its own line, 3 % apart at the interval's ends.
    assert three(term(fit, "constant")) == pytest.approx((0.97 * 60e-6, 60e-6, 1.03 * 60e-6))
    slope = term(fit, "slope(resident)")
    assert three(slope) == pytest.approx([share * 25e-6 / MIB for share in (0.97, 1, 1.03)])
    assert (slope.unit, term(fit, "constant").unit) == ("s/B", "s")
    assert all(abs(r.value) < 1e-9 and r.low <= r.value <= r.high for r in fit.residuals)
    assert [r.measured.value for r in fit.residuals] == pytest.approx([fork_ns(number(x)) * 1e-9 for x in RESIDENT])


def test_a_plane_over_several_factors() -> None:
    def ns(resident: float, vmas: float, fds: float) -> float:
        return fork_ns(resident) + 500 * vmas + 40 * fds

    arms = sweep("fork_wait", ns, resident=RESIDENT, vmas=("0", "100", "1000"), fds=("0", "50", "200"))
    fit = one_fit(session([EMPTY, *arms]))
    assert fit.state == FitState.OK
    assert [t.name for t in fit.terms] == ["constant", "slope(resident)", "slope(vmas)", "slope(fds)"]
    assert [t.estimate.value for t in fit.terms] == pytest.approx([60e-6, 25e-6 / MIB, 5e-7, 4e-8])
    assert [t.estimate.unit for t in fit.terms] == ["s", "s/B", "s/mapping", "s/descriptor"]


def test_a_slope_below_zero_is_seen() -> None:
    fit = one_fit(session([EMPTY, *sweep("fork_wait", lambda x: 1e6 - 5_000 * x / MIB, resident=RESIDENT)]))
    assert term(fit, "slope(resident)").high < 0


def test_what_a_factor_left_out_stands_at() -> None:
    # No cell names threads, as an optional factor; all cells have the same.
    arms = sweep("fork_wait", lambda x, n: fork_ns(x) + 1000 * n, resident=RESIDENT, threads=("0", "1", "4"))
    fit = one_fit(session([EMPTY, *arms]))
    assert term(fit, "slope(threads)").unit == "s/thread"
    assert fit.levels["threads"] == ("0", "1", "4")


def test_two_levels_are_a_condition() -> None:
    arms = sweep("fork_wait", lambda x, n: fork_ns(x) * (1 + n), resident=RESIDENT, vmas=("0", "1"))
    first, second = fits(session([EMPTY, *arms]))
    assert [fit.conditions for fit in (first, second)] == [{"vmas": "0"}, {"vmas": "1"}]
    assert [fit.state for fit in (first, second)] == [FitState.OK, FitState.OK]
    assert term(second, "constant").value == pytest.approx(2 * term(first, "constant").value)


def test_two_levels_are_too_few() -> None:
    fit = one_fit(session([EMPTY, *sweep("fork_wait", fork_ns, resident=RESIDENT[:2])]))
    assert (fit.state, fit.terms) == (FitState.TOO_FEW, ())
    assert fit.reason == "resident has 2 levels, at least 3 are needed"


def test_each_condition_needs_its_own_levels() -> None:
    def ns(resident: float, vmas: float) -> float:
        return fork_ns(resident) + vmas

    some = sweep("fork_wait", ns, resident=RESIDENT, vmas=("0",))
    fewer = sweep("fork_wait", ns, resident=RESIDENT[:2], vmas=("5",))
    first, second = fits(session([EMPTY, *some, *fewer]))
    assert (first.state, first.conditions) == (FitState.OK, {"vmas": "0"})
    assert (second.state, second.conditions) == (FitState.TOO_FEW, {"vmas": "5"})
    assert second.reason == "resident has 2 levels, at least 3 are needed"


def test_a_factor_that_is_not_swept_makes_no_model() -> None:
    assert fits(session([EMPTY, *sweep("fork_wait", fork_ns, resident=RESIDENT[:1])])) == ()


@pytest.mark.parametrize(("runs", "state"), [(5, FitState.TOO_FEW), (6, FitState.OK)])
def test_runs_in_common(runs: int, state: FitState) -> None:
    def fail(trial: Trial) -> Trial:
        early, late = trial.cell == 1 and trial.run < 3, trial.cell == 2 and trial.run >= 3 + runs
        return msgspec.structs.replace(trial, error="x") if early or late else trial

    fit = one_fit(session([EMPTY, *sweep("fork_wait", fork_ns, resident=RESIDENT)], runs=12, change=fail))
    assert fit.state == state
    assert (fit.reason == f"{runs} runs in common, at least 6 are needed") == (state == FitState.TOO_FEW)


def test_a_cell_without_figures_is_left_out() -> None:
    arms = sweep("fork_wait", fork_ns, resident=RESIDENT)
    fit = one_fit(
        session(
            [EMPTY, *arms],
            change=lambda t: msgspec.structs.replace(t, error="no", unsupported=True) if t.cell == 2 else t,
        )
    )
    assert (fit.state, fit.levels) == (FitState.OK, {"resident": ("0B", "32MiB", "64MiB")})


def test_a_quadratic_is_refused_and_shows_where_it_is_off() -> None:
    arms = sweep("fork_wait", lambda x: 60_000 + (x / MIB) ** 2 * 1000, share=0.001, resident=RESIDENT)
    fit = one_fit(session([EMPTY, *arms]))
    assert (fit.state, fit.terms) == (FitState.REFUSED, ())
    worst = max(fit.residuals, key=lambda r: max(r.low, -r.high))
    assert fit.reason.startswith(f"{worst.cell} lies ")
    assert "more than the 10 % allowed" in fit.reason
    assert [r.cell for r in fit.residuals] == [cell.id for cell, _ in arms]


def test_a_residual_must_lie_outside_as_a_whole() -> None:
    # The same misfit, once with so much noise that its interval reaches inside.
    calm = sweep("fork_wait", lambda x: 60_000 + (x / MIB) ** 2 * 50, share=0.0, resident=RESIDENT)
    noisy = [
        (cell, lambda run, i=i, given=given: [given(run)[0] * np.random.default_rng([i, run, 0]).uniform(0.5, 1.5)])
        for i, (cell, given) in enumerate(calm)
    ]
    assert one_fit(session([EMPTY, *calm])).state == FitState.REFUSED
    fit = one_fit(session([EMPTY, *noisy]))
    assert fit.state == FitState.OK
    assert max(abs(r.value) for r in fit.residuals) > 0.1


def test_no_degree_of_freedom() -> None:
    # A star of three levels each, less the cells that would test it.
    arms = [
        arm
        for x, n in (("0B", "0"), ("16MiB", "10"), ("32MiB", "200"))
        for arm in sweep("fork_wait", lambda a, b: fork_ns(a) + b, resident=(x,), vmas=(n,))
    ]
    fit = one_fit(session([EMPTY, *arms]))
    assert (fit.state, fit.residuals) == (FitState.REFUSED, ())
    assert fit.reason == "3 cells and 3 terms: no degree of freedom is left for a test"


def test_collinear_factors_are_named() -> None:
    arms = [
        arm
        for x in range(4)
        for arm in sweep("fork_wait", lambda a, b: fork_ns(a) + b, resident=(f"{x}MiB",), vmas=(f"{10 * x}",))
    ]
    fit = one_fit(session([EMPTY, *arms]))
    assert (fit.state, fit.terms) == (FitState.REFUSED, ())
    assert fit.reason == "resident and vmas are collinear: the cells cannot tell them apart"


def test_the_clock_widens_the_terms() -> None:
    # Overheads 11 to 17 ns: the middle of the interval is 3 ns from either end, shared by two ops.
    empty = (planned("empty"), lambda run: [10.0 + run])
    arms = [
        (cell, lambda run, given=given: [given(run)[0] - OVERHEAD_NS + 10.0 + run])
        for cell, given in sweep("fork_wait", fork_ns, share=0.0, batch=2, resident=RESIDENT)
    ]
    sharp = one_fit(session([empty, *arms]))
    constant = term(sharp, "constant")
    # The slope takes part of it: the constant may be off by more than the 1.5 ns that all cells share.
    assert 1.5e-9 <= constant.high - constant.value < 5e-9
    assert term(sharp, "slope(resident)").low < term(sharp, "slope(resident)").value
    blurred = one_fit(session([empty, *arms], uncertainty=0.01))
    slope = term(blurred, "slope(resident)")
    assert slope.high - slope.value == pytest.approx(
        0.01 * slope.value + term(sharp, "slope(resident)").high - term(sharp, "slope(resident)").value
    )


def test_cells_that_are_not_ok_are_named() -> None:
    arms = sweep("fork_wait", fork_ns, resident=RESIDENT)
    fit = one_fit(
        session(
            [EMPTY, *arms],
            change=lambda t: msgspec.structs.replace(t, flags=("preempted",)) if t.cell == 2 else t,
        )
    )
    assert (fit.state, fit.doubts) == (FitState.OK, (arms[1][0].id,))


def message_ns(x: float) -> float:
    return 5_000 + 0.2 * x if x <= 16 << 10 else 2_000 + 0.5 * x


def test_a_message_in_pieces() -> None:
    fit = one_fit(session([EMPTY, *sweep("memcpy_message", message_ns, message=MESSAGES)]))
    assert fit.state == FitState.OK
    assert [t.name for t in fit.terms] == [
        "latency, 64.0 B to 16.0 KiB",
        "per byte, 64.0 B to 16.0 KiB",
        "bandwidth, 64.0 B to 16.0 KiB",
        "break",
        "latency, 64.0 KiB to 4.00 MiB",
        "per byte, 64.0 KiB to 4.00 MiB",
        "bandwidth, 64.0 KiB to 4.00 MiB",
    ]
    values = [t.estimate.value for t in fit.terms]
    assert values == pytest.approx([5e-6, 0.2e-9, 5e9, 40 << 10, 2e-6, 0.5e-9, 2e9])
    assert [t.estimate.unit for t in fit.terms] == ["s", "s/B", "B/s", "B", "s", "s/B", "B/s"]
    assert (term(fit, "break").low, term(fit, "break").high) == (16 << 10, 64 << 10)
    bandwidth = term(fit, "bandwidth, 64.0 KiB to 4.00 MiB")
    assert three(bandwidth) == pytest.approx((2e9 / 1.03, 2e9, 2e9 / 0.97))


def test_a_message_in_one_piece() -> None:
    fit = one_fit(session([EMPTY, *sweep("memcpy_message", lambda x: 5_000 + 0.2 * x, message=MESSAGES)]))
    assert [t.name for t in fit.terms] == ["latency", "per byte", "bandwidth"]


def test_no_bandwidth_where_the_slope_may_be_zero() -> None:
    fit = one_fit(session([EMPTY, *sweep("memcpy_message", lambda x: 5_000.0, message=MESSAGES)]))
    assert [t.name for t in fit.terms] == ["latency", "per byte"]


def test_the_same_level_twice_counts_once() -> None:
    arms = sweep("memcpy_message", message_ns, message=("64B", "1KiB", "1024B", "4KiB"))
    fit = one_fit(session([EMPTY, *arms]))
    assert (fit.state, len(fit.residuals)) == (FitState.OK, 3)


SETS = ("0B", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB")
TASKS = 4


def ring(direct_ns: float, refill: float) -> Iterator[object]:
    def touch(x: float) -> float:
        return TASKS * 0.1 * x

    def calls() -> float:
        return TASKS * 300.0

    yield EMPTY
    tasks = f"{TASKS}"
    yield from sweep(
        "ring_switch", lambda x: calls() + touch(x) + TASKS * (direct_ns + refill * x), tasks=tasks, working_set=SETS
    )
    yield from sweep("ring_calls", calls, tasks=tasks)
    yield from sweep("ring_touch", touch, tasks=tasks, working_set=SETS)


def test_a_switch_is_what_calls_and_touching_leave() -> None:
    fit = one_fit(session(list(ring(1_000, 0.05))))  # type: ignore[arg-type]
    assert (fit.state, fit.primitive, fit.conditions) == (FitState.OK, "ring_switch", {"tasks": "4"})
    assert (
        fit.formula == "time of one switch, less its calls and its touching = direct + refill x working_set, in pieces"
    )
    assert [t.name for t in fit.terms] == ["direct", "refill"]
    # Each run's three arms are off by the same share, and so is their difference.
    assert three(term(fit, "direct")) == pytest.approx((0.97e-6, 1e-6, 1.03e-6))
    assert three(term(fit, "refill")) == pytest.approx((0.97 * 5e-11, 5e-11, 1.03 * 5e-11))
    assert [r.measured.value for r in fit.residuals] == pytest.approx([1e-6 + 5e-11 * number(x) for x in SETS])


def test_a_switch_that_costs_less_than_nothing_stays_below_zero() -> None:
    fit = one_fit(session(list(ring(-50, 0))))  # type: ignore[arg-type]
    assert fit.state == FitState.OK
    assert term(fit, "direct").high < 0
    assert all(r.measured.high < 0 for r in fit.residuals)


def test_a_switch_needs_what_is_taken_off() -> None:
    arms = [arm for arm in ring(1_000, 0.05) if arm[0].primitive != "ring_touch"]  # type: ignore[index]
    fit = one_fit(session(arms))  # type: ignore[arg-type]
    assert (fit.state, fit.reason) == (FitState.TOO_FEW, "ring_calls and ring_touch are needed beside every cell")


def idle(reading: str, per_task: float) -> list[tuple[PlannedCell, object]]:
    cells = []
    for place, tasks in enumerate((1, 10, 100, 1000)):
        cell = planned("idle_processes", tasks=f"{tasks}")
        cell = msgspec.structs.replace(
            cell, id=f"{cell.id}/{reading}", family=Family.KEEP, reading=reading, unit="B", of=place
        )
        cells.append((cell, lambda run, n=tasks: [(90_000 + per_task * n) * wobble(run, 0.001)]))
    return cells


def test_memory_for_each_task() -> None:
    fit = one_fit(session([EMPTY, *idle("pss", 150_000)]))  # type: ignore[list-item]
    assert (fit.state, fit.reading) == (FitState.OK, "pss")
    assert [(t.name, t.estimate.unit) for t in fit.terms] == [("constant", "B"), ("slope(tasks)", "B/task")]
    assert [t.estimate.value for t in fit.terms] == pytest.approx([90_000, 150_000])


def test_a_reading_that_is_always_zero() -> None:
    cells = [(cell, lambda run: [0.0]) for cell, _ in idle("slab", 0)]
    fit = one_fit(session([EMPTY, *cells]))
    assert fit.state == FitState.OK
    assert [three(t.estimate) for t in fit.terms] == [(0, 0, 0), (0, 0, 0)]


def test_readings_that_no_law_names() -> None:
    assert fits(session([EMPTY, *idle("lunch", 10)])) == ()  # type: ignore[list-item]


def test_cells_that_check_are_not_fitted() -> None:
    arms = sweep("fork_wait", fork_ns, resident=RESIDENT)
    cell, given = sweep("fork_wait", lambda x: 1e9, resident=("48MiB",))[0]
    fit = one_fit(session([EMPTY, *arms, (msgspec.structs.replace(cell, role="check"), given)]))
    assert fit.levels == {"resident": RESIDENT}


def test_every_shipped_crossing_has_a_law() -> None:
    for claim in load_claims():
        for sweep_ in claim.crossings:
            cell = planned(sweep_.primitive)
            assert any(law.covers(cell) and sweep_.along in law.factors for law in LAWS), sweep_
