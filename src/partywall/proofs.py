"""From the facts of wall trials and their declarations to an outcome with its evidence."""

import numpy as np

from partywall.catalog import WALLS, Wall
from partywall.catalog.declaration import Expected
from partywall.cells import MIN_RUNS
from partywall.model import Control, Outcome, WallResult, WallTrial
from partywall.record import Record
from partywall.stats.intervals import median_interval

__all__ = ["judge_walls"]

_FIRST_TIMING = "detection"


def judge_walls(record: Record) -> tuple[WallResult, ...]:
    """One result per wall and host of the plan.

    ``holds`` only if in every trial the attack happened, failed, and the positive control was seen;
    ``broken`` if an attack that happened succeeded in any trial; ``invalid`` if the probe was blind,
    the fault did not happen, or the probe failed.  Of a door, ``open`` if the attack succeeded in any trial, and
    ``shut`` if it never did.
    """
    return tuple(_result(WALLS[key], _trials(record, key)) for key in record.plan.walls if key in WALLS)


def _trials(record: Record, key: tuple[str, str]) -> list[WallTrial]:
    return [trial for trial in record.wall_trials if (trial.wall, trial.host) == key]


def _result(latest: Wall, trials: list[WallTrial]) -> WallResult:
    probed = [trial.facts.get("version", 1) for trial in trials if not trial.error]
    wall = latest.at(min(probed, default=latest.version))
    outcome, control, reason = _outcome(wall, trials)
    facts: dict[str, object] = dict(trials[-1].facts) if trials else {}
    facts |= {name: sum(trial.facts.get(name, 0) for trial in trials) for name in wall.summed if name in facts}
    facts["trials"] = len(trials)
    for name in wall.timings:
        timed = [_timing(trial, name) for trial in trials]
        medians = np.array([np.median(values) * 1e-9 for values in timed if values])
        if medians.size >= MIN_RUNS:
            facts[name] = median_interval(medians)
    return WallResult(
        id=wall.name,
        host=wall.host,
        outcome=outcome,
        control=control,
        evidence=facts,
        reason=reason,
        exception=wall.door if outcome == Outcome.OPEN else "",
    )


def _timing(trial: WallTrial, name: str) -> tuple[float, ...]:
    return trial.timings_ns.get(name, trial.detection_ns if name == _FIRST_TIMING else ())


def _outcome(wall: Wall, trials: list[WallTrial]) -> tuple[Outcome, Control, str]:
    failed = [trial for trial in trials if trial.error]
    if wall.by_name and not trials:
        return Outcome.UNSUPPORTED, Control.NOT_RUN, "it takes long, and is probed where it is asked for by name"
    if not trials:
        return Outcome.INVALID, Control.NOT_RUN, "no trial was made"
    if failed:
        unsupported = all(trial.unsupported for trial in trials)
        return (
            Outcome.UNSUPPORTED if unsupported else Outcome.INVALID,
            Control.NOT_RUN,
            failed[0].error,
        )
    if wall.reports:
        missing = _unmet(wall.happened, trials)
        return (Outcome.INVALID if missing else Outcome.REPORTED), Control.NOT_RUN, missing
    blind = _unmet(wall.control, trials)
    if blind:
        return Outcome.INVALID, Control.BLIND, f"the positive control saw nothing: {blind}"
    if missing := _unmet(wall.happened, trials):
        return Outcome.INVALID, Control.DETECTED, f"the attack did not happen as declared: {missing}"
    if breach := _unmet(wall.attack_fails, trials):
        return (Outcome.OPEN if wall.door else Outcome.BROKEN), Control.DETECTED, breach
    return (Outcome.SHUT if wall.door else Outcome.HOLDS), Control.DETECTED, ""


def _unmet(expected: tuple[Expected, ...], trials: list[WallTrial]) -> str:
    for trial in trials:
        for item in expected:
            found = trial.facts.get(item.fact)
            wanted = trial.facts.get(item.equals) if isinstance(item.equals, str) else item.equals
            if found is None or found != wanted:
                return f"{item.fact} is {found}, not {wanted}"
    return ""
