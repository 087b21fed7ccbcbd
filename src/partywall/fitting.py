"""The declared models, fitted to the cells of a session and tested by what they leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall.catalog import PRIMITIVES
from partywall.cells import MIN_RUNS, measure_overhead, run_summaries, run_values, widen
from partywall.fit import Fit, FitState, Residual, Term
from partywall.laws import Group, Law, factor_unit, find_groups, level_number, level_of, partner
from partywall.model import Cell, Estimate, State
from partywall.record import Record
from partywall.stats import RunSummary, median_interval
from partywall.stats.crossings import Curves
from partywall.stats.models import (
    MIN_LEVELS,
    TOLERANCE,
    LinearFit,
    SegmentedFit,
    collinear,
    fit_linear,
    fit_segments,
    relative_scale,
)
from partywall.units import format_quantity

__all__ = ["Fitted", "Samples", "fit_laws"]

_Array = NDArray[np.float64]


class Samples:
    """What every run of a record gave for each cell, and how far the clock may be off.

    Attributes:
        plan: the record's.
        cells: what is known of each cell, by its place in the plan.
        usable: places of the cells that have estimates.
    """

    def __init__(self, record: Record, cells: tuple[Cell, ...]) -> None:
        self.plan = record.plan
        index = {planned.id: i for i, planned in enumerate(record.plan.cells)}
        self.cells = {index[cell.id]: cell for cell in cells}
        self.usable = frozenset(i for i, cell in self.cells.items() if cell.estimates is not None)
        self._record = record

    # Only where a model is fitted are the samples read.
    @cached_property
    def _summaries(self) -> dict[int, dict[int, RunSummary]]:
        return run_summaries(self._record)

    @cached_property
    def _half_width(self) -> float:
        return measure_overhead(self._record).half_width

    def parts(self, place: int, law: Law) -> tuple[int, ...] | None:
        """The cell and those that the law takes off it; None if one of them has no figures."""
        cell = self.plan.cells[place]
        found = [place, *(partner(self.plan, cell, name) for name in law.minus)]
        parts = tuple(i for i in found if i is not None and i in self.usable)
        return parts if len(parts) == len(found) else None

    def divisor(self, place: int, law: Law) -> float:
        """By what the law divides the cell's time."""
        return max(1.0, level_number(self.plan.cells[place], law.per)) if law.per else 1.0

    def values(self, parts: tuple[int, ...], divisor: float) -> dict[int, float]:
        """Each run's median of the first part, less those of the others, over ``divisor``."""
        first, *others = (run_values(self._summaries[i], "typical") for i in parts)
        return {
            run: (value - sum(other[run] for other in others)) / divisor
            for run, value in first.items()
            if all(run in other for other in others)
        }

    def timing(self, parts: tuple[int, ...], divisor: float) -> float:
        """How far the clock's overhead may put those values off, all runs alike."""
        planned = [self.plan.cells[i] for i in parts]
        return sum(self._half_width / max(cell.batch, 1) for cell in planned if not cell.reading) / divisor

    def scale_error(self, unit: str) -> float:
        """Relative error of values in that unit that the clock's frequency makes."""
        return self._record.clock.uncertainty if unit == "s" else 0.0


@dataclass(frozen=True)
class Fitted:
    """A fit and what it was made of, for those who ask it for more.

    Attributes:
        group: the cells, and the law.
        fit: what is told of it.
        unit: of its values.
        runs: numbers of the runs, in the order of the lines' rows.
        members: places of the cells it was fitted to.
        timing: how far the clock's overhead may put all of it off.
        lines: the coefficients; None unless the state is ok.
    """

    group: Group
    fit: Fit
    unit: str
    runs: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    timing: float = 0.0
    lines: LinearFit | SegmentedFit | None = None
    x: _Array | None = None

    def curves(self, along: str, held: Mapping[str, float]) -> Curves:
        """Every run's function of one factor, the other terms at the levels ``held``, over the measured range.

        ValueError if the fit is not ok or has no such term.
        """
        terms = self.group.terms
        if self.lines is None or self.x is None or along not in terms:
            raise ValueError(f"{self.fit.id} has no model over {along}")
        if isinstance(self.lines, SegmentedFit):
            return _pieces(self.lines, self.x[:, 0])
        column = self.x[:, terms.index(along)]
        knots = np.array([column.min(), column.max()])
        coefficients = self.lines.coefficients
        y = np.repeat(coefficients[:, :1], 2, axis=1)
        for name, slope in zip(terms, coefficients[:, 1:].T, strict=True):
            y = y + slope[:, None] * (knots if name == along else held[name])
        return Curves(x=knots, y=y, gaps=np.array([False]))


