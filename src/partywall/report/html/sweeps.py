"""The section on models: their terms, what they leave, and where they meet documented bounds."""

from dataclasses import dataclass

from partywall.fit import Crossing, Fit, FitState
from partywall.model import Result
from partywall.report.charts.sweeps import sweep_charts
from partywall.report.html.words import Drawing, Figure, draw_all, figure, figure_of
from partywall.report.layout import conditions

__all__ = ["CrossingView", "SweepView", "sweep_views"]


@dataclass(frozen=True)
class CrossingView:
    """One crossing in words, and what measuring there said of it."""

    sentence: str
    check: str
    measured: Figure


@dataclass(frozen=True)
class SweepView:
    """One model with its terms, or why there is none, and how far each level lies from it."""

    title: str
    conditions: str
    formula: str
    refused: str
    terms: tuple[tuple[str, Figure], ...]
    residuals: tuple[tuple[str, Figure, str], ...]
    crossings: tuple[CrossingView, ...]
    drawings: tuple[Drawing, ...]


def sweep_views(result: Result) -> tuple[SweepView, ...]:
    """Every model that was made or refused; sweeps of too few levels are left to the figures."""
    drawings = draw_all(sweep_charts(result))
    return tuple(
        _sweep(result, fit, [drawn for name, drawn in drawings.items() if name.startswith(f"sweep-{i}-")])
        for i, fit in enumerate(result.fits)
        if fit.state != FitState.TOO_FEW
    )


def _sweep(result: Result, fit: Fit, drawings: list[Drawing]) -> SweepView:
    cells = {cell.id: cell for cell in result.cells}
    residuals = []
    for one in fit.residuals:
        factors = cells[one.cell].factors if one.cell in cells else {}
        level = " ".join(filter(None, (factors.get(name, "") for name in fit.levels))) or one.cell
        off = f"{100 * one.value:+.1f} % [{100 * one.low:+.1f} %, {100 * one.high:+.1f} %]"
        residuals.append((level, figure_of(one.measured), off))
    return SweepView(
        title=fit.title,
        conditions=conditions({name: level for name, level in fit.conditions.items() if level}),
        formula=fit.formula,
        refused=fit.reason if fit.state == FitState.REFUSED else "",
        terms=tuple((term.name, figure_of(term.estimate)) for term in fit.terms),
        residuals=tuple(residuals),
        crossings=tuple(_crossing(one) for one in result.crossings if one.fit == fit.id),
        drawings=tuple(drawings),
    )


def _crossing(crossing: Crossing) -> CrossingView:
    check = crossing.check
    if check is None:
        return CrossingView(crossing.sentence, "", Figure())
    seen = check.measured
    measured = figure(seen.value, seen.low, seen.high, seen.unit) if seen else Figure()
    reason = f"; {check.reason}" if check.reason else ""
    return CrossingView(crossing.sentence, f"{check.state.value} by measuring at {check.level}{reason}", measured)
