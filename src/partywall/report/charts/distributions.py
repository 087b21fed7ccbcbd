"""How samples are distributed: a violin for each cell, its runs' medians, and how far its tail reaches."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, log
from typing import Any

from partywall.distributions import RATIO, Distribution
from partywall.model import Cell, Family, Result
from partywall.report.charts.chart import Chart, log_axis
from partywall.report.charts.rows import MOST_ROWS, row_axis, row_height
from partywall.report.charts.theme import INK, MUTED, PROCESS, THREAD
from partywall.report.layout import conditions
from partywall.report.pairs import title_of

__all__ = ["distribution_chart", "distribution_charts"]

_WIDTH = 360
_HALF = 0.44
_POINTS = 100
# What lies beyond is told by the triangle at the edge.
_LEAST, _MOST = 0.4, 16.0


def distribution_charts(result: Result, distributions: Mapping[str, Distribution]) -> Iterator[Chart]:
    """A chart for each family and unit."""
    for family in Family:
        members = [cell for cell in result.cells if cell.family == family and cell.id in distributions]
        for unit in dict.fromkeys(distributions[cell.id].unit for cell in members):
            alike = [cell for cell in members if distributions[cell.id].unit == unit]
            chart = distribution_chart(family, alike, distributions)
            if chart is not None:
                yield chart


def distribution_chart(
    family: Family, cells: Sequence[Cell], distributions: Mapping[str, Distribution]
) -> Chart | None:
    """The chart of cells of one family and unit, each relative to its own median; None if no median is above zero."""
    import altair as alt

    found = [(cell, distributions[cell.id]) for cell in cells]
    found = [(cell, one) for cell, one in found if one.samples and one.quantile(0.5) > 0][:MOST_ROWS]
    if not found:
        return None
    labels = [", ".join(filter(None, (title_of(cell), conditions(cell.factors)))) for cell, _ in found]
    tails = [_tail(i, one) for i, (_, one) in enumerate(found)]
    low = min(max(min(tail["p001"] for tail in tails) / 1.02, _LEAST), 0.9)
    high = max(min(max(tail["p999"] for tail in tails) * 1.05, _MOST), 1.15)
    for tail in tails:
        tail |= {name: min(tail[name], high) for name in ("p99", "p999", "most")}
    scale = alt.Scale(type="log", domain=[low, high], nice=False, clamp=True)
    title = "times the median of the cell's samples, log scale"
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(**log_axis("1", title, (low, high), grid=True)))
    y = row_axis(labels)
    colour = alt.Color("colour:N", scale=None)
    bodies = alt.Chart(alt.NamedData("shapes")).mark_area(opacity=0.6)
    reach = alt.Chart(alt.NamedData("tails"))
    runs = alt.Chart(alt.NamedData("runs")).mark_line(
        color=INK, strokeWidth=0.9, invalid="break-paths-show-path-domains"
    )
    layers = (
        reach.mark_rule(color=MUTED, strokeWidth=1).encode(y=y, x=x, x2="most:Q"),
        bodies.encode(x=x, y=y, y2="under:Q", detail="cell:N", color=colour),
        reach.mark_tick(color=MUTED, thickness=2, height=9).encode(y=y, x="p99:Q"),
        reach.mark_point(color=MUTED, shape="triangle-right", size=24, filled=True, opacity=1).encode(y=y, x="p999:Q"),
        runs.encode(x="x:Q", y=y, detail="cell:N", order="order:Q"),
    )
    unit = found[0][1].unit
    return Chart(
        name=f"distributions-{family.value}{ {'s': '', 'B': '-bytes'}.get(unit, '-counts') }",
        title=f"{family.value}: how the samples of each cell are distributed about its median",
        description=f"For each of {len(found)} cells the shape of its samples, relative to their median, on a "
        "logarithmic scale; the median of each run as a stroke, a tick at p99, a triangle at p99.9. The table tells "
        "the figures.",
        specification=alt.layer(*layers).properties(width=_WIDTH, height=row_height(labels, 20)),
        data={
            "shapes": [point for i, (cell, one) in enumerate(found) for point in _violin(i, cell, one, low, high)],
            "tails": [{"x": 1.0, **tail} for tail in tails],
            "runs": [point for i, (_, one) in enumerate(found) for point in _medians(i, one, low, high)],
        },
    )


def _violin(row: int, cell: Cell, one: Distribution, low: float, high: float) -> Iterator[dict[str, Any]]:
    # As many bins as a reader can tell from each other, whatever the session counted.
    wide = max(1, ceil(log(high / low) / log(RATIO) / _POINTS))
    heights = [sum(one.counts[i : i + wide]) for i in range(0, len(one.counts), wide)]
    most, median = max(heights), one.quantile(0.5)
    colour = THREAD if cell.factors.get("peer") == "thread" else PROCESS
    shown = [i for i, height in enumerate(heights) if height > most / 300]
    first, last = shown[0], shown[-1]
    for place in range(first - 1, last + 2):
        half = round(_HALF * heights[place] / most, 3) if first <= place <= last else 0.0
        at = RATIO ** (one.first + (place + 0.5) * wide) / median
        if low <= at <= high:
            yield {"cell": row, "colour": colour, "x": round(at, 4), "row": row - half, "under": row + half}


def _tail(row: int, one: Distribution) -> dict[str, float]:
    median = one.quantile(0.5)
    parts = {"p001": 0.001, "p99": 0.99, "p999": 0.999}
    found = {name: one.quantile(p) / median for name, p in parts.items()}
    return {"row": row, "most": one.edges[-1] / median, **found}


def _medians(row: int, one: Distribution, low: float, high: float) -> Iterator[dict[str, float | None]]:
    """A stroke for each run, all of them one path."""
    order, middle = 0, one.quantile(0.5)
    for median in one.run_medians.values():
        if low <= median / middle <= high:
            at = round(median / middle, 4)
            for x, y in ((at, row - 0.24), (at, row + 0.24), (None, row)):
                yield {"cell": row, "order": order, "x": x, "row": y}
                order += 1