def _pieces(lines: SegmentedFit, x: _Array) -> Curves:
    ends = [i for start in lines.starts[1:] for i in (start - 1, start)]
    at = [0, *ends, x.size - 1]
    gaps = np.arange(len(at) - 1) % 2 == 1
    return Curves(x=x[at], y=lines.fitted[:, at], gaps=gaps)


def fit_laws(samples: Samples) -> tuple[Fitted, ...]:
    """Fit every law to every group of cells that it is swept in.

    Every run is fitted on its own, with weights that make errors relative; a coefficient is the median over runs
    with its exact interval, widened by what the clock may be off.  A fit is ``too-few`` with fewer than
    three levels or six runs, and ``refused`` if its factors are collinear, if no degree of freedom is left, or if
    a cell's residual lies outside +-10 % with its whole interval.
    """
    return tuple(_fit(samples, group) for group in find_groups(samples.plan, samples.usable))


@dataclass(frozen=True)
class _Data:
    """What one group gave: a row for each run, a column for each cell."""

    members: tuple[int, ...]
    cells: tuple[str, ...]
    unit: str
    runs: tuple[int, ...]
    x: _Array
    y: _Array
    scale: _Array
    timing: _Array
    relative: float

    def estimate(self, values: _Array, absolute: float, unit: str) -> Estimate:
        """The median over runs, its interval wider by what the clock may be off."""
        found = median_interval(values, unit=unit)
        return widen(found, absolute + self.relative * abs(found.value))


def _fit(samples: Samples, group: Group) -> Fitted:
    fit = _announce(samples, group)
    unit = samples.plan.cells[group.members[0]].unit
    try:
        data = _collect(samples, group, fit, unit)
    except ValueError as error:
        return Fitted(group, _refuse(fit, str(error), FitState.TOO_FEW), unit)
    fit = msgspec.structs.replace(fit, runs=len(data.runs))
    if redundant := collinear(data.x, data.scale):
        names = " and ".join(group.terms[j] for j in redundant)
        return Fitted(group, _refuse(fit, f"{names} are collinear: the cells cannot tell them apart"), unit)
    if len(data.members) <= 1 + len(group.terms):
        few = f"{len(data.members)} cells and {1 + len(group.terms)} terms: no degree of freedom is left for a test"
        return Fitted(group, _refuse(fit, few), unit)
    lines: LinearFit | SegmentedFit
    if group.law.pieces:
        lines = fit_segments(data.x[:, 0], data.y, data.scale)
        terms = tuple(_piece_terms(group, data, lines))
    else:
        lines = fit_linear(data.x, data.y, data.scale)
        terms = tuple(_line_terms(group, data, lines))
    residuals = tuple(_residuals(data, lines.fitted))
    fit = msgspec.structs.replace(fit, residuals=residuals)
    if reason := _misfit(residuals):
        return Fitted(group, _refuse(fit, reason), unit)
    fit = msgspec.structs.replace(fit, terms=terms)
    return Fitted(group, fit, unit, data.runs, data.members, float(data.timing.max()), lines, data.x)


def _collect(samples: Samples, group: Group, fit: Fit, unit: str) -> _Data:
    """Every run's values of the group's cells; ValueError, with what is told of it, if they are too few."""
    law, plan = group.law, samples.plan
    short = {name: len(fit.levels.get(name, "1")) for name in group.terms or fit.levels}
    if min(short.values()) < MIN_LEVELS:
        levels = ", ".join(f"{name} has {count} levels" for name, count in short.items() if count < MIN_LEVELS)
        raise ValueError(f"{levels}, at least {MIN_LEVELS} are needed")
    members = _distinct(samples, group)
    known = [(parts, samples.divisor(i, law)) for i in members if (parts := samples.parts(i, law))]
    if len(known) < len(members):
        raise ValueError(f"{' and '.join(law.minus)} are needed beside every cell")
    values = [samples.values(*one) for one in known]
    runs = tuple(sorted(set.intersection(*map(set, values))))
    if len(runs) < MIN_RUNS:
        raise ValueError(f"{len(runs)} runs in common, at least {MIN_RUNS} are needed")
    # The noise of a difference is relative to what is subtracted from.
    whole = [samples.values(parts[:1], divisor) for parts, divisor in known]
    return _Data(
        members=members,
        cells=tuple(plan.cells[i].id for i in members),
        unit=unit,
        runs=runs,
        x=np.array([[level_number(plan.cells[i], name) for name in group.terms] for i in members]),
        y=np.array([[value[run] for value in values] for run in runs]),
        scale=relative_scale([[value[run] for value in whole] for run in runs]),
        timing=np.array([samples.timing(*one) for one in known]),
        relative=samples.scale_error(unit),
    )


