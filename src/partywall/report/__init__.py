"""One file per format; each renders a Result, some of them with how its samples are distributed."""

from collections.abc import Callable, Mapping

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.report.document import render_json
from partywall.report.plan import render_plan, render_plan_json
from partywall.report.text import render_evidence, render_text

__all__ = ["RENDERERS", "render_evidence", "render_json", "render_plan", "render_plan_json", "render_text"]

RENDERERS: dict[str, Callable[[Result, Mapping[str, Distribution]], str]] = {"json": render_json, "text": render_text}
