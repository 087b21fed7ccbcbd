"""Each claim's range as a band, and on it what was measured with its interval."""

import itertools
from collections.abc import Iterator

from partywall.model import Result, Verdict
from partywall.report.charts.chart import Chart, log_axis, log_domain
from partywall.report.charts.rows import MOST_ROWS, row_axis, row_height
from partywall.report.charts.theme import BAND, INK, OPEN, VERDICTS

__all__ = ["claim_chart", "claim_charts"]

_WIDTH = 330


def claim_charts(result: Result) -> Iterator[Chart]:
    """A chart for each claim that has figures."""
    for claim, group in itertools.groupby(result.verdicts, key=lambda verdict: verdict.claim):
        chart = claim_chart(claim, list(group))
        if chart is not None:
            yield chart


def claim_chart(claim: str, verdicts: list[Verdict]) -> Chart | None:
    """The chart of one claim's verdicts; None if none of them has a figure, or there is no range."""
    known = [v for v in verdicts if v.value is not None and v.low is not None and v.high is not None][:MOST_ROWS]
    if not known or known[0].bounds == (None, None):
        return None
    import altair as alt

    unit, bounds = known[0].unit, known[0].bounds
    ends = [x for v in known for x in (v.low, v.high) if x is not None]
    ends += [x for x in bounds if x is not None]
    low, high = log_domain(ends) if min(ends) > 0 else (min(ends) * 1.3, max(ends) * 1.3)
    if min(ends) > 0:
        scale = alt.Scale(type="log", domain=[low, high], nice=False)
        axis = log_axis(unit, "log scale", (low, high), grid=True)
    else:
        least = min(abs(x) for x in ends if x)
        scale = alt.Scale(type="symlog", constant=least, domain=[low, high], nice=False)
        positive = log_axis(unit, "", (least, high))["values"]
        axis = log_axis(unit, "linear around zero, logarithmic beyond", (least, high), grid=True)
        axis["values"] = [0.0, *positive]
    rows = [
        {"row": i, "value": v.value, "low": v.low, "high": v.high, "colour": VERDICTS.get(v.verdict.value, OPEN)}
        for i, v in enumerate(known)
    ]
    labels = [v.quantity for v in known]
    start, end = bounds[0] if bounds[0] is not None else low, bounds[1] if bounds[1] is not None else high
    band = (
        alt.Chart(alt.NamedData("band"))
        .mark_rect(color=BAND)
        .encode(x=alt.X("low:Q", scale=scale, axis=alt.Axis(**axis)), x2="high:Q")
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=row_axis(labels))
    colour = alt.Color("colour:N", scale=None)
    spans = base.mark_rule(strokeWidth=7, opacity=0.45).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour)
    points = base.mark_point(filled=True, size=42, opacity=1).encode(x="value:Q", color=colour)
    edges = alt.Chart(alt.NamedData("edges"))
    lines = edges.mark_rule(color=INK, strokeWidth=1, strokeDash=[3, 3]).encode(x="at:Q")
    drawn = (band + lines + spans + points).properties(width=_WIDTH, height=row_height(labels))
    return Chart(
        name=f"claim-{claim}",
        title=known[0].says,
        description=f"The documented range as a band, and {len(known)} measured figures with 95 % intervals on a "
        "logarithmic scale; the table tells the same figures.",
        specification=drawn,
        data={
            "band": [{"low": start, "high": end}],
            "rows": rows,
            "edges": [{"at": x} for x in bounds if x is not None],
        },
    )
