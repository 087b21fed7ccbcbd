"""Whether the figures of a cell may be used: the states, each with what was seen."""

from collections.abc import Sequence

import numpy as np

from partywall.catalog import PRIMITIVES
from partywall.figures import MIN_RUNS, Overhead, is_plain
from partywall.model import Estimate, PlannedCell, State, Trial
from partywall.stats import RunSummary, paired_difference

__all__ = ["doubtful", "not_settled", "unusable"]

_SWITCH_TOLERANCE = 0.01
_FOREIGN_RATE = 100.0  # switches a second: what the kernel's own tasks do to whoever runs
_TIMER_SHARE = 0.1
_FLAGGED_SHARE = 0.2
_LATE_SHARE = 1.05
_UNSTEADY_SHARE = 0.2
_SHIFT_CONFIDENCE = 0.99
_SHIFT = 0.01
_RUNS_FOR_SHIFT = 8

Condition = tuple[State, str]
"""A state, and why it is that; nothing if it is OK."""

_FINE: Condition = (State.OK, "")


def unusable(planned: PlannedCell, trials: list[Trial], good: list[Trial], runs: int) -> Condition:
    """Why the cell has no estimates at all: UNSUPPORTED or INVALID; or that it is OK so far."""
    if planned.state != State.OK:
        return planned.state, planned.reason
    if trials and all(trial.unsupported for trial in trials):
        return State.UNSUPPORTED, trials[0].error
    if runs < MIN_RUNS:
        errors = [trial.error for trial in trials if trial.error]
        return State.INVALID, errors[0] if errors else f"{runs} good runs, at least {MIN_RUNS} are needed"
    state, reason = _miscounted(planned, good)
    return (state, reason) if state != State.OK else _late(planned, good)


def _late(planned: PlannedCell, good: list[Trial]) -> Condition:
    """An open loop whose queue only grows: how long an op waits is then a matter of the trial's length."""
    primitive = PRIMITIVES.get(planned.primitive)
    rate = primitive.offered_rate(planned.factors) if primitive else 0
    counted = [trial.driver for trial in good if trial.driver is not None and trial.driver.wall_ns > 0]
    if not rate or not counted:
        return _FINE
    # Too much is too much in every trial; what disturbs one makes that one late.  One op may
    # still be under way when the next would be due.
    best = min(counted, key=lambda task: task.wall_ns / (task.ops + 1))
    if best.wall_ns * 1e-9 * rate / (best.ops + 1) <= _LATE_SHARE:
        return _FINE
    done = best.ops / (best.wall_ns * 1e-9)
    return State.INVALID, f"{rate} ops a second were begun and at most {done:.0f} done: the queue only grows"


def _miscounted(planned: PlannedCell, good: list[Trial]) -> Condition:
    primitive = PRIMITIVES.get(planned.primitive)
    wanted = primitive.switches(planned.factors) if primitive else 0
    if wanted == 0 or planned.reading:
        return _FINE
    demanded = f"{wanted} demanded"
    switches = ops = wall_ns = 0
    for trial in good:
        tasks = [task for task in (trial.driver, trial.party) if task is not None]
        unknown = any(min(task.voluntary, task.involuntary) < 0 for task in tasks)
        if trial.driver is None or trial.driver.ops <= 0 or unknown:
            return State.INVALID, f"switches were not counted, {demanded} per op"
        # Both kinds: a wake-up that preempts the waker, and a yield, are booked as involuntary.
        switches += sum(task.voluntary + task.involuntary for task in tasks)
        ops += trial.driver.ops
        wall_ns += max(trial.driver.wall_ns, 0)
    measured = switches / ops
    foreign = _FOREIGN_RATE * wall_ns * 1e-9 / ops
    if not -_SWITCH_TOLERANCE * wanted <= measured - wanted <= _SWITCH_TOLERANCE * wanted + foreign:
        return State.INVALID, f"{measured:.3f} switches per op, {demanded}"
    return _FINE


def doubtful(
    planned: PlannedCell,
    good: list[Trial],
    runs: Sequence[RunSummary],
    overhead: Overhead,
    medians: list[float],
    typical: Estimate,
    clean: Estimate | None,
) -> Condition:
    """Why the cell's estimates are not to be built on, or that it is OK.

    ``medians`` are those of the samples of each trial, in ns; ``typical`` and ``clean`` speak of all runs and of
    those that nothing disturbed.
    """
    if planned.reading and planned.unit != "s":
        # Bytes and numbers are what they are, whoever had the CPU.
        return _FINE
    if not is_plain(planned):
        sample = float(np.median(medians)) * 1e-9
        if overhead.overall > _TIMER_SHARE * sample:
            share = f"{100 * overhead.overall / sample:.0f} % of a sample" if sample > 0 else "all of a sample"
            return State.TIMER_LIMITED, f"the clock's overhead is {share}, at most 10 % is allowed"
    condition = _disturbed(good, typical, clean)
    return condition if condition != _FINE else not_settled(runs)


def _disturbed(good: list[Trial], typical: Estimate, clean: Estimate | None) -> Condition:
    flagged = [trial for trial in good if trial.flags]
    if len(flagged) > _FLAGGED_SHARE * len(good):
        seen = ", ".join(sorted({flag for trial in flagged for flag in trial.flags}))
        return State.NOISY, f"{len(flagged)} of {len(good)} trials were disturbed: {seen}"
    if clean is None:
        return _FINE
    agree = clean.low <= typical.value <= clean.high and typical.low <= clean.value <= typical.high
    if not agree:
        return State.NOISY, f"without the {len(flagged)} disturbed trials the figure is another"
    return _FINE


def not_settled(runs: Sequence[RunSummary]) -> Condition:
    """Whether trials end at another level than they begin, all in the same way.

    A trial whose level wanders back and forth is noise, however large: other runs wander otherwise, and the
    interval over runs speaks of it.  Not steady is what the trials of a cell have in common in their course.  So
    the state is given if more than 20 % of the trials have no last level that holds for half of them, and the
    second half of the trials lies above the first, or below, by more than 1 % with 99 % confidence
    (signed-rank interval over runs of what each run's trials show).  Runs too few for that confidence,
    less than eight, never show it.
    """
    seen = [[trial for trial in run.trials if trial.steady is not None] for run in runs]
    trials = [trial for run in seen for trial in run]
    unsteady = sum(not trial.steady for trial in trials)
    shifts = np.array([np.mean([trial.shift for trial in run]) for run in seen if run])
    if unsteady <= _UNSTEADY_SHARE * len(trials) or shifts.size < _RUNS_FOR_SHIFT:
        return _FINE
    shift = paired_difference(shifts, np.zeros_like(shifts), _SHIFT_CONFIDENCE)
    if shift.low <= _SHIFT and shift.high >= -_SHIFT:
        return _FINE
    low, high = sorted((abs(shift.low), abs(shift.high)))
    side = "above" if shift.value > 0 else "below"
    return State.NOT_STEADY, (
        f"{unsteady} of {len(trials)} trials did not settle: their second half lies "
        f"{100 * abs(shift.value):.1f} % [{100 * low:.1f} %, {100 * high:.1f} %] {side} the first"
    )
