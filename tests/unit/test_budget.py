"""Budgets: fewer runs first, then shorter trials, and never more than was planned."""

import msgspec
import pytest

from partywall import design
from partywall.batches import with_batch
from partywall.budget import estimate_seconds, fit_budget
from partywall.errors import InputError
from partywall.model import Clock, Override, Plan, Target
from partywall.stats.intervals import RUN_COUNTS
from synthetic import grid

NAMES = ("fork_wait", "vfork_wait", "thread_create_join")


def planned(profile: str = "rigorous", *overrides: Override) -> Plan:
    asked = grid(NAMES, {"resident": ["0B"]}, overrides)
    return design.plan_session([asked], design.PROFILES[profile], 1)


def test_a_budget_cuts_runs_first_and_never_adds_any() -> None:
    full = planned()
    assert fit_budget(full, 1e6) == full
    whole = estimate_seconds(full)
    spent = [fit_budget(full, share * whole) for share in (0.8, 0.4, 0.05)]
    runs = [plan.profile.runs for plan in spent]
    assert runs == sorted(runs, reverse=True)
    assert all(n in RUN_COUNTS for n in runs)
    assert all(0 < plan.profile.trial_s <= full.profile.trial_s for plan in spent)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.1])
def test_what_is_fitted_fits(share: float) -> None:
    full = planned("rigorous", Override(runs=30, trial_s=0.4))
    budget = share * estimate_seconds(full)
    assert estimate_seconds(fit_budget(full, budget)) <= budget * 1.000001


def test_overrides_are_cut_as_well() -> None:
    full = planned("rigorous", Override(trial_s=2.0))
    fitted = fit_budget(full, 0.2 * estimate_seconds(full))
    longest = max(design.profile_of(fitted, cell).trial_s for cell in fitted.cells)
    assert longest < 2.0


@pytest.mark.parametrize("budget", [0.0, 0.001, -1.0])
def test_a_budget_that_is_too_short(budget: float) -> None:
    with pytest.raises(InputError, match="too short"):
        fit_budget(planned(), budget)


def test_what_a_worker_holds_takes_time_to_fill() -> None:
    small = design.plan_session([grid(("fork_wait",), {"resident": ["0B"]})], design.PROFILES["quick"], 1)
    large = design.plan_session([grid(("fork_wait",), {"resident": ["256MiB"]})], design.PROFILES["quick"], 1)
    assert estimate_seconds(large) > estimate_seconds(small)


def test_a_budget_allows_for_checks() -> None:
    full = planned()
    budget = 0.5 * estimate_seconds(full)
    alone, allowing = fit_budget(full, budget), fit_budget(full, budget, 2)
    assert estimate_seconds(allowing) < estimate_seconds(alone)
    assert estimate_seconds(allowing, 2) <= budget * 1.000001
    with pytest.raises(InputError, match=f"too short for {len(full.cells) + 10_000} cells"):
        fit_budget(full, budget, 10_000)


def tried(plan: Plan, op_s: float, overhead_s: float = 2e-8) -> Plan:
    """The plan after every cell was tried, and one op took so long."""
    clock = Clock(source="tsc", hertz=1e9, uncertainty=0.0, resolution_s=1e-9, cost_s=2e-8, backward=0)
    cells = (
        with_batch(cell, op_s if cell.family != "reference" else 1e-7, overhead_s, clock, plan) for cell in plan.cells
    )
    return msgspec.structs.replace(plan, cells=tuple(cells))


def test_an_op_that_takes_longer_than_its_trial_is_counted_once_it_is_known() -> None:
    full = planned("quick")
    short, long = (estimate_seconds(tried(full, op_s)) for op_s in (1e-5, 1.0))
    assert short == pytest.approx(estimate_seconds(full), rel=0.5)
    # At the very least the cold op, two of the warm-up, and a sample after one that is not timed.
    assert long >= 3 * full.profile.runs * 5 * 1.0


def test_a_budget_is_fitted_to_what_ops_take() -> None:
    full = planned("standard")
    budget = 2 * estimate_seconds(full)
    assert fit_budget(full, budget) == full
    slow = tried(full, 0.05)
    assert estimate_seconds(slow) > budget
    fitted = fit_budget(slow, budget)
    assert estimate_seconds(fitted) <= budget * 1.000001
    assert fitted.profile.runs < full.profile.runs
    with pytest.raises(InputError, match="too short"):
        fit_budget(tried(full, 10.0), budget)


def test_samples_follow_the_length_of_a_trial_that_was_cut() -> None:
    full = tried(planned("rigorous"), 1e-4)
    fitted = fit_budget(full, 0.1 * estimate_seconds(full))
    share = fitted.profile.trial_s / full.profile.trial_s
    assert share < 0.9
    for before, after in zip(full.cells, fitted.cells, strict=True):
        if before.family != "reference":
            assert after.samples == pytest.approx(share * before.samples, rel=0.02, abs=1)


def test_the_plan_says_how_many_checks_to_allow_for() -> None:
    full = msgspec.structs.replace(planned(), checks=3)
    assert estimate_seconds(full) == estimate_seconds(full, 3) > estimate_seconds(full, 0)
    budget = 0.5 * estimate_seconds(full, 0)
    assert estimate_seconds(fit_budget(full, budget), 3) <= budget * 1.000001


def test_trials_of_a_run_take_time_each() -> None:
    one, three = (estimate_seconds(planned("quick", Override(trials=trials))) for trials in (1, 3))
    assert three > 1.5 * one


def test_of_a_plan_with_a_target_the_pilot_is_fitted_into_half() -> None:
    full = msgspec.structs.replace(planned(), target=Target(precision=0.01))
    whole = estimate_seconds(full)
    assert fit_budget(full, 2.01 * whole) == full
    fitted = fit_budget(full, whole)
    assert estimate_seconds(fitted) <= 0.5 * whole * 1.000001
    assert fitted.profile.runs == full.profile.runs
    says = f"too short for a pilot of {full.profile.runs} runs of {len(full.cells)} cells"
    with pytest.raises(InputError, match=says):
        fit_budget(full, 0.5)
