"""Where fitted models meet documented bounds, and what was measured there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, log

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall.catalog import PRIMITIVES
from partywall.cells import MIN_RUNS, widen
from partywall.fit import Check, CheckState, Crossing, CrossingState, FitState, Sweep
from partywall.fitting import Fitted, Samples
from partywall.laws import Group, factor_unit, find_groups, level_number, level_text
from partywall.model import Claim, Estimate, Plan, PlannedCell, State
from partywall.stats import median_interval
from partywall.stats.crossings import REACH, Curves, combine, median_of_open, reach
from partywall.stats.models import TOLERANCE
from partywall.units import format_quantity

__all__ = ["count_checks", "find_crossings", "wanted_checks"]

_SAME_LEVEL = 0.02
_USUAL = {"image": "pristine", "resident": "0B"}
_NOUNS = {"resident": "resident", "message": "of message", "working_set": "of working set", "vmas": "mappings"}


@dataclass(frozen=True)
class _Side:
    """One model, and at which levels its other terms are held."""

    fitted: Fitted
    along: str
    held: dict[str, str]

    def curves(self, runs: Iterable[int]) -> Curves:
        """The model's functions in those runs."""
        group = self.fitted.group
        declared = PRIMITIVES[group.primitive]
        numbers = {name: float(declared.factor(name).number(level)) for name, level in self.held.items()}
        whole = self.fitted.curves(self.along, numbers)
        rows = [self.fitted.runs.index(run) for run in runs]
        return Curves(x=whole.x, y=whole.y[rows], gaps=whole.gaps)

    def factors(self, cell: PlannedCell, level: str) -> dict[str, str]:
        """The factors of a cell, such as the side is made of, at that level and at those that are held."""
        levels = {**self.held, self.along: level}
        # An optional factor at its default is left out of a cell, but not of a level that is asked for.
        return PRIMITIVES[cell.primitive].canonical({**cell.factors, **levels})


@dataclass(frozen=True)
class _Meeting:
    """One bound of a claim, and the model, or the two models, asked where it is met."""

    claim: Claim
    sweep: Sweep
    bound: float
    sides: tuple[_Side, ...]

    @property
    def unit(self) -> str:
        """Of the bound."""
        return "x" if len(self.sides) == 2 else self.sides[0].fitted.unit

    def common_runs(self) -> list[int]:
        """Runs that every model has."""
        return sorted(set.intersection(*(set(side.fitted.runs) for side in self.sides)))


@dataclass(frozen=True)
class _Solution:
    """Where a meeting takes place; not finite where it does not."""

    meeting: _Meeting
    state: CrossingState
    rising: bool = True
    low: float = inf
    value: float = inf
    high: float = inf
    last: float = 0.0
    returns: bool = False
    reason: str = ""

    @property
    def met(self) -> bool:
        """Whether there is a level to measure at."""
        return self.state in (CrossingState.FOUND, CrossingState.EXTRAPOLATED)


def find_crossings(samples: Samples, fitted: tuple[Fitted, ...], claims: tuple[Claim, ...]) -> tuple[Crossing, ...]:
    """Where each bound of each claim is met along the factors that the claim names.

    Every run's model is solved on its own; the crossing is the median over runs with its exact interval, widened
    by what the clock may be off.  No model is asked beyond twice the highest level measured.
    """
    return tuple(
        msgspec.structs.replace(_tell(solution), check=_check(samples, solution))
        for solution in _solutions(samples, fitted, claims)
    )


def wanted_checks(
    samples: Samples, fitted: tuple[Fitted, ...], claims: tuple[Claim, ...]
) -> tuple[tuple[str, dict[str, str]], ...]:
    """Primitives and factors to measure at the crossings, each crossing rounded to a plain level."""
    found: dict[tuple[object, ...], tuple[str, dict[str, str]]] = {}
    for solution in _solutions(samples, fitted, claims):
        for side in solution.meeting.sides if solution.met else ():
            group = side.fitted.group
            level = level_text(group.primitive, side.along, solution.value)
            for place in (samples.parts(side.fitted.members[0], group.law) or ()) if level else ():
                cell = samples.plan.cells[place]
                factors = side.factors(cell, level)
                found.setdefault((cell.primitive, *factors.items()), (cell.primitive, factors))
    return tuple(found.values())


