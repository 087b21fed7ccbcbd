"""The reports: plain text that fits, text that stays text, and JSON that meets its published schema."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import msgspec
import pytest

from partywall.fit import Check, CheckState, Crossing, CrossingState, Fit, FitState, Residual, Term
from partywall.model import (
    Cell,
    Control,
    Estimate,
    Estimates,
    Family,
    Mode,
    Outcome,
    Result,
    Shares,
    State,
    Verdict,
    VerdictKind,
    WallResult,
)
from partywall.record import Record
from partywall.report import RENDERERS, render_json, render_text
from partywall.report.document import json_schema
from partywall.session import Session

HOSTILE = "[bold red]x[/] [link=http://e.x]y[/link] :boom: [/] \x1b[31mred\x1b]0;title\x07\n\rforged"
SCHEMA_FILE = "partywall-2.schema.json"
REGENERATE = (
    'python -c "import json; from partywall.report.document import json_schema; '
    f'print(json.dumps(json_schema(), indent=2, sort_keys=True))" > src/partywall/report/{SCHEMA_FILE}'
)


def estimate(value: float, unit: str = "s") -> Estimate:
    return Estimate(value=value, low=0.9 * value, high=1.1 * value, unit=unit)


def cell(name: str = "pipe_pingpong", **changes: Any) -> Cell:
    figures = Estimates(typical=estimate(5e-6), mean=estimate(6e-6), floor=estimate(4e-6), p99=estimate(9e-6))
    whole = Cell(
        id=f"{name}[peer=process]",
        primitive=name,
        family=Family.SWITCH,
        factors={"image": "pristine", "peer": "process", "placement": "same-cpu"},
        estimates=figures,
        runs=9,
        samples=900,
        batch=1,
        state=State.OK,
    )
    return msgspec.structs.replace(whole, **changes)


def verdict(kind: VerdictKind = VerdictKind.WITHIN, **changes: Any) -> Verdict:
    whole = Verdict(
        claim="switch",
        says="a switch costs between one and ten microseconds",
        cell="pipe_pingpong[peer=process]",
        quantity="pipe_pingpong, peer=process, placement=same-cpu, typical",
        verdict=kind,
        why="",
        source="a document",
        value=5e-6,
        low=4e-6,
        high=6e-6,
        bounds=(1e-6, 1e-5),
    )
    return msgspec.structs.replace(whole, **changes)


def fit(state: FitState = FitState.OK, **changes: Any) -> Fit:
    whole = Fit(
        id="fork_wait[peer=process]~resident",
        title="fork + exit + wait, over resident",
        primitive="fork_wait",
        reading="",
        formula="time of one op = constant + slope(resident) x resident",
        conditions={"image": "pristine", "peer": "process"},
        levels={"resident": ("0B", "16MiB", "64MiB")},
        state=state,
        runs=9,
        terms=(Term(name="slope(resident)", estimate=estimate(2.5e-11, "s/B")),) if state == FitState.OK else (),
        residuals=(
            Residual(cell="fork_wait[resident=16MiB]", measured=estimate(5e-4), value=0.03, low=0.01, high=0.05),
            Residual(cell="fork_wait[resident=64MiB]", measured=estimate(2e-3), value=-0.21, low=-0.3, high=-0.2),
        ),
    )
    return msgspec.structs.replace(whole, **changes)


def crossing(**changes: Any) -> Crossing:
    whole = Crossing(
        claim="create",
        fit="fork_wait[peer=process]~resident",
        factor="resident",
        bound=1e-3,
        bound_unit="s",
        unit="B",
        state=CrossingState.FOUND,
        sentence="fork takes 1.00 ms from 36.0 MiB resident on [34.8 MiB, open]",
        value=36.0 * (1 << 20),
        low=34.8 * (1 << 20),
        check=Check(level="36MiB", state=CheckState.REFUTED, measured=estimate(2e-3), reason="x is noisy"),
    )
    return msgspec.structs.replace(whole, **changes)


@pytest.fixture
def result(record: Record) -> Result:
    whole = Session(record, ()).result
    return msgspec.structs.replace(
        whole,
        cells=(cell(), cell("futex_pingpong", state=State.UNSUPPORTED, estimates=None, reason="no futex here")),
        walls=(
            WallResult(
                id="crash.segv_unmapped",
                host="process",
                outcome=Outcome.HOLDS,
                control=Control.DETECTED,
                evidence={"detection": estimate(5e-5), "trials": 9},
            ),
            WallResult(
                id="mem.cow_child",
                host="thread",
                outcome=Outcome.INVALID,
                control=Control.BLIND,
                evidence={},
                reason="the positive control saw nothing",
            ),
        ),
        verdicts=(verdict(), verdict(VerdictKind.ABOVE, quantity="another", why="a virtual machine")),
        fits=(
            fit(),
            fit(FitState.REFUSED, title="fork, over vmas", reason="fork_wait[resident=64MiB] lies 21 % below"),
            fit(FitState.TOO_FEW, title="fork, over fds", reason="fds has 2 levels", residuals=()),
        ),
        crossings=(crossing(), crossing(check=None, value=None, low=None, sentence="fork takes 10.0 ms nowhere")),
    )


def test_text_at_80_columns(result: Result) -> None:
    text = render_text(result, width=80)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in text
    assert text.endswith("\n")
    assert lines[0].startswith("Verdicts, a line for each claim")
    for said in ("WITHIN", "ABOVE", "5.00 us [4.00 us, 6.00 us]", "holds", "blind", "unsupported", "no futex here"):
        assert said in text
    assert text.index("WITHIN") < text.index("Walls") < text.index("switch: time of one op") < text.index("seed 7")


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200])
def test_text_never_runs_over_its_width(result: Result, width: int) -> None:
    assert max(map(len, render_text(result, width=width).splitlines())) <= max(width, 60)


TWO = (Mode(value=1.2e-6, share=0.6), Mode(value=1.9e-6, share=0.4))


def test_modes_between_runs_are_told_beside_the_figures(result: Result) -> None:
    said = "2 modes of its runs: 1.20 us (60 %), 1.90 us (40 %)"
    told = msgspec.structs.replace(result, cells=(cell(modes=TWO, modes_of="runs"),))
    assert said in render_text(told, width=110)
    assert said not in render_text(result, width=110)
    # Those within runs change no interval: they are for who asks for everything.
    told = msgspec.structs.replace(result, cells=(cell(modes=TWO, modes_of="samples"),))
    assert "modes" not in render_text(told, width=110)
    assert "2 modes of the samples in a run: 1.20 us" in render_text(told, width=110, full=True)


@pytest.mark.parametrize("width", [60, 80, 110])
def test_every_figure_where_it_is_asked_for(result: Result, width: int) -> None:
    figures = Estimates(
        typical=estimate(5e-6),
        mean=None,
        floor=estimate(4e-6),
        p999=estimate(2e-5),
        cold=estimate(7e-5),
        no_mean="tail too heavy for a mean, Hill index 1.60 [1.50, 1.70]",
    )
    shares = Shares(run=0.6, trial=0.0, sample=0.4)
    batches = cell(estimates=figures, per_op=False, batch=8, clean=estimate(3e-6), shares=shares, warm_up=0.042)
    text = render_text(msgspec.structs.replace(result, cells=(batches,)), width=width, full=True)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for said in (
        "samples 900 of 9 runs in batches of 8 or more",
        "left out 4.2 % as warm-up",
        "undisturbed 3.00 us [2.70 us, 3.30 us]",
        "first op 70.0 us [63.0 us, 77.0 us]",
        "p1 of batches 4.00 us",
        "p99.9 20.0 us",
        "no mean tail too heavy for a mean, Hill index 1.60 [1.50, 1.70]",
        "varies by runs 60 %, samples 40 %",
    ):
        assert said in flat
    assert "first op" not in render_text(result, width=width)


def test_colour_only_where_asked_for(result: Result) -> None:
    assert "\x1b[" in render_text(result, colour=True, width=80)


def test_environment_variables_do_not_colour_a_file(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" not in render_text(result, width=80)


def hostile(result: Result) -> Result:
    change = msgspec.structs.replace
    return change(
        result,
        host={**result.host, "cpu": HOSTILE, "kernel": HOSTILE},
        cells=(
            cell(
                id=HOSTILE,
                primitive=HOSTILE,
                factors={"image": HOSTILE},
                reason=HOSTILE,
                flags=(HOSTILE,),
                state=State.NOISY,
                modes=TWO,
                modes_of=HOSTILE,
            ),
        ),
        walls=tuple(change(wall, id=HOSTILE, host=HOSTILE, reason=HOSTILE) for wall in result.walls),
        verdicts=(verdict(VerdictKind.ABOVE, says=HOSTILE, quantity=HOSTILE, why=HOSTILE),),
        fits=tuple(
            change(
                one,
                title=HOSTILE,
                reason=HOSTILE,
                formula=HOSTILE,
                conditions={HOSTILE: HOSTILE},
                levels={HOSTILE: (HOSTILE,)},
                terms=tuple(change(term, name=HOSTILE) for term in one.terms),
                residuals=tuple(change(residual, cell=HOSTILE) for residual in one.residuals),
                doubts=tuple(cell.id for cell in result.cells),
            )
            for one in result.fits
        ),
        crossings=(
            crossing(sentence=HOSTILE, check=Check(level=HOSTILE, state=CheckState.UNMEASURED, reason=HOSTILE)),
        ),
    )


def test_hostile_text_stays_text(result: Result) -> None:
    text = render_text(hostile(result), width=300, full=True)
    assert "[bold red]x[/]" in text
    assert "[link=http://e.x]y[/link] :boom: [/]" in text
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("forged") for line in text.splitlines())
    coloured = render_text(hostile(result), colour=True, width=300)
    assert "\x1b]" not in coloured
    assert "\x1b[31mred" not in coloured
    assert "\x07" not in coloured


def test_models_come_after_the_figures_and_a_refused_one_shows_its_residuals(result: Result) -> None:
    text = render_text(result, width=100)
    section = text[text.index("Models and crossings") :]
    assert text.index("switch: time of one op") < text.index("Models and crossings") < text.index("\nmachine ")
    for said in (
        "fork + exit + wait, over resident (process)",
        "time of one op = constant + slope(resident) x resident",
        "slope(resident)  26.2 us/MiB [23.6 us/MiB, 28.8 us/MiB]",
        "-21.0 % [-30.0 %, -20.0 %]",
        "refused: fork_wait[resident=64MiB] lies 21 % below",
        "fork, over fds: fds has 2 levels",
        "fork takes 1.00 ms from 36.0 MiB resident on [34.8 MiB, open]",
        "refuted: measured at 36MiB: 2.00 ms [1.80 ms, 2.20 ms]; x is noisy",
        "fork takes 10.0 ms nowhere",
    ):
        assert said in section
    refused = section[section.index("refused:") :]
    assert "500 us [450 us, 550 us] +3.0 % [+1.0 %, +5.0 %]" in " ".join(refused.split())
    assert "slope(resident)" not in refused


def test_cells_behind_a_model_are_named_by_their_levels(result: Result) -> None:
    places = tuple(
        cell("fork_wait", id=f"fork_wait[resident={level}]", factors={"resident": level}, state=state)
        for level, state in (("16MiB", State.NOISY), ("64MiB", State.OK), ("32MiB", State.NOISY))
    )
    doubts = (places[0].id, places[2].id)
    text = render_text(
        msgspec.structs.replace(result, cells=places, fits=(fit(doubts=doubts), fit(FitState.REFUSED))), width=100
    )
    assert "farthest off: 64MiB, by -21.0 %" in text
    assert "  noisy: 16MiB, 32MiB" in text
    assert "16MiB 500 us [450 us, 550 us] +3.0 %" in " ".join(text.split())


def test_cells_that_check_are_told_with_their_crossing_only(result: Result) -> None:
    check = cell("fork_wait", id="fork_wait[]@check")
    planned = msgspec.structs.replace(result.plan.cells[0], id=check.id, role="check")
    plan = msgspec.structs.replace(result.plan, cells=(*result.plan.cells, planned))
    text = render_text(msgspec.structs.replace(result, plan=plan, cells=(*result.cells, check)), width=100)
    assert text == render_text(result, width=100)


def test_an_empty_session_has_a_report(record: Record) -> None:
    plan = type(record.plan)(seed=1, profile=record.plan.profile)
    nothing = Session(replace(record, plan=plan, trials=(), wall_trials=(), host={})).result
    for render in RENDERERS.values():
        assert render(nothing, {}).endswith("\n")


def test_json_meets_its_schema(result: Result, record: Record) -> None:
    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for found in (result, hostile(result), Session(record).result):
        document = json.loads(render_json(found))
        validator.validate(document)
        assert document["schema"] == "partywall/2"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**document, "cells": "none"})


def test_json_reads_back(result: Result) -> None:
    bare = msgspec.structs.replace(result, walls=())
    assert msgspec.json.decode(render_json(bare), type=Result) == bare


def test_the_published_schema_is_that_of_the_code() -> None:
    published = files("partywall.report").joinpath(SCHEMA_FILE)
    current = json.loads(json.dumps(json_schema()))
    assert json.loads(published.read_text(encoding="utf-8")) == current, f"regenerate with: {REGENERATE}"
