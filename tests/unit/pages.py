"""Pages read as far as tests without a browser need it, and sessions that are not as they should be."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec

from partywall import store
from partywall.model import Outcome, Result, State, WallResult
from partywall.session import Session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"
HOSTILE = "</script><script>window.hurt=1</script><img src=x onerror='window.hurt=1'>\"&\u202e\x1b[31m{{7*7}}"
VOID = {"meta", "img", "br", "hr", "input", "link"}


class Page(HTMLParser):
    """The elements of a page, the texts of table cells, and what was not closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.figures: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.wrong += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        self._figure = (tag == "td" and ("class", "figure") in attrs) or (self._in_figure() and tag == "span")
        if tag == "td" and ("class", "figure") in attrs:
            self.figures.append("")

    def _in_figure(self) -> bool:
        return bool(getattr(self, "_figure", False))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
        if tag == "td":
            self._figure = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)
        if self._in_figure():
            self.figures[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def old_session() -> Session:
    return Session(store.read(OLD))


def hostile(result: Result) -> Result:
    """The same session as somebody would write it who means harm."""
    change: Any = msgspec.structs.replace
    cells = tuple(
        change(cell, id=HOSTILE + cell.id, factors={HOSTILE: HOSTILE}, reason=HOSTILE) for cell in result.cells
    )
    verdicts = tuple(change(v, says=HOSTILE, quantity=HOSTILE, why=HOSTILE, source=HOSTILE) for v in result.verdicts)
    walls = tuple(
        WallResult(
            id=HOSTILE, host=HOSTILE, outcome=outcome, control=wall.control, evidence={HOSTILE: HOSTILE}, reason=HOSTILE
        )
        for wall, outcome in zip(result.walls, [*Outcome] * len(result.walls), strict=False)
    )
    plan = change(result.plan, source=HOSTILE)
    return change(
        result,
        host={"cpu": HOSTILE, HOSTILE: {HOSTILE: HOSTILE}},
        cells=cells,
        verdicts=verdicts,
        walls=walls,
        plan=plan,
    )


def without_figures(result: Result) -> Result:
    """The same session where no cell could be measured."""
    change: Any = msgspec.structs.replace
    states = [State.UNSUPPORTED, State.NOISY, State.INVALID]
    cells = tuple(
        change(cell, estimates=None, state=states[i % 3], reason="not here") for i, cell in enumerate(result.cells)
    )
    return change(result, cells=cells, verdicts=(), fits=(), crossings=())
