"""Colours and type of every chart, and how one that was drawn for light paper turns dark where the reader is dark."""

from typing import Any

__all__ = [
    "BAD",
    "BAND",
    "GOOD",
    "INK",
    "MUTED",
    "OPEN",
    "PROCESS",
    "THREAD",
    "VERDICTS",
    "configuration",
    "dark_style",
]

INK = "#1f2329"
MUTED = "#5a636d"
GRID = "#dde1e6"
BAND = "#cfe6d6"
PROCESS = "#0a5fa8"
THREAD = "#b04a06"
GOOD = "#1a7f37"
BAD = "#c4232d"
OPEN = "#8a6100"

# What is drawn on light paper, and the same on dark: read as well there.
_DARK = {
    INK: "#e8ebef",
    MUTED: "#a3adb8",
    GRID: "#333a42",
    BAND: "#21492f",
    PROCESS: "#6db3f5",
    THREAD: "#f2a15f",
    GOOD: "#57c777",
    BAD: "#ff8080",
    OPEN: "#dcb04f",
}

VERDICTS = {
    "WITHIN": GOOD,
    "HOLDS": GOOD,
    "HOLDS-WITH-EXCEPTIONS": PROCESS,
    "BELOW": PROCESS,
    "ABOVE": BAD,
    "BROKEN": BAD,
}
"""Colours of verdicts; of all others it is that of what is open."""

# The one family whose widths are known without asking the fonts of this machine for each word.
_FONT = "sans-serif"
_READERS = "Arial,'Liberation Sans',Helvetica,sans-serif"


def configuration() -> dict[str, Any]:
    """The Vega-Lite configuration that all charts share."""
    return {
        "aria": False,
        "background": None,
        "font": _FONT,
        # Readers may have a wider font than the one that the drawing was laid out with.
        "padding": {"left": 48, "top": 4, "right": 12, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "gridColor": GRID,
            "labelColor": MUTED,
            "labelFontSize": 11,
            "ticks": False,
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelLimit": 330,
        },
        "axisY": {"grid": False, "labelColor": INK, "labelPadding": 8, "titlePadding": 18},
        "title": {"anchor": "start", "color": INK, "fontSize": 12, "fontWeight": 600, "frame": "group", "limit": 660},
        "header": {"labelColor": INK, "titleColor": MUTED, "labelFontSize": 12},
        "legend": {"labelColor": INK, "titleColor": MUTED, "orient": "top", "labelFontSize": 11, "symbolSize": 70},
    }


def dark_style() -> str:
    """CSS that exchanges the colours of a drawing for those of a dark page."""
    rules = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in _DARK.items()
    )
    return f"text{{font-family:{_READERS}}}@media (prefers-color-scheme:dark){{{rules}}}"
