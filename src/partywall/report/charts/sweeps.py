"""A sweep: what was measured at each level, the model, what it leaves, and where it meets documented bounds."""

from collections.abc import Iterator
from typing import Any

from partywall.fit import Fit, FitState, Residual
from partywall.laws import factor_unit, level_number
from partywall.model import PlannedCell, Result
from partywall.report.charts.chart import Chart, log_axis, log_domain
from partywall.report.charts.theme import BAND, MUTED, PROCESS, THREAD
from partywall.stats.models import TOLERANCE
from partywall.units import format_quantity

__all__ = ["sweep_chart", "sweep_charts"]

_WIDTH, _HEIGHT, _LEFT_OVER = 520, 210, 80
_MOST = 24


def sweep_charts(result: Result) -> Iterator[Chart]:
    """A chart for each model and each factor that it was swept in; of many sweeps the first two dozen."""
    made = 0
    for number, fit in enumerate(result.fits):
        for factor in fit.levels if fit.state != FitState.TOO_FEW else ():
            chart = sweep_chart(result, number, fit, factor)
            if chart is not None and made < _MOST:
                made += 1
                yield chart


def sweep_chart(result: Result, number: int, fit: Fit, factor: str) -> Chart | None:
    """The chart of one model over one factor, the others at their lowest; None if that leaves no two points."""
    import altair as alt

    points = _points(result, fit, factor)
    if len(points) < 2:
        return None
    unit = fit.residuals[0].measured.unit
    crossings = [one for one in result.crossings if one.fit == fit.id and one.factor == factor and one.unit]
    bounds = [one.bound for one in crossings if one.bound_unit == unit]
    x = _level_axis(alt, fit.primitive, factor, [float(point["x"]) for point in points])
    heights = [float(point[name]) for point in points for name in ("low", "high")]
    if min(heights) > 0:
        domain = log_domain([*heights, *bounds])
        y_axis = alt.Axis(**log_axis(unit, "log scale", domain, grid=True))
        y: Any = alt.Y("value:Q", axis=y_axis, scale=alt.Scale(type="log", domain=list(domain), nice=False))
    else:
        y = alt.Y("value:Q", axis=alt.Axis(title=unit, grid=True))
    base = alt.Chart(alt.NamedData("points"))
    edges = alt.Chart(alt.NamedData("bounds")).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="bound:Q")
    seen = base.mark_point(filled=True, size=45, opacity=1, color=PROCESS).encode(x=x, y=y)
    layers = [
        edges,
        base.mark_rule(strokeWidth=5, opacity=0.4, color=PROCESS).encode(x=x, y="low:Q", y2="high:Q"),
        seen,
    ]
    if fit.state == FitState.OK:
        layers.insert(1, base.mark_line(color=THREAD, strokeWidth=1.5).encode(x=x, y="model:Q"))
    meets = alt.Chart(alt.NamedData("crossings"))
    layers.append(meets.mark_rule(color=THREAD, strokeDash=[5, 3]).encode(x="at:Q"))
    upper = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    allowed = alt.Chart(alt.NamedData("allowed")).mark_rect(color=BAND).encode(y="least:Q", y2="most:Q")
    off = alt.Y("off:Q", axis=alt.Axis(format="+.0%", title="off by", tickCount=4, grid=True))
    lower = alt.layer(
        allowed,
        base.mark_rule(color=PROCESS, strokeWidth=5, opacity=0.4).encode(x=x, y="off_low:Q", y2="off_high:Q"),
        base.mark_point(filled=True, size=35, opacity=1, color=PROCESS).encode(x=x, y=off),
    ).properties(width=_WIDTH, height=_LEFT_OVER)
    return Chart(
        name=f"sweep-{number}-{factor}",
        title=f"{fit.title}: over {factor}",
        description=f"Measured figures with 95 % intervals at {len(points)} levels of {factor}"
        + (", the model as a line, " if fit.state == FitState.OK else ", no model as it was refused, ")
        + "documented bounds and crossings dashed; below, how far each level is from the model, and the band allowed.",
        specification=alt.vconcat(upper, lower, spacing=8),
        data={
            "points": points,
            "bounds": [{"bound": bound} for bound in dict.fromkeys(bounds)],
            "crossings": [{"at": one.value} for one in crossings if one.value is not None],
            "allowed": [{"least": -TOLERANCE, "most": TOLERANCE}],
        },
    )


def _points(result: Result, fit: Fit, factor: str) -> list[dict[str, Any]]:
    planned = {cell.id: cell for cell in result.plan.cells}
    members = [(planned[one.cell], one) for one in fit.residuals if one.cell in planned]
    others = [name for name in fit.levels if name != factor]
    lowest = {name: min((level_number(cell, name) for cell, _ in members), default=0.0) for name in others}
    alike = [(cell, one) for cell, one in members if all(level_number(cell, name) == lowest[name] for name in others)]
    return sorted((_point(cell, one, factor) for cell, one in alike), key=lambda point: float(point["x"]))


def _point(cell: PlannedCell, one: Residual, factor: str) -> dict[str, Any]:
    return {
        "x": level_number(cell, factor),
        "value": one.measured.value,
        "low": one.measured.low,
        "high": one.measured.high,
        # A residual is a share of what was measured.
        "model": one.measured.value * (1 - one.value),
        "off": one.value,
        "off_low": one.low,
        "off_high": one.high,
    }


def _level_axis(alt: Any, primitive: str, factor: str, levels: list[float]) -> Any:
    unit = factor_unit(primitive, factor)
    numbers = sorted(set(levels))
    words = {f"{n:g}": format_quantity(n, "B") if unit == "B" and n else f"{n:,.0f}" for n in numbers}
    cases = "".join(f"abs(datum.value-{n})<{max(n, 1) * 1e-6}?'{words[f'{n:g}']}':" for n in numbers)
    title = f"{factor}{'' if unit == 'B' else f' ({unit}s)'}, log scale"
    axis = alt.Axis(values=numbers, labelExpr=f"{cases}''", title=title, grid=False, labelOverlap=True)
    least = min((n for n in numbers if n > 0), default=1.0)
    kind = {"type": "log"} if numbers[0] > 0 else {"type": "symlog", "constant": least}
    return alt.X("x:Q", axis=axis, scale=alt.Scale(**kind, nice=False, padding=12))
