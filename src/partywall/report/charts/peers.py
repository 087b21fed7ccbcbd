"""Process beside thread: what the same op takes with either."""

from collections.abc import Iterator, Sequence

from partywall.model import Cell, Family
from partywall.report.charts.chart import Chart, log_axis, log_domain
from partywall.report.charts.rows import MOST_ROWS, row_axis, row_height
from partywall.report.charts.theme import MUTED, PROCESS, THREAD
from partywall.report.pairs import Pair

__all__ = ["peer_chart", "peer_charts"]

_WIDTH = 330


def peer_charts(pairs: Sequence[Pair]) -> Iterator[Chart]:
    """A chart for each family and unit of such pairs."""
    for family in Family:
        for unit in dict.fromkeys(_unit(pair) for pair in pairs):
            chart = peer_chart(family, [p for p in pairs if p.process.family == family and _unit(p) == unit])
            if chart is not None:
                yield chart


def _unit(pair: Pair) -> str:
    estimates = pair.process.estimates
    return estimates.typical.unit if estimates else ""


def peer_chart(family: Family, pairs: Sequence[Pair]) -> Chart | None:
    """The chart of pairs of one family and unit; None if there is nothing to draw."""
    import altair as alt

    rows = []
    labels: list[str] = []
    for pair in pairs[:MOST_ROWS]:
        both = [(kind, cell.estimates.typical) for kind, cell in _kinds(pair) if cell.estimates]
        if len(both) == 2 and all(one.low > 0 for _, one in both):
            for kind, one in both:
                rows.append({"row": len(labels), "kind": kind, "value": one.value, "low": one.low, "high": one.high})
            labels.append(pair.title)
    if not labels:
        return None
    unit = _unit(pairs[0])
    domain = log_domain([end for row in rows for end in (float(str(row["low"])), float(str(row["high"])))])
    scale = alt.Scale(type="log", domain=list(domain), nice=False)
    axis = alt.Axis(**log_axis(unit, "log scale", domain, grid=True))
    joined = [
        {"row": i, "low": min(values), "high": max(values)}
        for i in range(len(labels))
        for values in [[float(str(row["value"])) for row in rows if row["row"] == i]]
    ]
    x = alt.X("low:Q", scale=scale, axis=axis)
    link = (
        alt.Chart(alt.NamedData("joined"))
        .mark_rule(color=MUTED, opacity=0.6)
        .encode(y=row_axis(labels), x=x, x2="high:Q")
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=row_axis(labels))
    kinds = alt.Scale(domain=["process", "thread"], range=[PROCESS, THREAD])
    colour = alt.Color("kind:N", scale=kinds, title=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=["process", "thread"], range=["circle", "diamond"]), title=None)
    spans = base.mark_rule(strokeWidth=6, opacity=0.4).encode(x=x, x2="high:Q", color=colour)
    points = base.mark_point(filled=True, size=48, opacity=1).encode(x="value:Q", color=colour, shape=shape)
    return Chart(
        name=f"peers-{family.value}" + ("" if unit == "s" else "-bytes" if unit == "B" else "-counts"),
        title=f"{family.value}: with a process and with a thread",
        description=f"{len(labels)} ops, each with a process and with a thread, typical figure and 95 % interval on a "
        "logarithmic scale; the table tells the same figures.",
        specification=(link + spans + points).properties(width=_WIDTH, height=row_height(labels)),
        data={"joined": joined, "rows": rows},
    )


def _kinds(pair: Pair) -> tuple[tuple[str, Cell], ...]:
    return ("process", pair.process), ("thread", pair.thread)
