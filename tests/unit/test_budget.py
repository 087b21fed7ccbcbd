"""Budgets: fewer runs first, then shorter trials, and never more than was planned."""

import pytest

from partywall import design
from partywall.budget import estimate_seconds, fit_budget
from partywall.errors import InputError
from partywall.model import Override, Plan
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
