"""The command line: its output, its exit codes, and one line on stderr for whatever goes wrong.

The files in golden/ are what --help and list print; PARTYWALL_GOLDEN=1 in the environment writes them anew.
"""

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from partywall import store
from partywall.model import WallTrial
from partywall.record import Record
from partywall.report.document import json_schema

GOLDEN = Path(__file__).parent / "golden"
Call = Callable[..., subprocess.CompletedProcess[str]]


def refused(run: subprocess.CompletedProcess[str], code: int, *says: str) -> None:
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith("partywall: ")
    for text in says:
        assert text in run.stderr


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ["list"]),
        ("help", ["--help"]),
        ("compare-help", ["compare", "--help"]),
        ("run-help", ["run", "--help"]),
        ("sessions-help", ["sessions", "--help"]),
        ("show-help", ["show", "--help"]),
    ],
)
def test_golden(partywall: Call, name: str, arguments: list[str]) -> None:
    run = partywall(*arguments)
    assert (run.returncode, run.stderr) == (0, "")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("PARTYWALL_GOLDEN"):
        path.write_text(run.stdout, encoding="utf-8")
    assert run.stdout == path.read_text(encoding="utf-8")


def test_list_as_json(partywall: Call) -> None:
    listing = json.loads(partywall("list", "--json").stdout)
    names = [primitive["name"] for primitive in listing["primitives"]]
    assert "pipe_pingpong" in names
    assert {"name", "host", "title"} == set(listing["walls"][0])


def test_version(partywall: Call) -> None:
    run = partywall("version")
    assert run.returncode == 0
    assert re.fullmatch(r"partywall \d+\.\d+\.\d+\S* \(\S+ [\d.]+, \w+, (static|dynamic) worker\)\n", run.stdout)


def test_no_command_is_usage(partywall: Call) -> None:
    run = partywall()
    assert run.returncode == 2
    assert "Usage: partywall" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], ["frobnicate"]),
        (["run", "--frobnicate"], ["--frobnicate"]),
        (["run", "fork_wat"], ["'fork_wat'", "fork_wait"]),
        (["run", "fork_wait", "--set", "colour=red"], ["'colour'", "fork_wait"]),
        (["run", "fork_wait", "--set", "colour"], ["'colour'", "FACTOR=LEVEL"]),
        (["run", "fork_wait", "--set", "peer="], ["'peer='", "FACTOR=LEVEL"]),
        (["run", "pipe_message", "--set", "message=big"], ["'big'"]),
        (["run", "pipe_pingpong", "--peer", "thread", "--set", "peer=process"], ["twice"]),
        (["run", "pipe_pingpong", "--placement", "mars"], ["'mars'", "same-cpu"]),
        (["run", "--budget", "soon"], ["'soon'", "ms"]),
        (["run", "--budget", "60"], ["'60'", "units"]),
        (["run", "--budget", "1ms"], ["too short"]),
        (["run", "fork_wait", "--precision", "2"], ["--precision", "'2'", "2%"]),
        (["run", "fork_wait", "--precision", "-1%"], ["--precision", "'-1%'"]),
        (["run", "fork_wait", "--precision", "nan%"], ["--precision", "'nan%'"]),
        (["run", "fork_wait", "--precision", "0%"], ["precision 0 %", "between"]),
        (["run", "fork_wait", "--precision", "1000%"], ["precision 1000 %", "between"]),
        (
            ["run", "fork_wait", "--precision", "1%", "--budget", "20ms"],
            ["20.0 ms", "a pilot of 10 runs"],
        ),
        (["run", "fork_wait", "--pooled"], ["pilot", "precision"]),
        (["run", "--resume", "s.parquet", "--precision", "1%"], ["--resume"]),
        (["run", "fork_wait", "--sessions", "0"], ["0"]),
        (["run", "fork_wait", "--pause", "1s"], ["--pause", "--sessions"]),
        (["run", "--resume", "s.parquet", "--sessions", "2"], ["--resume"]),
        (["sessions", "missing.parquet"], ["missing.parquet"]),
        (["run", "--profile", "hasty"], ["'hasty'", "quick"]),
        (["run", "--seed", "-1"], ["seed"]),
        (["run", "--seed", "9" * 30], ["seed"]),
        (["run", "null_syscall", "-o", "missing/s.parquet"], ["missing/s.parquet"]),
        (["run", "--resume", "s.parquet"], ["s.parquet.journal", "nothing to resume"]),
        (["run", "null_syscall", "--resume", "s.parquet"], ["--resume"]),
        (["run", "--claims", "missing.toml"], ["missing.toml", "No such file"]),
        (["show", "missing.parquet"], ["missing.parquet", "no such file"]),
        (["show"], ["FILE"]),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_exit_2(
    partywall: Call, tmp_path: Path, arguments: list[str], says: list[str]
) -> None:
    refused(partywall(*arguments), 2, *says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["[[claim", "x = 1", '[[claim]]\nid = "a"\nkind = "guess"', "\x00", ""])
