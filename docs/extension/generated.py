"""Pages made from the installed package while the site is built, so that they cannot be stale.

A page says where with a line `<!-- generated: NAME -->`; NAME is one of PIECES.
"""

import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from partywall import store
from partywall.catalog import PRIMITIVES, WALLS, Factor, Primitive, Wall
from partywall.claims import load_claims
from partywall.glossary import MEANINGS, TITLES
from partywall.model import Claim, Quantity
from partywall.plans import load_study, shipped_plans
from partywall.report import render, render_text
from partywall.session import Session
from partywall.units import format_seconds

_GALLERY = Path(__file__).parent.parent / "gallery" / "fork-and-thread.parquet"
_PAGE = _GALLERY.with_suffix(".html")
_MARK = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.MULTILINE)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("*", "\\*").replace("<", "&lt;")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    columns = list(head)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return [*lines, *("| " + " | ".join(_cell(entry) for entry in row) + " |" for row in rows), ""]


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _primitive(primitive: Primitive) -> list[str]:
    lines = [f"({primitive.name})=", f"### {primitive.name}", "", f"*{primitive.title}.* {primitive.one_op}", ""]
    if primitive.tasks_switch:
        lines += ["One switch for each of `tasks` is demanded of every op.", ""]
    elif primitive.switches_per_op:
        lines += [f"{primitive.switches_per_op} context switches are demanded of every op.", ""]
    if primitive.twin:
        lines += [f"Compared with [{primitive.twin}](#{primitive.twin}).", ""]
    if primitive.language == "python":
        lines += [f"Carried out by Python, from {'.'.join(map(str, primitive.python))} on.", ""]
    if primitive.factors:
        lines += _table(
            ("factor", "levels", "by default"),
            ((f"`{f.name}`", f.describe(), _codes(f.default)) for f in primitive.factors),
        )
    if primitive.readings:
        lines += _table(("reading", "unit", "what"), ((f"`{r.name}`", r.unit, r.title) for r in primitive.readings))
    return lines


def primitives() -> list[str]:
    """Every primitive, by family."""
    lines: list[str] = []
    family = None
    for primitive in PRIMITIVES.values():
        if primitive.family != family:
            family = primitive.family
            lines += [f"## {family.value}", ""]
        lines += _primitive(primitive)
    return lines


def factors() -> list[str]:
    """Every factor: the levels that any primitive takes, and who takes it."""
    takers: dict[str, list[tuple[Factor, str]]] = {}
    for primitive in PRIMITIVES.values():
        for factor in primitive.factors:
            takers.setdefault(factor.name, []).append((factor, primitive.name))
    lines: list[str] = []
    for name, taken in sorted(takers.items()):
        kinds: dict[str, list[str]] = {}
        for factor, primitive_name in taken:
            kinds.setdefault(factor.describe(), []).append(primitive_name)
        lines += [f"## {name}", ""]
        lines += _table(
            ("levels", "taken by"),
            ((levels, ", ".join(f"[{one}](#{one})" for one in names)) for levels, names in kinds.items()),
        )
    return lines


def _kind(wall: Wall) -> str:
    kind = f"door: {wall.door}" if wall.door else "report" if wall.reports else "wall"
    return f"{kind}; probed only where it is named" if wall.by_name else kind


def walls() -> list[str]:
    """Every wall with its hosts."""
    lines: list[str] = []
    by_group: dict[str, dict[str, list[Wall]]] = {}
    for wall in WALLS.values():
        by_group.setdefault(wall.name.partition(".")[0], {}).setdefault(wall.name, []).append(wall)
    for group, members in sorted(by_group.items()):
        lines += [f"## {group}", ""]
        for name, hosts in sorted(members.items()):
            lines += [f"### {name}", ""]
            lines += _table(("host", "what", "kind"), ((f"`{w.host}`", w.title, _kind(w)) for w in hosts))
    return lines


