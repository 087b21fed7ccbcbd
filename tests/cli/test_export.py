"""``partywall export``: what goes where, and one line on stderr for whatever goes wrong."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from partywall import store
from partywall.export import EXPORTERS
from partywall.record import Record
from partywall.session import Session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_every_format_to_a_file(partywall: Call, tmp_path: Path, name: str) -> None:
    run = partywall("export", str(OLD), "--to", name, "-o", "out")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (tmp_path / "out").read_bytes().decode() == EXPORTERS[name](Session(store.read(OLD))).text


def test_to_stdout(partywall: Call) -> None:
    run = partywall("export", str(OLD), "--to", "pyperf")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == EXPORTERS["pyperf"](Session(store.read(OLD))).text


def test_what_is_left_out_is_named_on_stderr(partywall: Call, record: Record, tmp_path: Path) -> None:
    store.write(record, tmp_path / "few.parquet")
    run = partywall("export", "few.parquet", "--to", "openmetrics")
    assert run.returncode == 0
    assert run.stdout.endswith("# EOF\n")
    (line,) = run.stderr.splitlines()
    assert line.startswith("no figures in openmetrics of 2 cells: invalid: ")
    run = partywall("export", "few.parquet", "--to", "pyperf", "-o", "out.json")
    assert (run.returncode, run.stdout) == (2, "")
    assert "no cell" in run.stderr
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("target", ["missing/out", "under/out", "."])
def test_an_unwritable_path_is_one_line_and_no_file(partywall: Call, tmp_path: Path, target: str) -> None:
    (tmp_path / "under").write_text("no directory")
    run = partywall("export", str(OLD), "--to", "csv", "-o", target)
    assert (run.returncode != 0, run.stdout) == (True, "")
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert "cannot be written" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["under"]


def test_a_file_that_was_there_is_replaced_whole(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("x" * 10**6)
    assert partywall("export", str(OLD), "--to", "hyperfine", "-o", "out.json").returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["results"]


@pytest.mark.parametrize("arguments", [[], ["--to", "cuneiform"]])
def test_a_format_that_is_none(partywall: Call, arguments: list[str]) -> None:
    run = partywall("export", str(OLD), *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert "pyperf" in run.stderr
