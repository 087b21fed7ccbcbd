"""One chart: a specification, what it is called, and what it shows in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from partywall.report.charts.theme import configuration, dark_style

__all__ = ["Chart", "log_axis", "log_domain"]

_VEGA_LITE = "6.1"
_PNG_SCALE = 2.0
_TIME = "replace(replace(format(datum.value,'.3~s')+'s','µs','us'),/([0-9])([a-zA-Z])/,'$1 $2')"
_LABELS = {
    "s": _TIME,
    "1": "format(datum.value,',~r')+'x'",
    "B": "datum.value>=1073741824?format(datum.value/1073741824,'.3~r')+' GiB':datum.value>=1048576"
    "?format(datum.value/1048576,'.3~r')+' MiB':datum.value>=1024?format(datum.value/1024,'.3~r')+' KiB'"
    ":format(datum.value,'.3~r')+' B'",
}


@dataclass(frozen=True)
class Chart:
    """A chart that can be drawn.

    Attributes:
        name: a word for the file it is written to.
        title: what it shows, for people.
        description: the same for those who cannot see it: what is on which axis, and where the figures are.
        specification: Vega-Lite, from Altair.
        data: the rows of its named data.
    """

    name: str
    title: str
    description: str
    specification: Any
    data: dict[str, list[dict[str, Any]]]

    @cached_property
    def _document(self) -> dict[str, Any]:
        # Altair's own check of the schema takes longer than the drawing.
        document: dict[str, Any] = self.specification.to_dict(validate=False)
        # Data that pass through Altair are copied again and again.
        document["datasets"] = self.data
        document["config"] = configuration()
        return document

    def svg(self) -> str:
        """The drawing, on no ground, in colours for light and dark pages."""
        import vl_convert

        drawn: str = vl_convert.vegalite_to_svg(self._document, vl_version=_VEGA_LITE)
        head, mark, rest = drawn.partition(">")
        return f"{head}{mark}<style>{dark_style()}</style>{rest}"

    def file(self, kind: str) -> bytes:
        """The chart as a file, "svg" or "png", with its title, on white paper."""
        import vl_convert

        document = {**self._document, "background": "white", "title": self.title, "description": self.description}
        if kind == "png":
            png: bytes = vl_convert.vegalite_to_png(document, vl_version=_VEGA_LITE, scale=_PNG_SCALE)
            return png
        svg: str = vl_convert.vegalite_to_svg(document, vl_version=_VEGA_LITE)
        return svg.encode()


def log_domain(values: Sequence[float]) -> tuple[float, float]:
    """From a bit below the least to a bit above the greatest of values above zero; a decade around nothing."""
    positive = [value for value in values if value > 0]
    if not positive:
        return 0.1, 10.0
    low, high = min(positive), max(positive)
    return (low / 1.3, high * 1.3) if high > 1.5 * low else (low / 2, high * 2)


def log_axis(unit: str, title: str, domain: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Axis of a logarithmic scale of times, ratios or bytes: a line at each decade, or at 1, 2 and 5 if few fit."""
    low, high = domain
    base = 2 if unit == "B" else 10
    exponents = range(50) if unit == "B" else range(-12, 13)
    ticks = [base**n for n in exponents if low <= float(base) ** n <= high]
    if unit == "B":
        ticks = ticks[:: max(1, len(ticks) // 8)]
    elif len(ticks) < 3:
        ticks = [m * 10.0**n for n in exponents for m in (1, 2, 5) if low <= m * 10.0**n <= high] or [low, high]
    values = [float(f"{float(tick):.6g}") for tick in ticks]
    label = _LABELS.get(unit, "format(datum.value,',~r')")
    return {"values": values, "title": title, "labelExpr": label, "labelOverlap": True, **more}