def _distinct(samples: Samples, group: Group) -> tuple[int, ...]:
    """The members; of those that a line in pieces cannot tell apart, the first."""
    if not group.law.pieces:
        return group.members
    first: dict[float, int] = {}
    for i in group.members:
        first.setdefault(level_number(samples.plan.cells[i], group.terms[0]), i)
    return tuple(first.values())


def _announce(samples: Samples, group: Group) -> Fit:
    """What the fit is about, before it is made."""
    plan = samples.plan
    levels: dict[str, tuple[str, ...]] = {}
    for name in group.terms or group.law.factors:
        found = {level_number(plan.cells[i], name): level_of(plan.cells[i], name) for i in group.members}
        if len(found) > 1:
            levels[name] = tuple(found[number] for number in sorted(found))
    declared = PRIMITIVES.get(group.primitive)
    title = declared.title if declared else group.primitive
    held = ",".join(f"{name}={level}" for name, level in group.conditions.items())
    return Fit(
        id=f"{group.primitive}[{held}]{f'/{group.reading}' if group.reading else ''}~{'+'.join(levels)}",
        title=f"{title}{f', {group.reading}' if group.reading else ''}, over {', '.join(levels)}",
        primitive=group.primitive,
        reading=group.reading,
        formula=group.law.formula(group.reading, tuple(levels)),
        conditions=group.conditions,
        levels=levels,
        state=FitState.OK,
        doubts=tuple(plan.cells[i].id for i in group.members if samples.cells[i].state != State.OK),
    )


def _refuse(fit: Fit, reason: str, state: FitState = FitState.REFUSED) -> Fit:
    return msgspec.structs.replace(fit, state=state, reason=reason)


def _line_terms(group: Group, data: _Data, lines: LinearFit) -> Iterator[Term]:
    errors = np.abs(lines.sensitivity) @ data.timing
    for k, name in enumerate(("", *group.terms)):
        unit = f"{data.unit}/{factor_unit(group.primitive, name)}" if name else data.unit
        estimate = data.estimate(lines.coefficients[:, k], float(errors[k]), unit)
        yield Term(name=f"slope({name})" if name else group.law.constant, estimate=estimate)


def _piece_terms(group: Group, data: _Data, lines: SegmentedFit) -> Iterator[Term]:
    law, x = group.law, data.x[:, 0]
    per = factor_unit(group.primitive, group.terms[0])
    ends = (*lines.starts[1:], x.size)
    for k, (i, j, piece) in enumerate(zip(lines.starts, ends, lines.pieces, strict=True)):
        if k:
            low, high = lines.breaks[k - 1]
            middle = float(x[i - 1] + x[i]) / 2
            yield Term(name="break", estimate=Estimate(value=middle, low=low, high=high, unit=per))
        where = "" if len(ends) == 1 else f", {format_quantity(x[i], per)} to {format_quantity(x[j - 1], per)}"
        errors = np.abs(piece.sensitivity) @ data.timing[i:j]
        constant = data.estimate(piece.coefficients[:, 0], float(errors[0]), data.unit)
        slope = data.estimate(piece.coefficients[:, 1], float(errors[1]), f"{data.unit}/{per}")
        yield Term(name=f"{law.constant}{where}", estimate=constant)
        yield Term(name=f"{law.slope}{where}", estimate=slope)
        if law.rate and slope.low > 0:
            rate = Estimate(value=1 / slope.value, low=1 / slope.high, high=1 / slope.low, unit=f"{per}/{data.unit}")
            yield Term(name=f"{law.rate}{where}", estimate=rate)


def _residuals(data: _Data, fitted: _Array) -> Iterator[Residual]:
    size = relative_scale(data.y)
    for j, cell in enumerate(data.cells):
        left = median_interval((data.y[:, j] - fitted[:, j]) / size[j], unit="1")
        yield Residual(
            cell=cell,
            measured=data.estimate(data.y[:, j], float(data.timing[j]), data.unit),
            value=left.value,
            low=left.low,
            high=left.high,
        )


def _misfit(residuals: tuple[Residual, ...]) -> str:
    """Why the fit is refused; empty if it is not."""
    worst = max(residuals, key=lambda r: max(r.low, -r.high))
    if max(worst.low, -worst.high) <= TOLERANCE:
        return ""
    side = "above" if worst.low > 0 else "below"
    low, high = sorted((abs(worst.low), abs(worst.high)))
    share = f"{100 * abs(worst.value):.3g} % [{100 * low:.3g} %, {100 * high:.3g} %]"
    return f"{worst.cell} lies {share} {side} the model, more than the {100 * TOLERANCE:.0f} % allowed"
