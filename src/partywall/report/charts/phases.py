"""What an op is made of: the parts between one reading and the next, as shares of the op."""

from collections.abc import Sequence
from itertools import pairwise

from partywall.report.charts.chart import Chart
from partywall.report.charts.rows import MOST_ROWS, row_axis, row_height
from partywall.report.parts import Parts

__all__ = ["phase_chart"]

_WIDTH = 360
_COLOURS = ("#4c78a8", "#e07b16", "#54a24b", "#b279a2", "#9d755d", "#4aa7a0", "#d1495b", "#8a8d91")


def phase_chart(found: Sequence[Parts]) -> Chart | None:
    """The chart of all ops in which times were read; None if there are none."""
    import altair as alt

    drawn = [one for one in found if one.whole > 0][:MOST_ROWS]
    if not drawn:
        return None
    words = list(dict.fromkeys(name for one in drawn for name, _ in one.ends))
    rows = []
    for i, one in enumerate(drawn):
        ends = [("", 0.0), *((name, min(at / one.whole, 1.0)) for name, at in one.ends)]
        rows += [
            {"row": i, "from": low, "to": high, "part": name} for (_, low), (name, high) in pairwise(ends) if high > low
        ]
    labels = [one.title for one in drawn]
    x = alt.X("from:Q", axis=alt.Axis(format=".0%", title="of the op's typical time"), scale=alt.Scale(domain=[0, 1]))
    colours = alt.Scale(domain=words, range=[_COLOURS[i % len(_COLOURS)] for i in range(len(words))])
    bars = (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(height=11)
        .encode(y=row_axis(labels), x=x, x2="to:Q", color=alt.Color("part:N", scale=colours, title="up to", sort=words))
    )
    return Chart(
        name="phases",
        title="What an op is made of",
        description=f"For each of {len(drawn)} ops the times read in it as parts of a bar, as shares of the typical "
        "time of the whole; the table tells the times and their intervals.",
        specification=bars.properties(width=_WIDTH, height=row_height(labels, 20)),
        data={"rows": rows},
    )
