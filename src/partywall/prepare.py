"""What is asked, made into a plan: names or a plan file, claims, a budget and a precision."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from partywall import design
from partywall.arms import arrange_arms
from partywall.budget import fit_budget
from partywall.claims import load_claims
from partywall.crossings import count_checks
from partywall.demands import grids_of, walls_of
from partywall.errors import InputError
from partywall.model import Claim, Grid, Plan, Profile, Target
from partywall.plans import Study, is_plan, load_study
from partywall.stopping import PILOT_RUNS

__all__ = ["Claims", "Prepared", "claims_from", "prepare", "prepare_check", "seed_or_fresh"]

_PRECISIONS = (0.0001, 0.5)


def _profile(name: str) -> Profile:
    """The profile "quick", "standard" or "rigorous"; InputError otherwise."""
    if name not in design.PROFILES:
        raise InputError(f"profile {name!r} is none of {', '.join(design.PROFILES)}")
    return design.PROFILES[name]


def seed_or_fresh(seed: int | None) -> int:
    """The seed, or one that nobody chose; InputError if it is out of range."""
    if seed is None:
        return random.SystemRandom().randrange(2**32)
    if not 0 <= seed < 2**63:
        raise InputError(f"seed {seed} is not between 0 and 2^63 - 1")
    return seed


Claims = Path | str | tuple[Claim, ...] | None
"""A claims file, or what was read from one; None for those that partywall ships."""


@dataclass(frozen=True)
class Prepared:
    """What is to be measured, and what it is to be judged by."""

    plan: Plan
    claims: tuple[Claim, ...]

    def for_session(self, number: int) -> Plan:
        """The plan of one of several sessions, the first being 0: the same cells, with another seed each."""
        return msgspec.structs.replace(self.plan, seed=(self.plan.seed + number) % 2**63)


def claims_from(claims: Claims) -> tuple[Claim, ...]:
    """The claims that are meant; InputError if the file is none."""
    if isinstance(claims, tuple):
        return claims
    return load_claims() if claims is None else load_claims(Path(claims))


def _target(precision: float | None, pooled: bool) -> Target | None:
    if precision is None:
        if pooled:
            raise InputError("the pilot can only be pooled where there is one: give a precision")
        return None
    low, high = _PRECISIONS
    if not low <= precision <= high:
        raise InputError(f"precision {100 * precision:g} % is not between {100 * low:g} % and {100 * high:g} %")
    return Target(precision=precision, pooled=pooled)


def prepare(
    names: Sequence[str],
    *,
    profile: str | None,
    seed: int | None,
    factors: Mapping[str, Sequence[str]] | None,
    budget_s: float | None,
    precision: float | None,
    pooled: bool,
    claims: Claims,
) -> Prepared:
    """What ``plan`` says, with the claims that it is to be judged by; each file is read once."""
    study = _study(names, factors or {})
    target = _target(precision, pooled)
    claim_set = claims_from(claims if claims is not None else study.claims)
    chosen = _profile(profile or study.profile)
    if target:
        _refuse_own_runs(study)
    seed = study.seed if seed is None else seed
    planned = _planned(study, chosen, seed, target)
    return _arranged(planned, claim_set, study.budget_s if budget_s is None else budget_s)


def prepare_check(
    claims: Claims,
    *,
    profile: str | None = None,
    seed: int | None = None,
    factors: Mapping[str, Sequence[str]] | None = None,
    budget_s: float | None = None,
    precision: float | None = None,
) -> Prepared:
    """A plan of exactly what the claims speak of, and of what each is compared with.

    ``factors`` are levels where a claim names none; the rest is as for ``prepare``.
    InputError if the claims speak of nothing that can be measured or proved.
    """
    claim_set = claims_from(claims)
    grids = grids_of(claim_set, factors or {})
    if not grids:
        raise InputError("the claims name no quantity: there is nothing to check")
    planned = _planned(Study(grids=grids), _profile(profile or "quick"), seed, _target(precision, False))
    planned = msgspec.structs.replace(planned, walls=walls_of(claim_set))
    return _arranged(planned, claim_set, budget_s)


def _planned(study: Study, profile: Profile, seed: int | None, target: Target | None) -> Plan:
    if target:
        profile = msgspec.structs.replace(profile, runs=PILOT_RUNS)
    planned = design.plan_session(study.grids, profile, seed_or_fresh(seed), study.title, study.source)
    return msgspec.structs.replace(planned, target=target)


def _arranged(planned: Plan, claims: tuple[Claim, ...], budget_s: float | None) -> Prepared:
    planned = arrange_arms(planned, claims)
    planned = msgspec.structs.replace(planned, budget_s=budget_s, checks=count_checks(planned, claims))
    return Prepared(planned if budget_s is None else fit_budget(planned, budget_s), claims)


def _refuse_own_runs(study: Study) -> None:
    if any(override.runs is not None for grid in study.grids for override in grid.overrides):
        raise InputError(
            "a precision decides how many runs there are, and the plan says so itself: drop one of the two"
        )


def _study(names: Sequence[str], factors: Mapping[str, Sequence[str]]) -> Study:
    plans = [name for name in names if is_plan(name)]
    if not plans:
        return Study(grids=(_grid(names, factors),), profile="quick")
    if len(names) > 1 or factors:
        raise InputError(f"{plans[0]} says what to measure: no other names and no factors beside it")
    return load_study(plans[0])


def _grid(names: Sequence[str], factors: Mapping[str, Sequence[str]]) -> Grid:
    return Grid(names=tuple(names), factors={name: tuple(levels) for name, levels in factors.items()})
