"""What the sections of the page are made of: figures with their interval, drawings, text that stays text."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from partywall.estimate import Estimate
from partywall.model import VerdictKind
from partywall.report.charts.chart import Chart
from partywall.units import format_quantity

__all__ = ["MISSING", "Drawing", "Figure", "draw", "draw_all", "figure", "figure_of", "shown", "tone"]

_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_TONES = {
    VerdictKind.WITHIN: "good",
    VerdictKind.HOLDS: "good",
    VerdictKind.HOLDS_WITH_EXCEPTIONS: "other",
    VerdictKind.BELOW: "other",
    VerdictKind.ABOVE: "bad",
    VerdictKind.BROKEN: "bad",
}


@dataclass(frozen=True)
class Figure:
    """A figure as it is printed, its interval, and the number by which it is sorted."""

    value: str = "-"
    interval: str = ""
    sort: str = ""


MISSING = Figure()
"""Where there is no figure."""


@dataclass(frozen=True)
class Drawing:
    """A chart as an image: where from, how large in pixels, and what it shows in words."""

    title: str
    description: str
    source: Markup
    width: int
    height: int


def figure(value: float | None, low: float | None, high: float | None, unit: str) -> Figure:
    """A value with its interval, in the unit that suits; ratios have the unit "x"."""
    if value is None or low is None or high is None:
        return MISSING
    unit = "x" if unit == "1" else unit
    ends = f"[{format_quantity(low, unit)}, {format_quantity(high, unit)}]"
    return Figure(format_quantity(value, unit), ends, f"{value:.9g}")


def figure_of(estimate: Estimate | None, counted: bool = False) -> Figure:
    """An estimate, if there is one; where its unit is "1" it is a ratio, unless it is ``counted``."""
    if estimate is None:
        return MISSING
    found = figure(estimate.value, estimate.low, estimate.high, estimate.unit)
    if not counted or estimate.unit != "1":
        return found
    ends = f"[{format_quantity(estimate.low, '1')}, {format_quantity(estimate.high, '1')}]"
    return Figure(f"{format_quantity(estimate.value, '1')} per op", ends, found.sort)


def tone(verdict: VerdictKind) -> str:
    """Which of four tones a verdict has: "good", "other", "bad" or "open"."""
    return _TONES.get(verdict, "open")


def draw(chart: Chart | None) -> Drawing | None:
    """The chart as an image that needs no file beside the page."""
    if chart is None:
        return None
    svg = chart.svg()
    size = _SIZE.search(svg)
    width, height = (round(float(x)) for x in size.groups()) if size else (0, 0)
    data = base64.b64encode(svg.encode()).decode()
    return Drawing(chart.title, chart.description, Markup(f"data:image/svg+xml;base64,{data}"), width, height)


def draw_all(charts: Iterable[Chart]) -> dict[str, Drawing]:
    """Charts as images, by the charts' names."""
    return {chart.name: drawn for chart in charts if (drawn := draw(chart)) is not None}


def shown(value: object) -> object:
    """What is printed for a value: what a session says neither steers nor reverses the text around it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in value)