def count_checks(plan: Plan, claims: tuple[Claim, ...]) -> int:
    """How many cells, the empty arm included, checking the crossings of a plan can take at most."""
    usable = frozenset(i for i, cell in enumerate(plan.cells) if cell.state == State.OK)
    groups = find_groups(plan, usable)
    cells = sum(
        1 + len(groups[i].law.minus)
        for _, sweep, _ in _bounds(claims)
        for chosen in _matches(sweep, groups)
        for i in chosen
    )
    return cells + 1 if cells else 0


def _bounds(claims: tuple[Claim, ...]) -> Iterator[tuple[Claim, Sweep, float]]:
    for claim in claims:
        for sweep in claim.crossings:
            for bound in (claim.low, claim.high):
                if bound is not None and bound > 0:
                    yield claim, sweep, bound


def _matches(sweep: Sweep, groups: Sequence[Group]) -> Iterator[tuple[int, ...]]:
    """Places of the groups that a sweep speaks of; pairs of them if it compares."""
    candidates = [i for i, group in enumerate(groups) if not group.reading and sweep.along in group.terms]
    for i in candidates:
        first = groups[i]
        if first.primitive != sweep.primitive or not _agrees(first, sweep.factors):
            continue
        if not sweep.over:
            yield (i,)
            continue
        changed = {name: level for name, level in sweep.over.items() if name != "primitive"}
        wanted = {**first.conditions, **changed}
        for j in candidates:
            second = groups[j]
            alike = all(wanted.get(name, level) == level for name, level in second.conditions.items())
            named = second.primitive == sweep.over.get("primitive", sweep.primitive)
            if i != j and named and alike and _agrees(second, changed):
                yield i, j


def _agrees(group: Group, factors: Mapping[str, str]) -> bool:
    return all(name in group.terms or group.conditions.get(name) == level for name, level in factors.items())


def _solutions(samples: Samples, fitted: tuple[Fitted, ...], claims: tuple[Claim, ...]) -> Iterator[_Solution]:
    known = [one for one in fitted if one.fit.state != FitState.TOO_FEW]
    groups = [one.group for one in known]
    for claim, sweep, bound in _bounds(claims):
        for chosen in _matches(sweep, groups):
            sides = tuple(_side(known[i], sweep) for i in chosen)
            yield _solve(samples, _Meeting(claim, sweep, bound, sides))


def _side(fitted: Fitted, sweep: Sweep) -> _Side:
    held = {
        name: sweep.factors.get(name, levels[0]) for name, levels in fitted.fit.levels.items() if name != sweep.along
    }
    return _Side(fitted, sweep.along, held)


def _difference(samples: Samples, meeting: _Meeting) -> tuple[Curves, float]:
    """Every run's distance from the bound, and how far the clock may put it off."""
    runs = meeting.common_runs()
    first, *second = (side.curves(runs) for side in meeting.sides)
    timings = [side.fitted.timing for side in meeting.sides]
    if second:
        return combine(first, second[0], meeting.bound), timings[0] + meeting.bound * timings[1]
    slack = timings[0] + samples.scale_error(meeting.unit) * meeting.bound
    return Curves(x=first.x, y=first.y - meeting.bound, gaps=first.gaps), slack


def _solve(samples: Samples, meeting: _Meeting) -> _Solution:
    for side in meeting.sides:
        if side.fitted.fit.state != FitState.OK:
            return _Solution(meeting, CrossingState.REFUSED, reason="the model is refused")
    if len(meeting.common_runs()) < MIN_RUNS:
        return _Solution(meeting, CrossingState.REFUSED, reason=f"fewer than {MIN_RUNS} runs in common")
    try:
        distance, slack = _difference(samples, meeting)
    except ValueError as error:
        return _Solution(meeting, CrossingState.REFUSED, reason=str(error))
    rising = float(np.median(distance.y[:, 0])) < 0
    if not rising:
        distance = Curves(x=distance.x, y=-distance.y, gaps=distance.gaps)
    low, value, high = median_of_open(*reach(distance, slack))
    last = float(distance.x[-1])
    if isfinite(value):
        state = CrossingState.FOUND if value <= last else CrossingState.EXTRAPOLATED
    else:
        state = CrossingState.NONE if rising and value > 0 else CrossingState.ALWAYS
    typical = np.median(distance.y, axis=0)
    returns = bool((typical[distance.x > value] < -slack).any())
    return _Solution(meeting, state, rising=rising, low=low, value=value, high=high, last=last, returns=returns)


