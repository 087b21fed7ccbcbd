"""The whole page: sections put into the template, style and script allowed by their hashes alone."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partywall.distributions import Distribution
from partywall.model import Result

__all__ = ["render_html"]

_PLACE = Path(__file__).parent / "templates"


def render_html(result: Result, distributions: Mapping[str, Distribution]) -> str:
    """The result as one HTML document that needs no other file and no network.

    Everything that it shows is in it, drawings as well; nothing but its own style and script is allowed to act in it,
    and without the script all that is missing is the sorting of tables.
    """
    import jinja2
    from markupsafe import Markup

    from partywall.report.html.words import shown

    style, script = (_read(name) for name in ("page.css", "sort.js"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PLACE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html").render(
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        **_sections(result, distributions),
    )


def _sections(result: Result, distributions: Mapping[str, Distribution]) -> dict[str, Any]:
    from partywall.report.html.claims import claim_views
    from partywall.report.html.contrasts import contrast_views
    from partywall.report.html.distributions import family_views
    from partywall.report.html.foot import again, machine_facts, method_lines, warnings
    from partywall.report.html.phases import phases_view
    from partywall.report.html.prices import capacity_views, price_views
    from partywall.report.html.rules import rule_views
    from partywall.report.html.sweeps import sweep_views
    from partywall.report.html.walls import walls_view
    from partywall.report.pairs import find_pairs

    sections = {
        "result": result,
        "summary": _summary(result),
        "claims": claim_views(result),
        "contrasts": contrast_views(find_pairs(result, distributions)),
        "families": family_views(result, distributions),
        "sweeps": sweep_views(result),
        "walls": walls_view(result),
        "prices": price_views(result),
        "capacities": capacity_views(result),
        "phases": phases_view(result),
        "warnings": warnings(result),
        "machine": machine_facts(result),
        "method": method_lines(result),
        "again": again(result.plan),
        "rules": rule_views(result),
    }
    return sections | {"contents": _contents(sections)}


def _summary(result: Result) -> str:
    host = result.host
    words = [str(host.get("cpu", "unknown CPU")), f"{len(host.get('cpus_allowed', ())) or 'unknown number of'} CPUs"]
    words += [str(host.get("kernel", "unknown kernel")), *(["virtual"] if host.get("hypervisor") else [])]
    runs = f"profile {result.plan.profile.name}, {result.plan.profile.runs} runs of each cell"
    return f"{', '.join(words)}; {runs}, seed {result.plan.seed}"


def _contents(sections: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a reader may go, of the sections that are there."""
    warned = len(sections["warnings"])
    found = [
        ("claims", "Claims", sections["claims"]),
        ("contrasts", "Process beside thread", sections["contrasts"]),
        ("figures", "All figures", sections["families"]),
        ("sweeps", "Sweeps and models", sections["sweeps"]),
        ("walls", "Walls", sections["walls"].matrices),
        ("prices", "Prices", sections["prices"]),
        ("capacities", "How many fit", sections["capacities"]),
        ("phases", "Phases", sections["phases"].rows),
        ("warnings", f"Warnings ({warned})", True),
        ("machine", "Machine and clock", True),
        ("again", "Measure again", True),
        ("rules", "Rules of reporting", True),
    ]
    return [(anchor, title) for anchor, title, there in found if there]


def _read(name: str) -> str:
    return (_PLACE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The content security policy: nothing is fetched, nothing runs but what has these hashes."""
    style_hash, script_hash = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
