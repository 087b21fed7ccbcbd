"""Synthetic sessions, judged as real ones are: samples, overhead, states, estimates, verdicts."""

from collections.abc import Iterator
from math import nextafter

import numpy as np
from numpy.typing import NDArray

from partywall.cells import summarise_cells
from partywall.judge import judge
from partywall.model import (
    Claim,
    ClaimKind,
    Clock,
    Family,
    Plan,
    PlannedCell,
    Profile,
    Quantity,
    State,
    Trial,
    Verdict,
    VerdictKind,
)
from partywall.record import HeldSamples, Record
from partywall.selftest import families
from partywall.selftest.checks import Check, Demand, Tally
from partywall.selftest.coverage import ESTIMATES, PLANTED, Truth
from partywall.selftest.families import SAMPLES

__all__ = ["check_sessions", "synthetic_session"]

_LEVEL_NS = 2000.0
_OVERHEAD_NS = 20.0
_CLOCK = Clock(source="synthetic", hertz=1e9, uncertainty=5e-4, resolution_s=1e-9, cost_s=2e-8, backward=0)
_ARMS = ("pristine", "caller")
_PRIMITIVE = "null_syscall"


def synthetic_session(random: np.random.Generator, family: families.Family, runs: int) -> Record:
    """Three cells in interleaved blocks: the empty arm, one of the family, and one that takes `PLANTED` times as long.

    The clock is off by all of the uncertainty that it admits, to either side, and each timing costs 20 ns.
    """
    off = 1 + _CLOCK.uncertainty * random.choice([-1, 1])
    arms = [family.draw(random, 1, runs, scale)[0] * _LEVEL_NS for scale in (1.0, PLANTED)]
    arms = [x + _OVERHEAD_NS for x in arms]
    empty = _OVERHEAD_NS + random.standard_normal((runs, SAMPLES))
    columns: list[NDArray[np.float64]] = []
    trials = []
    for run in range(runs):
        for cell, x in enumerate((empty, *arms)):
            first = SAMPLES * len(columns)
            trials.append(Trial(cell=cell, run=run, position=len(columns), seed=0, first=first, count=SAMPLES))
            columns.append(x[run] * off)
    ops = np.ones(SAMPLES * len(columns), np.uint32)
    plan = Plan(
        seed=0,
        profile=Profile(name="synthetic", runs=runs, trial_s=0.0, warmup_s=0.0),
        cells=(_cell("empty", {}), *(_cell(_PRIMITIVE, {"image": image}) for image in _ARMS)),
    )
    samples = HeldSamples(np.concatenate(columns), ops)
    return Record(plan=plan, host={}, clock=_CLOCK, tool={}, trials=tuple(trials), samples=samples)


def _cell(primitive: str, factors: dict[str, str]) -> PlannedCell:
    name = f"{primitive}[{','.join(factors.values())}]"
    return PlannedCell(id=name, primitive=primitive, family=Family.REFERENCE, factors=factors, samples=SAMPLES)


def check_sessions(
    random: np.random.Generator, family: families.Family, truth: Truth, repetitions: int, runs: int
) -> Iterator[Check]:
    """Coverage of what a session prints, and its verdicts while the truth lies just outside of the claim.

    A cell that is told to be noisy, not steady or the like, and an estimate that is not given, counts as refused.
    """
    unit = _LEVEL_NS * 1e-9
    true = {name: truth.value(name, runs) * unit for name in ESTIMATES}
    planted = (PLANTED - 1) * true["typical"]
    tallies = {name: Tally() for name in (*ESTIMATES, "contrast", "wrong", "wrong contrast")}
    claims = (*_claims_beside(true["typical"], {}), *_claims_beside(planted, {"image": _ARMS[0]}))
    for _ in range(repetitions):
        record = synthetic_session(random, family, runs)
        cells = summarise_cells(record)
        cell = cells[1]
        for name in ESTIMATES:
            found = getattr(cell.estimates, name) if cell.estimates and cell.state == State.OK else None
            if found is None:
                tallies[name].refuse(cell.reason or "the samples cannot carry it")
            else:
                tallies[name].add(found.low, found.high, true[name])
        verdicts = judge(record, cells, (), claims)
        _count_verdicts([v for v in verdicts if v.cell == cell.id and v.claim == "cell"], tallies["wrong"])
        contrasts = [v for v in verdicts if v.cell == cells[2].id and v.claim == "contrast"]
        _count_verdicts(contrasts, tallies["wrong contrast"])
        _count_interval(contrasts, planted, tallies["contrast"])
    for name in ESTIMATES:
        yield _check(f"{name}, session", family, runs, tallies[name])
    yield _check("difference, session", family, runs, tallies["contrast"])
    yield _wrong("wrong WITHIN, session", family, runs, tallies["wrong"])
    yield _wrong("wrong WITHIN of difference, session", family, runs, tallies["wrong contrast"])


def _claims_beside(true: float, minus: dict[str, str]) -> Iterator[Claim]:
    """Two claims that the truth misses by the least that can be."""
    quantity = Quantity(primitive=_PRIMITIVE, factors={"image": _ARMS[1]} if minus else {}, minus=minus)
    name = "contrast" if minus else "cell"
    for low, high in ((nextafter(true, np.inf), 3 * true), (-true, nextafter(true, -np.inf))):
        yield Claim(id=name, says="", kind=ClaimKind.RANGE, source="", quantities=(quantity,), low=low, high=high)


def _count_verdicts(verdicts: list[Verdict], tally: Tally) -> None:
    for verdict in verdicts:
        if verdict.value is None:
            tally.refuse(verdict.why)
        else:
            tally.count(verdict.verdict == VerdictKind.WITHIN)


def _count_interval(verdicts: list[Verdict], true: float, tally: Tally) -> None:
    one = verdicts[0]
    if one.low is None or one.high is None:
        tally.refuse(one.why)
    else:
        tally.add(one.low, one.high, true)


def _check(what: str, family: families.Family, runs: int, tally: Tally) -> Check:
    return tally.check(
        part="synthetic",
        what=what,
        condition=family.name,
        runs=runs,
        width=tally.width,
        samples=runs * SAMPLES,
    )


def _wrong(what: str, family: families.Family, runs: int, tally: Tally) -> Check:
    return tally.check(
        part="synthetic",
        what=what,
        condition=family.name,
        runs=runs,
        demand=Demand.AT_MOST,
        nominal=0.025,
        samples=runs * SAMPLES,
    )
