"""Walls as a matrix: what was tried by where, the outcome as a word and a colour."""

from collections.abc import Iterator

from partywall.model import Outcome, Result, WallResult
from partywall.report.charts.chart import Chart
from partywall.report.charts.rows import MOST_ROWS, row_axis, row_height
from partywall.report.charts.theme import BAD, GOOD, OPEN, PROCESS

__all__ = ["wall_charts"]

_COLOURS = {Outcome.HOLDS: GOOD, Outcome.BROKEN: BAD, Outcome.SHUT: PROCESS, Outcome.REPORTED: PROCESS}
_COLUMN = 84


def wall_charts(result: Result) -> Iterator[Chart]:
    """A chart for each family of walls."""
    families: dict[str, list[WallResult]] = {}
    for wall in result.walls:
        families.setdefault(wall.id.partition(".")[0], []).append(wall)
    for family, walls in families.items():
        yield _chart(family, walls)


def _chart(family: str, walls: list[WallResult]) -> Chart:
    import altair as alt

    names = list(dict.fromkeys(wall.id for wall in walls))[:MOST_ROWS]
    hosts = list(dict.fromkeys(wall.host for wall in walls))
    rows = [
        {
            "row": names.index(wall.id),
            "host": wall.host,
            "outcome": wall.outcome.value,
            "colour": _COLOURS.get(wall.outcome, OPEN),
        }
        for wall in walls
        if wall.id in names
    ]
    x = alt.X("host:N", sort=hosts, axis=alt.Axis(orient="top", labelAngle=0, title=None, labelLimit=_COLUMN))
    colour = alt.Color("colour:N", scale=None)
    marks = alt.Chart(alt.NamedData("rows")).mark_text(fontSize=11).encode(y=row_axis(names), x=x, text="outcome:N")
    return Chart(
        name=f"walls-{family}",
        title=f"Walls: {family}",
        description=f"The outcome of {len(rows)} attacks: what was tried by what it was tried in.",
        specification=marks.encode(color=colour).properties(width=_COLUMN * len(hosts), height=row_height(names)),
        data={"rows": rows},
    )