def _tell(solution: _Solution) -> Crossing:
    meeting, state = solution.meeting, solution.state
    first, *second = meeting.sides
    unit = factor_unit(first.fitted.group.primitive, meeting.sweep.along)
    low, value, high = solution.low, solution.value, solution.high
    if state == CrossingState.NONE:
        # What the intervals say is where there is none yet.
        low, high = min(low, REACH * solution.last), inf
    if state in (CrossingState.REFUSED, CrossingState.ALWAYS):
        low = value = high = inf
    return Crossing(
        claim=meeting.claim.id,
        fit=first.fitted.fit.id,
        over=second[0].fitted.fit.id if second else "",
        factor=meeting.sweep.along,
        bound=meeting.bound,
        bound_unit="1" if second else meeting.unit,
        unit=unit,
        state=state,
        value=value if isfinite(value) else None,
        low=low if isfinite(low) else None,
        high=high if isfinite(high) else None,
        sentence=_sentence(solution, unit),
    )


def _sentence(solution: _Solution, unit: str) -> str:
    meeting, state, along = solution.meeting, solution.state, solution.meeting.sweep.along

    def at(level: float) -> str:
        return f"{format_quantity(level, unit)} {_NOUNS.get(along, along)}" if isfinite(level) else "open"

    below, above, or_more = _phrases(meeting)
    if state == CrossingState.REFUSED:
        return f"{above}: along {along} it is not known where, {solution.reason}"
    doubt = "; not all cells behind it are ok" if any(side.fitted.fit.doubts for side in meeting.sides) else ""
    if state == CrossingState.ALWAYS:
        return f"{above}{or_more} already at the lowest {along}{doubt}"
    if state == CrossingState.NONE:
        beyond = "" if solution.low <= solution.last else ", beyond the measured range"
        if solution.low >= REACH * solution.last:
            beyond = ", twice the measured range and as far as the model is asked"
        return f"{below}: no crossing below {at(min(solution.low, REACH * solution.last))}{beyond}{doubt}"
    first, on = ("first at", "") if solution.returns else ("from", " on")
    ends = ", ".join(format_quantity(end, unit) if isfinite(end) else "open" for end in (solution.low, solution.high))
    text = f"{above if solution.rising else below} {first} {at(solution.value)}{on} [{ends}]"
    if state == CrossingState.EXTRAPOLATED:
        text += f", beyond the measured range, which ends at {format_quantity(solution.last, unit)}"
    return text + doubt


def _phrases(meeting: _Meeting) -> tuple[str, str, str]:
    """What is so below the bound, what is so from it on, and how the latter is said where it lies behind."""
    subject = _subject(meeting.sides[0])
    bound = format_quantity(meeting.bound, meeting.unit)
    if len(meeting.sides) == 1:
        return f"{subject} takes less than {bound}", f"{subject} takes {bound}", " or more"
    first, second = (side.fitted.group for side in meeting.sides)
    other = PRIMITIVES[second.primitive].title
    if second.primitive == first.primitive:
        changed = (level for name, level in second.conditions.items() if first.conditions.get(name) != level)
        other = f"{other} ({' '.join(changed)})"
    if meeting.bound == 1:
        return f"{subject} beats {other}", f"{other} beats {subject}", ""
    return f"{subject} over {other} is less than {bound}", f"{subject} over {other} is {bound}", " or more"


