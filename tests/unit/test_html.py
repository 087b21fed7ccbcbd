"""The page: well-formed, allowed by hashes alone, every figure with unit and interval, hostile text as text."""

import base64
import hashlib
import itertools
import re
from typing import Any

import msgspec
import pytest

from pages import HOSTILE, Page, hostile, old_session, without_figures
from partywall.distributions import Distribution
from partywall.model import Result, Verdict, VerdictKind
from partywall.report.html import render_html
from partywall.report.html.foot import again
from partywall.session import Session

FIGURE = re.compile(r"-?[0-9.,]+(e[+-]?[0-9]+)?( (ns|us|ms|s|B|KiB|MiB|GiB|per op)|x)")
MOST_BYTES = 3 << 20


@pytest.fixture(scope="module")
def session() -> Session:
    return old_session()


@pytest.fixture(scope="module")
def text(session: Session) -> str:
    return render_html(session.result, session.distributions)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_is_well_formed(page: Page) -> None:
    assert not page.wrong
    assert len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert {link["href"] for link in page.all("a")} <= {f"#{name}" for name in names}


def test_nothing_is_fetched_and_nothing_else_runs(text: str, page: Page) -> None:
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inner = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(inner) == 1
        digest = base64.b64encode(hashlib.sha256(inner[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert len(text) < MOST_BYTES


def test_every_figure_has_its_unit_and_its_interval(page: Page) -> None:
    told = [figure for figure in page.figures if figure.strip() != "-"]
    assert len(told) > 10
    for figure in told:
        value, _, interval = figure.partition("[")
        assert FIGURE.fullmatch(value.strip()), figure
        assert interval.endswith("]") and "," in interval, figure


def test_drawings_are_told_in_words(page: Page) -> None:
    images = page.all("img")
    assert len(images) >= 3
    for image in images:
        assert len(image["alt"]) > 40
        assert int(image["width"]) > 100 and int(image["height"]) > 30


def test_drawings_turn_dark_and_hold_no_script(page: Page) -> None:
    for image in page.all("img"):
        svg = base64.b64decode(image["src"].partition(",")[2]).decode()
        assert "prefers-color-scheme:dark" in svg
        assert "<script" not in svg and "http" not in svg.replace("http://www.w3.org/", "")


def test_the_first_claim_is_answered_before_anything_else(session: Session, text: str) -> None:
    verdict = session.verdicts[0]
    head = text.partition("<main")[0]
    assert verdict.says in head and verdict.verdict.value in head


def hostile_page(session: Session) -> tuple[str, Page]:
    found = hostile(session.result)
    samples = {
        cell.id: msgspec.structs.replace(distribution, cell=cell.id)
        for cell, distribution in zip(found.cells, session.distributions.values(), strict=True)
    }
    text = render_html(found, samples)
    return text, Page(text)


def test_hostile_text_stays_text(session: Session, page: Page) -> None:
    text, bad = hostile_page(session)
    assert not bad.wrong
    assert len(bad.all("script")) == 1
    assert HOSTILE not in text and "\u202e" not in text and "\x1b" not in text
    assert "{{7*7}}" in text
    assert not [name for _, attributes in bad.elements for name in attributes if name[:2] == "on"]
    assert all(image["src"].startswith("data:") for image in bad.all("img"))
    for image in bad.all("img"):
        svg = base64.b64decode(image["src"].partition(",")[2]).decode()
        assert "<script" not in svg and "<img" not in svg


def bad_sessions(result: Result) -> dict[str, Result]:
    change: Any = msgspec.structs.replace
    none = without_figures(result)
    return {
        "no figures": none,
        "nothing": change(none, cells=(), walls=(), host={}, plan=change(result.plan, cells=(), walls=())),
        "one cell": change(result, cells=result.cells[2:3], walls=(), verdicts=(), capacities=()),
        "no claims": change(result, verdicts=(), crossings=()),
        "another machine": change(result, host={"machine": "aarch64", "cpus_allowed": [0], "kernel": 7}),
    }


@pytest.mark.parametrize("kind", ["no figures", "nothing", "one cell", "no claims", "another machine"])
def test_a_poor_session_is_told(session: Session, kind: str) -> None:
    found = bad_sessions(session.result)[kind]
    samples = {cell.id: session.distributions[cell.id] for cell in found.cells if cell.estimates}
    page = Page(render_html(found, samples))
    assert not page.wrong
    words = " ".join(text for texts in page.texts.values() for text in texts)
    assert "Twelve rules" in words
    if kind == "no figures":
        assert "unsupported" in words and "not here" in words


def test_a_claim_without_a_figure_has_no_interval(session: Session) -> None:
    noisy: Verdict = msgspec.structs.replace(
        session.verdicts[0], verdict=VerdictKind.NOISY, value=None, low=None, high=None, why="crowded"
    )
    text = render_html(msgspec.structs.replace(session.result, verdicts=(noisy,)), {})
    head = text.partition("<main")[0]
    assert "NOISY" in head and 'class="value"' not in head


def test_a_distribution_of_nothing_above_zero_is_left_out(session: Session) -> None:
    cell = session.cells[0]
    none = Distribution(
        cell=cell.id, unit="s", per_op=True, first=0, counts=(), below=5, run_medians={0: -1e-9, 1: -2e-9}
    )
    page = Page(render_html(msgspec.structs.replace(session.result, cells=(cell,), verdicts=()), {cell.id: none}))
    assert not page.wrong and not page.all("img")


def test_the_command_measures_the_same_cells(session: Session) -> None:
    words = again(session.result.plan).split()
    assert words[:2] == ["partywall", "run"]
    assert ["--seed", str(session.result.plan.seed)] == words[words.index("--seed") :][:2]
    named = {cell.primitive for cell in session.result.plan.cells if cell.family.value != "reference"}
    assert named <= set(words)