def test_malformed_claims(partywall: Call, tmp_path: Path, content: str) -> None:
    claims = tmp_path / "mine.toml"
    claims.write_text(content)
    refused(partywall("run", "null_syscall", "--claims", "mine.toml"), 2, "mine.toml")
    assert list(tmp_path.iterdir()) == [claims]


def test_a_truncated_session(partywall: Call, tmp_path: Path, record: Record) -> None:
    path = tmp_path / "s.parquet"
    store.write(record, path)
    path.write_bytes(path.read_bytes()[:-20])
    refused(partywall("show", "s.parquet"), 2, "s.parquet")


@pytest.mark.parametrize("content", ["", "mine"])
def test_nothing_is_written_over(partywall: Call, tmp_path: Path, content: str) -> None:
    path = tmp_path / "s.parquet"
    path.write_text(content)
    refused(partywall("run", "null_syscall", "-o", "s.parquet"), 2, "s.parquet", "not written over")
    assert path.read_text() == content
    assert list(tmp_path.iterdir()) == [path]


def test_an_unfinished_session_is_not_begun_again(partywall: Call, tmp_path: Path) -> None:
    journal = tmp_path / "s.parquet.journal"
    journal.write_bytes(b"partywall-journal/1\n")
    refused(partywall("run", "null_syscall", "-o", "s.parquet"), 2, "--resume")
    assert list(tmp_path.iterdir()) == [journal]


@pytest.mark.parametrize("content", [b"", b"something else"])
def test_a_journal_that_is_none(partywall: Call, tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "s.parquet.journal"
    journal.write_bytes(content)
    refused(partywall("run", "--resume", "s.parquet"), 2, "s.parquet.journal")
    assert journal.read_bytes() == content


def test_a_placement_that_is_not_here_is_an_unsupported_cell(partywall: Call) -> None:
    run = partywall("run", "pipe_pingpong", "--set", "placement=cross-node", "--peer", "thread", "--json", "-")
    assert run.returncode == 0, run.stderr
    states = {cell["primitive"]: cell for cell in json.loads(run.stdout)["cells"]}
    if states["pipe_pingpong"]["state"] != "unsupported":
        pytest.skip("this machine has two nodes")
    assert "cross-node" in states["pipe_pingpong"]["reason"]
    assert states["null_syscall"]["estimates"]


def valid(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft202012Validator(json_schema()).validate(document)
    return document


def test_json_on_stdout_is_nothing_but_json(partywall: Call, tmp_path: Path) -> None:
    run = partywall("run", "null_syscall", "--seed", "4", "-o", "s.parquet", "--json", "-")
    assert run.returncode == 0, run.stderr
    document = valid(run.stdout)
    assert document["plan"]["seed"] == 4
    # Without a terminal there is no progress line, only where the session is.
    assert run.stderr == "session  s.parquet  (partywall show s.parquet)\n"
    assert [p.name for p in tmp_path.iterdir()] == ["s.parquet"]
    shown = partywall("show", "s.parquet", "--json", "-")
    assert shown.returncode == 0
    assert valid(shown.stdout) == document


def test_the_session_has_a_name_of_its_own_by_default(partywall: Call, tmp_path: Path) -> None:
    run = partywall("run", "null_syscall")
    assert run.returncode == 0, run.stderr
    (path,) = tmp_path.iterdir()
    assert re.fullmatch(r"partywall-\d{8}-\d{6}\.parquet", path.name)
    assert path.name in run.stderr
    assert "\x1b" not in run.stdout + run.stderr
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_show_prints_text_and_writes_json_beside_it(partywall: Call, tmp_path: Path, record: Record) -> None:
    store.write(record, tmp_path / "s.parquet")
    run = partywall("show", "s.parquet", "--json", "out.json")
    assert (run.returncode, run.stderr) == (0, "")
    assert "seed 7" in run.stdout
    valid((tmp_path / "out.json").read_text(encoding="utf-8"))


def test_show_prints_all_facts_of_one_wall(partywall: Call, tmp_path: Path, record: Record) -> None:
    trial = WallTrial(wall="mem.cow_child", host="process", run=0, facts={"leaked_bytes": 3})
    plan = msgspec.structs.replace(record.plan, walls=(("mem.cow_child", "process"),))
    store.write(dataclasses.replace(record, plan=plan, wall_trials=(trial,)), tmp_path / "s.parquet")
    run = partywall("show", "s.parquet", "--wall", "mem.*", "--host", "process")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("mem.cow_child (process): invalid, control blind\n")
    assert "leaked_bytes  3" in run.stdout
    refused(partywall("show", "s.parquet", "--wall", "mem.x"), 2, "no wall 'mem.x' in this session")
    refused(partywall("show", "s.parquet", "--host", "process"), 2, "--host goes with --wall")
    refused(partywall("show", "s.parquet", "--wall", "mem.*", "--json", "-"), 2, "leave it out")


def test_json_that_cannot_be_written_is_one_line(partywall: Call, tmp_path: Path, record: Record) -> None:
    store.write(record, tmp_path / "s.parquet")
    refused(partywall("show", "s.parquet", "--json", "missing/out.json"), 5, "missing/out.json")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, environment: dict[str, str], record: Record) -> None:
    store.write(record, tmp_path / "s.parquet")
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "partywall", "show", "s.parquet"],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writing)
    assert "Traceback" not in run.stderr


