"""``partywall check``: the exit codes, the files, and one line for whatever cannot be meant."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"


def claim(name: str, high: str, primitive: str = "fork_wait", low: str = "0 ms", factors: str = "") -> str:
    return (
        f'[[claim]]\nid = "{name}"\nsays = "It is so."\nkind = "range"\nlow = "{low}"\nhigh = "{high}"\n'
        f'[[claim.quantity]]\nprimitive = "{primitive}"\nfactors = {{ {factors} }}\n'
    )


HOLDS = claim("generous", "10 s")
FAILS = claim("impossible", "1 ns")
UNDECIDED = claim("on-the-edge", "67 us")
MISSING = claim("elsewhere", "10 s", factors='resident = "1GiB"')


@pytest.fixture
def check(partywall: Call, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Check the session of the first schema against claims."""
    shutil.copy(OLD, tmp_path / "s.parquet")

    def call(claims: str, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "claims.toml").write_text('source = "our budget"\n' + claims, encoding="utf-8")
        return partywall("check", "s.parquet", "--claims", "claims.toml", *options)

    return call


@pytest.mark.parametrize(
    ("claims", "options", "code", "first"),
    [
        (HOLDS, [], 0, "WITHIN"),
        (HOLDS + UNDECIDED + FAILS, [], 1, "ABOVE"),
        (HOLDS + claim("slow", "10 s", low="1 s"), [], 1, "BELOW"),
        (HOLDS + UNDECIDED, [], 3, "INDETERMINATE"),
        (HOLDS + UNDECIDED, ["--allow-undecided"], 0, "INDETERMINATE"),
        (HOLDS + UNDECIDED + FAILS, ["--allow-undecided"], 1, "ABOVE"),
        (HOLDS + MISSING, [], 3, "INVALID"),
    ],
)
def test_exit_codes(
    check: Callable[..., subprocess.CompletedProcess[str]], claims: str, options: list[str], code: int, first: str
) -> None:
    run = check(claims, *options)
    assert (run.returncode, run.stderr) == (code, "")
    lines = run.stdout.splitlines()
    assert lines[0].split()[0] == first
    assert len(lines) == claims.count("[[claim]]") + 1


def test_the_files(check: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before", encoding="utf-8")
    files = ("--junit", "junit.xml", "--summary", "summary.md", "--json", "out.json")
    assert check(HOLDS + FAILS, *files).returncode == 1
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("before\n\n**partywall check failed.** 2 claims: 1 fails, 1 holds.")
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (document["schema"], document["exit_code"]) == ("partywall-check/1", 1)
    assert [(one["id"], one["standing"]) for one in document["claims"]] == [
        ("impossible", "fails"),
        ("generous", "holds"),
    ]


def test_stdout_has_one_thing(check: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert json.loads(check(HOLDS, "--json", "-").stdout)["exit_code"] == 0
    assert check(HOLDS, "--summary", "-").stdout.startswith("**partywall check passed.**")
    run = check(HOLDS, "--summary", "-", "--json", "-")
    assert (run.returncode, run.stdout) == (2, "")


@pytest.mark.parametrize(
    ("claims", "options", "says"),
    [
        ("[[claim]]\n", [], "claim 1"),
        (claim("a", "10 parsecs"), [], "'a'"),
        (claim("a", "1 ms", primitive="forq"), [], "forq"),
        (HOLDS, ["--profile", "quick"], "judged as it is"),
        (HOLDS, ["--set", "image=caller"], "judged as it is"),
    ],
)
def test_what_cannot_be_meant(
    check: Callable[..., subprocess.CompletedProcess[str]], claims: str, options: list[str], says: str
) -> None:
    run = check(claims, *options)
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert says in run.stderr


def test_a_file_that_cannot_be_written_is_told(check: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    run = check(HOLDS, "--junit", "missing/junit.xml")
    assert (run.returncode, run.stdout) == (5, "")
    assert "missing/junit.xml" in run.stderr


def test_it_measures_what_the_claims_need(partywall: Call, tmp_path: Path) -> None:
    walls = '[[claim]]\nid = "contained"\nsays = "It is so."\nkind = "holds"\n[[claim.quantity]]\n'
    walls += 'wall = "crash.segv_unmapped"\nhost = "process"\n'
    (tmp_path / "claims.toml").write_text('source = "us"\n' + HOLDS + FAILS + walls, encoding="utf-8")
    run = partywall("check", "--claims", "claims.toml", "-o", "s.parquet", "--seed", "1", "--json", "out.json")
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    found = {one["id"]: one["standing"] for one in document["claims"]}
    # A machine that is busy may be too noisy to decide; it never decides otherwise.
    assert found["generous"] in ("holds", "undecided")
    assert found["impossible"] in ("fails", "undecided")
    assert found["contained"] == "holds"
    assert run.returncode == (1 if found["impossible"] == "fails" else 3), run.stderr
    again = partywall("check", "s.parquet", "--claims", "claims.toml")
    assert (again.returncode, again.stdout) == (run.returncode, run.stdout)
