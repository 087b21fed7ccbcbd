"""Sections and charts of what only some sessions have: sweeps, phases, prices; and the charts as files."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

import partywall as pw
from pages import OLD, Page, old_session
from partywall.cli.report_command import command
from partywall.errors import InputError, PartywallError
from partywall.fit import FitState
from partywall.model import Contained, Estimate, Outcome, Price, Result
from partywall.report.charts import find_charts
from partywall.report.charts.sweeps import sweep_charts
from partywall.report.html import render_html
from partywall.report.parts import find_parts
from partywall.session import Session
from sweeps import EMPTY, forks
from synthetic import session

PNG = b"\x89PNG\r\n\x1a\n"


def estimate(value: float, unit: str = "s") -> Estimate:
    return Estimate(value=value, low=0.9 * value, high=1.1 * value, unit=unit)


@pytest.fixture(scope="module")
def swept() -> Result:
    return Session(session([EMPTY, *forks()])).result


def words(page: Page) -> str:
    return " ".join(text for texts in page.texts.values() for text in texts)


def test_a_sweep_is_drawn_with_its_model_and_told_with_its_terms(swept: Result) -> None:
    assert [fit.state for fit in swept.fits] == [FitState.OK]
    page = Page(render_html(swept, {}))
    assert not page.wrong
    assert "slope(resident)" in words(page)
    chart = next(sweep_charts(swept))
    assert all(point["model"] == pytest.approx(point["value"], rel=0.1) for point in chart.data["points"])
    assert {point["x"] for point in chart.data["points"]} >= {0.0, float(64 << 20)}


def test_a_refused_model_has_no_line(swept: Result) -> None:
    refused = msgspec.structs.replace(swept.fits[0], state=FitState.REFUSED, terms=(), reason="off by 30 %")
    page = Page(render_html(msgspec.structs.replace(swept, fits=(refused,)), {}))
    assert "off by 30 %" in words(page)
    lines = [next(sweep_charts(msgspec.structs.replace(swept, fits=fits))).svg() for fits in ((refused,), swept.fits)]
    assert ["mark-line" in svg for svg in lines] == [False, True]


def test_prices_are_told_where_there_are_any(swept: Result) -> None:
    price = Price(
        mechanism="thread",
        title="a thread",
        create=estimate(2e-5),
        memory=estimate(30000.0, "B"),
        contains=(Contained(act="a crash", wall="crash.bus", host="thread", outcome=Outcome.BROKEN),),
        reason="no call was measured",
    )
    page = Page(render_html(msgspec.structs.replace(swept, prices=(price,)), {}))
    assert not page.wrong
    assert "a crash: broken" in words(page) and "no call was measured" in words(page)
    assert any(figure.startswith("20.0 us [18.0 us, 22.0 us]") for figure in page.figures)


def test_times_within_an_op_become_parts_of_it(swept: Result) -> None:
    plan, cell = swept.plan, swept.cells[-1]
    whole = next(i for i, planned in enumerate(plan.cells) if planned.id == cell.id)
    reading = msgspec.structs.replace(plan.cells[whole], id="r", reading="child_starts", of=whole, unit="s")
    assert cell.estimates is not None
    half = estimate(cell.estimates.typical.value / 2)
    read = msgspec.structs.replace(
        cell, id="r", reading="child_starts", estimates=msgspec.structs.replace(cell.estimates, typical=half)
    )
    result = msgspec.structs.replace(
        swept, plan=msgspec.structs.replace(plan, cells=(*plan.cells, reading)), cells=(*swept.cells, read)
    )
    (parts,) = find_parts(result)
    assert parts.ends == (("child starts", half.value), ("end", parts.whole))
    assert "child starts" in words(Page(render_html(result, {})))


def test_charts_are_files(tmp_path: Path) -> None:
    for kind in ("svg", "png"):
        place = tmp_path / kind
        done = CliRunner().invoke(command, [str(OLD), "--charts", str(place), "--chart-format", kind])
        assert done.exit_code == 0, done.output
        files = sorted(place.iterdir())
        old = old_session()
        assert len(files) == len(list(find_charts(old.result, old.distributions)))
        assert all(file.suffix == f".{kind}" for file in files)
        starts = {file.read_bytes()[: len(PNG)] for file in files}
        assert starts == {PNG} if kind == "png" else all(start.startswith(b"<svg") for start in starts)


@pytest.mark.parametrize(("name", "start"), [("x.html", "<!DOCTYPE html>"), ("x.json", "{"), ("x.out", "<!DOCTYPE")])
def test_the_name_of_the_file_says_the_format(tmp_path: Path, name: str, start: str) -> None:
    done = CliRunner().invoke(command, [str(OLD), "-o", str(tmp_path / name)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_api_makes_the_same_documents() -> None:
    session = old_session()
    assert pw.render(session) == render_html(session.result, session.distributions)
    with pytest.raises(InputError, match="no format is called 'pdf'"):
        pw.render(session, "pdf")


def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    for arguments, kind, says in (
        (["-o", "/proc/nowhere/x.html"], PartywallError, "cannot be written"),
        (["--charts", "/proc/nowhere"], PartywallError, "cannot be made"),
        (["--to", "pdf"], InputError, "no format is called 'pdf'; there are "),
        (["--charts", str(tmp_path), "--to", "html"], InputError, "charts alone"),
    ):
        done = CliRunner().invoke(command, [str(OLD), *arguments])
        assert isinstance(done.exception, kind) and says in str(done.exception)
    assert not list(tmp_path.iterdir())