def _bounds(claim: Claim) -> str:
    def show(bound: float) -> str:
        return f"{bound:g}" if claim.kind.value == "ratio" else format_seconds(bound)

    if claim.low is not None and claim.high is not None:
        return f"{show(claim.low)} to {show(claim.high)}"
    if claim.low is not None:
        return f"at least {show(claim.low)}"
    return f"at most {show(claim.high)}" if claim.high is not None else "no door but those named"


def _quantity(quantity: Quantity) -> str:
    if quantity.wall:
        return f"the walls `{quantity.wall}` with host `{quantity.host}`"

    def words(levels: dict[str, str]) -> str:
        return ", ".join(f"{name}={level}" for name, level in levels.items())

    text = f"`{quantity.primitive}`"
    if quantity.factors:
        text += f" ({words(quantity.factors)})"
    if quantity.per_switch:
        text += ", one switch"
    if quantity.minus:
        text += f", minus {words(quantity.minus)}"
    if quantity.over:
        text += f", over {words(quantity.over)}"
    return text


def claims() -> list[str]:
    """The shipped claims, with their sources."""
    lines: list[str] = []
    for claim in load_claims():
        lines += [f"## {claim.id}", "", f"> {claim.says}", "", f"Source: {claim.source}.", ""]
        lines += [f"Kind `{claim.kind.value}`, documented: {_bounds(claim)}. Judged of:", ""]
        lines += [f"- {_quantity(quantity)}" for quantity in claim.quantities]
        lines += [""]
        if claim.crossings:
            lines += ["Asked where it begins to be right, of a sweep:", ""]
            lines += [f"- `{one.primitive}` along `{one.along}`" for one in claim.crossings]
            lines += [""]
    return lines


def plans() -> list[str]:
    """The shipped plans, whole."""
    lines: list[str] = []
    for name in shipped_plans():
        study = load_study(name)
        text = (files("partywall.plans") / f"{name.partition(':')[2]}.toml").read_text(encoding="utf-8")
        lines += [f"## {name}", "", f"{study.title}. After: {study.source}.", ""]
        lines += ["```toml", text.rstrip("\n"), "```", ""]
    return lines


def sources() -> list[str]:
    """What each shipped claim and each shipped plan goes back to."""
    return [
        *_table(("claim", "what it says", "source"), ((f"`{c.id}`", c.says, c.source) for c in load_claims())),
        *_table(("plan", "source"), ((f"`{name}`", load_study(name).source) for name in shipped_plans())),
    ]


def gallery() -> list[str]:
    """The report of the session file in the gallery."""
    report = render_text(Session(store.read(_GALLERY)).result, width=110)
    return ["```text", report.rstrip("\n"), "```", ""]


def words() -> list[str]:
    """What `partywall explain` says of the words in reports."""
    lines: list[str] = []
    for kind, meanings in MEANINGS.items():
        lines += [f"### {kind.capitalize()}: {TITLES[kind]}", ""]
        lines += _table((kind, "meaning"), ((f"`{word}`", text) for word, text in meanings.items()))
    return lines


PIECES: dict[str, Callable[[], list[str]]] = {
    "claims": claims,
    "factors": factors,
    "gallery": gallery,
    "plans": plans,
    "primitives": primitives,
    "sources": sources,
    "walls": walls,
    "words": words,
}


def fill(text: str) -> str:
    """Put the generated pieces where their marks are; KeyError for a mark that names none."""
    return _MARK.sub(lambda mark: "\n".join(PIECES[mark[1]]()), text)


def _on_source(app: Any, name: str, source: list[str]) -> None:
    source[0] = fill(source[0])


def _page(app: Any) -> None:
    """Make the page of the gallery's session where the site can take it from."""
    session = Session(store.read(_GALLERY))
    _PAGE.write_text(render("html", session.result, lambda: session.distributions), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("builder-inited", _page)
    app.connect("source-read", _on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