def _subject(side: _Side) -> str:
    group = side.fitted.group
    title = PRIMITIVES[group.primitive].title
    levels = {
        **{name: level for name, level in group.conditions.items() if _USUAL.get(name) != level},
        **_unusual(group.primitive, side.held),
    }
    # A word tells its factor; a number does not.
    words = " ".join(f"{name}={level}" if level[0].isdigit() else level for name, level in levels.items() if level)
    return f"{'one switch of ' if group.law.minus else ''}{title}{f' ({words})' if words else ''}"


def _check(samples: Samples, solution: _Solution) -> Check | None:
    """What the cells measured at the crossing say of it; None if there are none."""
    if not solution.met:
        return None
    places = [_nearest(samples, side, solution.value) for side in solution.meeting.sides]
    found = [place for place in places if place is not None]
    if len(found) < len(places):
        return None
    cells = [samples.plan.cells[i] for i in found]
    along = solution.meeting.sweep.along
    level = cells[0].factors[along]
    reason = "; ".join(
        f"{cell.id} is {cell.state.value}{f': {cell.reason}' if cell.reason else ''}"
        for cell in (samples.cells[i] for i in found)
        if cell.state != State.OK
    )
    measured = _measured(samples, solution.meeting, found)
    if measured is None:
        return Check(level=level, state=CheckState.UNMEASURED, reason=reason or "too few runs")
    expected = _expected(samples, solution.meeting, level_number(cells[0], along))
    bound = solution.meeting.bound
    if _overlap(measured, bound, bound) or _overlap(measured, expected.low, expected.high):
        state = CheckState.CONFIRMED
    else:
        near = _overlap(measured, bound * (1 - TOLERANCE), bound * (1 + TOLERANCE))
        state = CheckState.CLOSE if near else CheckState.REFUTED
    return Check(level=level, state=state, measured=measured, expected=expected, reason=reason)


def _overlap(estimate: Estimate, low: float, high: float) -> bool:
    return estimate.low <= high and low <= estimate.high


def _nearest(samples: Samples, side: _Side, level: float) -> int | None:
    """Place of the cell that was measured to check that level."""
    base = samples.plan.cells[side.fitted.members[0]]
    found = {}
    for i, cell in enumerate(samples.plan.cells):
        if cell.role and (cell.primitive, cell.reading) == (base.primitive, base.reading):
            number = level_number(cell, side.along)
            if number > 0 and cell.factors == side.factors(base, cell.factors[side.along]):
                found[abs(log(number / level))] = i
    distance = min(found, default=inf)
    return found[distance] if distance <= _SAME_LEVEL else None


def _measured(samples: Samples, meeting: _Meeting, places: list[int]) -> Estimate | None:
    values, errors = [], []
    for side, place in zip(meeting.sides, places, strict=True):
        parts = samples.parts(place, side.fitted.group.law)
        if parts is None:
            return None
        divisor = samples.divisor(place, side.fitted.group.law)
        values.append(samples.values(parts, divisor))
        errors.append(samples.timing(parts, divisor))
    runs = sorted(set.intersection(*map(set, values)))
    if len(runs) < MIN_RUNS:
        return None
    return _estimate(samples, meeting, [np.array([value[run] for run in runs]) for value in values], errors)


def _expected(samples: Samples, meeting: _Meeting, level: float) -> Estimate:
    runs = meeting.common_runs()
    values = [side.curves(runs).at(np.array([level]))[:, 0] for side in meeting.sides]
    return _estimate(samples, meeting, values, [side.fitted.timing for side in meeting.sides])


def _estimate(samples: Samples, meeting: _Meeting, values: list[NDArray[np.float64]], timings: list[float]) -> Estimate:
    """The value that is compared with the bound: a model's, or the ratio of two."""
    if len(values) == 1:
        estimate = median_interval(values[0], unit=meeting.unit)
        return widen(estimate, timings[0] + samples.scale_error(meeting.unit) * abs(estimate.value))
    estimate = median_interval(values[0] / values[1], unit="1")
    relative = sum(timing / abs(float(np.median(value))) for timing, value in zip(timings, values, strict=True))
    return widen(estimate, relative * abs(estimate.value))


def _unusual(primitive: str, held: dict[str, str]) -> dict[str, str]:
    """The levels held that a cell would name."""
    declared = PRIMITIVES.get(primitive)
    return declared.canonical(held) if declared else held
