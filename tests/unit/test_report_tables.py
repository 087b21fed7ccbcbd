"""Markdown and LaTeX: tables that parse, verdicts first, and text that stays text."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexWalker

from partywall import store
from partywall.model import Control, Estimate, Outcome, Price, Result, WallResult
from partywall.record import Record
from partywall.report import RENDERERS
from partywall.session import Session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"
HOSTILE = (
    "| <b>x</b> *y* _z_ `c` [l](http://e.x) ![i](j) &amp; $m$ www.e.x ~~s~~ [1]: /u\n# h\r- l "
    "\\input{/etc/passwd} \\end{longtable} %c & #1 {} ^ \x1b[31m \N{RIGHT-TO-LEFT OVERRIDE}"
)


def hostile(record: Record) -> Result:
    found = Session(record, ()).result
    change = msgspec.structs.replace
    cells = tuple(change(cell, primitive=HOSTILE, factors={"image": HOSTILE}, reason=HOSTILE) for cell in found.cells)
    wall = WallResult(
        id=HOSTILE, host=HOSTILE, outcome=Outcome.INVALID, control=Control.BLIND, evidence={}, reason=HOSTILE
    )
    return change(found, host={"cpu": HOSTILE, "kernel": HOSTILE}, cells=cells, walls=(wall,))


def html(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


def macros(nodes: Any) -> set[str]:
    found: set[str] = set()
    for node in nodes or ():
        if isinstance(node, LatexMacroNode):
            found.add(node.macroname)
        inner = [*(getattr(node, "nodelist", None) or ())]
        arguments = getattr(getattr(node, "nodeargd", None), "argnlist", None) or ()
        found |= macros([*inner, *filter(None, arguments)])
    return found


def parsed(text: str) -> Any:
    return LatexWalker(text, tolerant_parsing=False).get_latex_nodes()[0]


@pytest.fixture
def old() -> Result:
    return Session(store.read(OLD)).result


def test_markdown_has_the_verdicts_first_and_parses_as_tables(old: Result) -> None:
    page = html(RENDERERS["markdown"](old, {}))
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[0].startswith("What the documents say")
    assert headings.index("Walls") > headings.index("create: time of one op, median over fresh workers")
    assert page.count("<table>") == sum(name != "Machine, clock and plan" for name in headings)
    assert re.search(
        r"<td>fork_wait</td>\s*<td>process same-cpu</td>\s*<td>67\.0 us \[[\d.]+ us, [\d.]+ us\]</td>", page
    )


def test_latex_parses_and_holds_the_same_figures(old: Result) -> None:
    text = RENDERERS["latex"](old, {})
    nodes = parsed(text)
    tables = [node for node in nodes if isinstance(node, LatexEnvironmentNode) and node.environmentname == "longtable"]
    assert len(tables) == text.count("\\toprule") >= 4
    told = LatexNodes2Text().nodelist_to_text(nodes)
    assert "fork_wait" in told
    assert re.search(r"67\.0 us \[[\d.]+ us, [\d.]+ us\]", told)


def test_every_row_of_a_table_has_all_columns(old: Result) -> None:
    table = [line for line in RENDERERS["latex"](old, {}).splitlines() if line.endswith("\\\\")]
    counts = [len(re.findall(r"(?<!\\)&", line)) for line in table]
    assert set(counts) <= {4, 5}


def test_hostile_text_stays_text_in_markdown(record: Record) -> None:
    clean = html(RENDERERS["markdown"](Session(record, ()).result, {}))
    page = html(RENDERERS["markdown"](hostile(record), {}))
    assert not re.findall(r"<(?:b|em|strong|code|a|img|s|h1|del|pre|hr)[ >]", page.replace("<h1>partywall", ""))
    assert set(re.findall(r"<(\w+)", page)) <= set(re.findall(r"<(\w+)", clean)) | {"table", "ul", "li"}
    assert "&lt;b&gt;x&lt;/b&gt; *y* _z_ `c` [l](http://e.x) ![i](j) &amp;amp; $m$" in page
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    assert {row.count("<td>") + row.count("<th>") for row in rows} <= {5, 6}
    assert "\x1b" not in page


def test_hostile_text_stays_text_in_latex(record: Record) -> None:
    text = RENDERERS["latex"](hostile(record), {})
    nodes = parsed(text)
    assert not {"input", "write", "href"} & macros(nodes)
    told = LatexNodes2Text().nodelist_to_text(nodes)
    assert "\\input{/etc/passwd} \\end{longtable} %c & #1 {} " in told
    assert "*y* _z_ `c` [l](http://e.x) ![i](j) &amp; $m$" in told
    assert text.isascii() or "\x1b" not in text


def test_prices_where_there_are_any(old: Result) -> None:
    price = Price(
        mechanism="thread", title="a thread", create=Estimate(value=1e-5, low=9e-6, high=1.1e-5), reason="no call"
    )
    told = msgspec.structs.replace(old, prices=(price,))
    for name in ("markdown", "latex"):
        text = RENDERERS[name](told, {}).replace("{[}", "[").replace("{]}", "]")
        assert "10.0 us [9.00 us, 11.0 us]" in text
        assert "a thread: no call" in text


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_bad_sessions_render(record: Record, name: str) -> None:
    one = replace(record, plan=msgspec.structs.replace(record.plan, cells=record.plan.cells[:1]))
    one = replace(one, trials=tuple(trial for trial in record.trials if trial.cell == 0))
    elsewhere = replace(record, host={"machine": "aarch64"})
    nothing = replace(record, trials=(), wall_trials=())
    for session in (record, one, elsewhere, nothing):
        text = RENDERERS[name](Session(session, ()).result, {})
        assert text.endswith("\n")
        assert "invalid" in text
