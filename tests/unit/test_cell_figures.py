"""What a cell says beside its typical value: steadiness, tails, modes, shares, the first op, the undisturbed."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall.cells import run_summaries, summarise_cells
from partywall.errors import InputError
from partywall.model import State, Trial
from partywall.session import Session
from synthetic import EMPTY, only, planned, session


def noise(run: int, n: int = 1500) -> np.ndarray:
    return np.random.default_rng(run).normal(10_000, 200, n)


def test_the_first_op_has_a_figure_of_its_own() -> None:
    # Overhead 20 ns; first ops 1020 ... 1820 ns in nine runs, ranks 2 and 8.
    record = session(
        [EMPTY, (planned("fork_wait", batch=4), lambda run: [400.0] * 9)],
        change=lambda t: msgspec.structs.replace(t, cold_ns=1020.0 + 100 * t.run),
    )
    cold = only(record, "fork_wait").estimates.cold
    assert (cold.low, cold.value, cold.high) == pytest.approx((1.1e-6, 1.4e-6, 1.7e-6))
    assert only(session([EMPTY, (planned("fork_wait"), lambda run: [400.0])]), "fork_wait").estimates.cold is None


@pytest.mark.parametrize("rise", [1.3, 1 / 1.3])
def test_trials_that_all_end_elsewhere_are_not_steady(rise: float) -> None:
    def late(run: int) -> np.ndarray:
        x = noise(run)
        x[900:] *= rise
        return x

    cell = only(session([EMPTY, (planned("fork_wait"), late)]), "fork_wait")
    assert cell.state == State.NOT_STEADY
    assert cell.reason.startswith("9 of 9 trials did not settle: their second half lies")
    assert cell.reason.endswith("above the first" if rise > 1 else "below the first")
    assert (cell.warm_up, cell.estimates is None) == (0.0, False)


def test_levels_that_wander_this_way_and_that_are_noise() -> None:
    def wander(run: int) -> np.ndarray:
        x = noise(run)
        x[900:] *= 1.3 if run % 2 else 0.7
        return x

    assert only(session([EMPTY, (planned("fork_wait"), wander)], runs=20), "fork_wait").state == State.OK


def test_a_warm_up_is_left_out_and_its_share_told() -> None:
    def warm(run: int) -> np.ndarray:
        x = noise(run)
        x[:300] += 9_000
        return x

    cell = only(session([EMPTY, (planned("fork_wait"), warm)]), "fork_wait")
    assert (cell.state, cell.samples) == (State.OK, 9 * 1500)
    assert cell.warm_up == pytest.approx(0.2, abs=0.01)
    assert cell.estimates.mean.value == pytest.approx(9.98e-6, rel=0.01)


def test_few_runs_never_show_that_trials_do_not_settle() -> None:
    drift = (planned("fork_wait"), lambda run: noise(run) * np.linspace(1, 2, 1500))
    assert only(session([EMPTY, drift], runs=7), "fork_wait").state == State.OK
    assert only(session([EMPTY, drift], runs=8), "fork_wait").state == State.NOT_STEADY


def test_a_heavy_tail_has_no_mean_for_anyone() -> None:
    heavy = (planned("fork_wait"), lambda run: 1000 * (1 + np.random.default_rng(run).pareto(1.3, 4000)))
    record = session([EMPTY, heavy])
    estimates = only(record, "fork_wait").estimates
    assert estimates.mean is None
    assert estimates.no_mean.startswith("tail too heavy for a mean, Hill index 1.")
    assert estimates.tail_index.value == pytest.approx(1.3, abs=0.2)
    assert [summary.mean for summary in run_summaries(record)[1].values()] == [None] * 9
    light = only(session([EMPTY, (planned("fork_wait"), noise)]), "fork_wait").estimates
    assert (light.no_mean, light.mean is None) == ("", False)


def test_a_percentile_that_one_run_lacks_is_none_of_the_cell() -> None:
    record = session([EMPTY, (planned("fork_wait"), lambda run: noise(run, 1500 if run else 900))])
    assert only(record, "fork_wait").estimates.p99 is None
    assert {summary.p99 for summary in run_summaries(record)[1].values()} == {None}


def test_samples_of_several_ops_are_said_to_be_batches() -> None:
    record = session([EMPTY, (planned("fork_wait"), noise), (planned("null_syscall", batch=50), noise)])
    assert [cell.per_op for cell in summarise_cells(record)] == [True, True, False]
    assert only(record, "null_syscall").estimates.floor is not None


def test_modes_of_runs_and_of_samples() -> None:
    by_turns = (planned("fork_wait"), lambda run: noise(run) * (1 + run % 2))
    between = only(session([EMPTY, by_turns], runs=20), "fork_wait")
    assert between.modes_of == "runs"
    assert [mode.value for mode in between.modes] == pytest.approx([9.98e-6, 19.98e-6], rel=0.01)
    assert [mode.share for mode in between.modes] == [0.5, 0.5]
    assert between.estimates.typical.low < 11e-6 < 19e-6 < between.estimates.typical.high

    def two(run: int) -> np.ndarray:
        return noise(run) + 5_000 * (np.random.default_rng(run + 99).random(1500) < 0.25)

    within = only(session([EMPTY, (planned("fork_wait"), two)]), "fork_wait")
    assert within.modes_of == "samples"
    assert [mode.share for mode in within.modes] == pytest.approx([0.75, 0.25], abs=0.03)
    one = only(session([EMPTY, (planned("fork_wait"), noise)]), "fork_wait")
    assert (one.modes, one.modes_of) == ((), "")


def test_shares_of_the_variance() -> None:
    apart = only(session([EMPTY, (planned("fork_wait"), lambda run: noise(run) + 500 * run)]), "fork_wait")
    assert apart.shares.run > 0.99
    alike = only(session([EMPTY, (planned("fork_wait"), lambda run: np.roll(noise(0), run))]), "fork_wait")
    assert alike.shares.sample == 1
    assert only(session([EMPTY, (planned("fork_wait"), lambda run: [1e4])]), "fork_wait").shares.run == 0


def test_clean_is_there_where_something_was_disturbed() -> None:
    def disturb(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, flags=("steal",)) if trial.cell and trial.run == 8 else trial

    arm = (planned("fork_wait"), lambda run: [1020.0 + 100 * run])
    cell = only(session([EMPTY, arm], change=disturb), "fork_wait")
    # Eight runs: the median of 0 ... 7, and ranks between 1 and 2.
    assert cell.clean.value == pytest.approx(1.35e-6)
    assert 1e-6 < cell.clean.low < 1.1e-6
    assert cell.state == State.OK
    assert only(session([EMPTY, arm]), "fork_wait").clean is None


def test_all_runs_disturbed_leave_nothing_clean() -> None:
    record = session(
        [EMPTY, (planned("fork_wait"), noise)], change=lambda t: msgspec.structs.replace(t, flags=("steal",))
    )
    cell = only(record, "fork_wait")
    assert (cell.state, cell.clean) == (State.NOISY, None)
    assert cell.estimates.typical.value == pytest.approx(10e-6, rel=0.01)


@pytest.mark.parametrize(
    "given",
    [
        lambda run: [0.0],
        lambda run: [20.0, 20.0],
        lambda run: [5.0] * 300,
        lambda run: [0.0] * 2000,
        lambda run: [1e300] * 30,
        lambda run: np.round(noise(run), -3),
        lambda run: 1000 * (1 + np.random.default_rng(run).pareto(0.5, 2000)),
    ],
)
def test_odd_samples_have_a_defined_result(given: Callable[[int], Any]) -> None:
    record = session([EMPTY, (planned("fork_wait"), given), (planned("null_syscall", batch=9), given)])
    for cell in summarise_cells(record):
        typical = cell.estimates.typical
        assert typical.low <= typical.value <= typical.high
        assert np.isfinite([typical.low, typical.high]).all()


def test_one_run_has_no_interval() -> None:
    cell = only(session([EMPTY, (planned("fork_wait"), noise)], runs=1), "fork_wait")
    assert (cell.state, cell.estimates) == (State.INVALID, None)
    assert cell.reason == "1 good runs, at least 6 are needed"


def test_within_a_run() -> None:
    whole = Session(session([EMPTY, (planned("fork_wait"), noise)]), ())
    found = whole.within_run("fork_wait")
    assert sorted(found) == list(range(9))
    for run, quantile in found.items():
        assert quantile.value == pytest.approx((np.median(noise(run)) - 20) * 1e-9)
        assert quantile.low < quantile.value < quantile.high
        assert quantile.effective <= 1500
    assert all(whole.within_run("fork_wait", 0.99)[run].value > found[run].value for run in found)
    with pytest.raises(InputError, match="no cell 'nothing'"):
        whole.within_run("nothing")
    with pytest.raises(ValueError, match="probability"):
        whole.within_run("fork_wait", 1.0)