LOADED = "import json, sys; {}; print('\\n' + json.dumps(sorted(sys.modules)))"


def loaded(code: str, cwd: Path) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", LOADED.format(code)], cwd=cwd, capture_output=True, text=True, timeout=120, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_partywall_loads_nothing_heavy(tmp_path: Path) -> None:
    assert not {"numpy", "scipy", "pyarrow", "click", "rich", "partywall._core"} & loaded("import partywall", tmp_path)


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["list"]])
def test_light_commands_load_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    code = f"from partywall.cli import group; group.main({arguments!r}, standalone_mode=False)"
    assert not {"numpy", "scipy", "pyarrow", "partywall._core"} & loaded(code, tmp_path)


def test_show_does_not_load_the_core(tmp_path: Path, record: Record) -> None:
    store.write(record, tmp_path / "s.parquet")
    code = "from partywall.cli import group; group.main(['show', 's.parquet'], standalone_mode=False)"
    modules = loaded(code, tmp_path)
    assert "partywall.store" in modules
    assert not {"partywall._core", "partywall.native"} & modules


def test_a_session_compared_with_itself(partywall: Call, record: Record, tmp_path: Path) -> None:
    target = tmp_path / "one.parquet"
    store.write(record, target)
    run = partywall("compare", str(target), str(target), "--fail-on", "different")
    assert (run.returncode, run.stderr) == (0, "")
    assert "0 slower, 0 faster" in run.stdout
    document = json.loads(partywall("compare", str(target), str(target), "--json", "-").stdout)
    assert document["schema"] == "partywall-comparison/1"
    assert [arm["cell"] for arm in document["arms"]] == [cell.id for cell in record.plan.cells]


@pytest.mark.parametrize("band", ["2", "-1%", "x%"])
def test_a_band_is_a_share(partywall: Call, band: str) -> None:
    refused(partywall("compare", "a", "b", f"--band={band}"), 2, "such as 2%")


def test_several_sessions_are_written_and_told_together(partywall: Call, tmp_path: Path) -> None:
    run = partywall("run", "null_syscall", "--seed", "4", "--sessions", "2", "--pause", "10ms", "-o", "s.parquet")
    assert run.returncode == 0, run.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s-1.parquet", "s-2.parquet"]
    assert "typical over 2 sessions [range of 2: too few for an interval, six are needed]" in run.stdout
    assert [store.read(tmp_path / f"s-{i}.parquet").plan.seed for i in (1, 2)] == [4, 5]
    again = partywall("sessions", "s-1.parquet", "s-2.parquet")
    assert (again.returncode, again.stdout) == (0, run.stdout)
    cells = json.loads(partywall("sessions", "s-1.parquet", "s-2.parquet", "--json", "-").stdout)
    assert {cell["sessions"] for cell in cells} == {2}


def test_none_of_several_sessions_is_written_over(partywall: Call, tmp_path: Path) -> None:
    (tmp_path / "s-2.parquet").write_text("mine")
    refused(
        partywall("run", "null_syscall", "--sessions", "2", "-o", "s.parquet"), 2, "s-2.parquet", "not written over"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["s-2.parquet"]
