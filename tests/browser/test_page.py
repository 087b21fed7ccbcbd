"""The page in a real browser without a network: it renders, fetches nothing, sorts, and keeps hostile text as text."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pages import HOSTILE, hostile, old_session
from partywall import store
from partywall.report.html import render_html
from partywall.session import Session

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra test")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GALLERY = Path(__file__).parents[2] / "docs" / "gallery" / "fork-and-thread.parquet"
PHONE = {"width": 390, "height": 844}
# Relative luminance as WCAG 2 defines it; the ratio that it asks of small text is 4.5.
CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => { for (; node; node = node.parentElement) {
    const colour = rgb(getComputedStyle(node).backgroundColor); if (colour[3] > 250) return colour; }
    return [255, 255, 255, 255]; };
  let worst = 21;
  for (const node of document.body.querySelectorAll("*")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
    if (node.matches("script, style")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    worst = Math.min(worst, (a + 0.05) / (b + 0.05));
  }
  return worst;
}"""


class Visit:
    """A page that was opened, and all that it said or asked for meanwhile."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def fetched(self) -> list[str]:
        return [url for url in self.asked[1:] if not url.startswith("data:")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    session = old_session()
    place = tmp_path_factory.mktemp("page") / "page.html"
    place.write_text(render_html(session.result, session.distributions), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def visit(browser: Any, path: Path) -> Visit:
    return Visit(browser, path, viewport={"width": 1280, "height": 800})


def test_it_renders_and_asks_for_nothing(visit: Visit) -> None:
    assert visit.page.title().startswith("partywall")
    assert visit.page.locator("img").count() >= 3
    loaded = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert visit.page.eval_on_selector_all("img", loaded)
    assert visit.said == []
    assert visit.fetched() == []


def test_the_first_answer_is_on_the_first_screen(visit: Visit) -> None:
    box = visit.page.locator(".answers li").first.bounding_box()
    assert box["y"] + box["height"] < 800


def test_a_table_is_sorted_by_keyboard(visit: Visit) -> None:
    table = visit.page.locator("#figures table.sort").first
    values = "rows => rows.map(row => Number(row.querySelector('td.figure').dataset.sort))"
    button = table.locator("th.figure button").first
    button.focus()
    visit.page.keyboard.press("Enter")
    rising = table.locator("tbody tr").evaluate_all(values)
    assert rising == sorted(rising) and len(rising) > 1
    visit.page.keyboard.press("Enter")
    assert table.locator("tbody tr").evaluate_all(values) == rising[::-1]
    assert table.locator("th.figure").first.get_attribute("aria-sort") == "descending"


def test_a_mark_leads_to_its_evidence(browser: Any, path: Path) -> None:
    page = Visit(browser, path).page
    mark = page.locator(".matrix td a").first
    target = page.locator(str(mark.get_attribute("href")))
    assert not target.is_visible()
    mark.click()
    target.wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser: Any, path: Path, scheme: str) -> None:
    assert Visit(browser, path, color_scheme=scheme).page.evaluate(CONTRAST) >= 4.5


def test_a_phone_scrolls_down_only(browser: Any, path: Path) -> None:
    page = Visit(browser, path, viewport=PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_phone_breaks_long_names_and_all_that_was_folded(browser: Any, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    session = Session(store.read(GALLERY))
    place.write_text(render_html(session.result, session.distributions), encoding="utf-8")
    page = Visit(browser, place, viewport=PHONE).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_tables_need_no_script(browser: Any, path: Path) -> None:
    page = Visit(browser, path, java_script_enabled=False).page
    assert page.locator("table.sort").first.is_visible()
    assert page.locator("th button").count() == 0


def test_it_prints(browser: Any, path: Path) -> None:
    assert Visit(browser, path).page.pdf().startswith(b"%PDF")


def test_hostile_text_stays_text(browser: Any, tmp_path: Path) -> None:
    place = tmp_path / "bad.html"
    place.write_text(render_html(hostile(old_session().result), {}), encoding="utf-8")
    visit = Visit(browser, place)
    assert visit.page.evaluate("window.hurt") is None
    assert visit.page.locator("img[src='x']").count() == 0
    assert "</script><script>" in visit.page.locator(".answers").inner_text()
    assert visit.said == [] and visit.fetched() == []
    assert HOSTILE.split("\u202e")[0] in visit.page.locator("h3").first.inner_text()
