"""One file per format; each renders a Result, some of them with how its samples are distributed."""

from collections.abc import Callable, Mapping

from partywall.distributions import Distribution
from partywall.errors import InputError
from partywall.model import Result
from partywall.report.csv import render_csv
from partywall.report.document import render_json
from partywall.report.latex import render_latex
from partywall.report.markdown import render_markdown
from partywall.report.plan import render_plan, render_plan_json
from partywall.report.text import render_evidence, render_text

__all__ = [
    "RENDERERS",
    "check_format",
    "render",
    "render_evidence",
    "render_json",
    "render_plan",
    "render_plan_json",
    "render_text",
]


def _html(result: Result, distributions: Mapping[str, Distribution]) -> str:
    # Drawing needs libraries that no other format does.
    from partywall.report.html import render_html

    return render_html(result, distributions)


RENDERERS: dict[str, Callable[[Result, Mapping[str, Distribution]], str]] = {
    "csv": render_csv,
    "html": _html,
    "json": render_json,
    "latex": render_latex,
    "markdown": render_markdown,
    "text": render_text,
}
"""What a session can be told as: each takes its result and its distributions, by the cells' ids."""

_DRAWN = frozenset({"html", "text"})


def check_format(kind: str) -> None:
    """Raise InputError if there is no such format."""
    if kind not in RENDERERS:
        raise InputError(f"no format is called {kind!r}; there are {', '.join(sorted(RENDERERS))}")


def render(kind: str, result: Result, distributions: Callable[[], Mapping[str, Distribution]]) -> str:
    """The result in one of the formats; InputError if there is no such format.

    Distributions cost a pass over all samples: they are asked for only where the format shows them.
    """
    check_format(kind)
    return RENDERERS[kind](result, distributions() if kind in _DRAWN else {})
