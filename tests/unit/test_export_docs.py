"""What docs/exports.md tells people to type does what it says."""

import re
from pathlib import Path

import duckdb
import numpy as np
import pytest

from partywall import store
from partywall.export import EXPORTERS
from partywall.report import RENDERERS
from partywall.session import Session

ROOT = Path(__file__).parent.parent.parent
OLD = ROOT / "tests" / "fixtures" / "session-1.parquet"
TEXT = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session(store.read(OLD))
    store.write(session.record, tmp_path / "session.parquet")
    monkeypatch.chdir(tmp_path)
    return session


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_duckdb_finds_the_medians_of_runs(here: Session) -> None:
    rows = duckdb.connect().execute(block("sql")).fetchall()
    ids = [planned.id for planned in here.record.plan.cells]
    expected = {}
    for trial in here.record.trials:
        values, ops = here.record.samples.rows(trial.first, trial.count)
        expected[ids[trial.cell], trial.run] = (float(np.median(values / ops)), trial.count)
    assert len(rows) == len(expected)
    for cell, run, median, count in rows:
        assert (pytest.approx(median), count) == expected[cell, run]


def test_the_frames_are_printed(here: Session, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("python"), "exports.md", "exec"), {})
    assert "fork_wait" in capsys.readouterr().out


def test_every_format_is_described() -> None:
    for name in EXPORTERS:
        assert f"--to {name}" in TEXT
    assert RENDERERS.keys() >= {"csv", "json", "latex", "markdown", "text"}
    assert (ROOT / "src" / "partywall" / "report" / "partywall-2.schema.json").is_file()
