"""The self-test on the machine: what it counts, what it says where it cannot, and that nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partywall import api
from partywall.errors import MeasureError, UnsupportedError
from partywall.report.selftest import render_selftest, render_selftest_json
from partywall.selftest import suite
from partywall.selftest.checks import Status
from partywall.selftest.hog import hog
from partywall.selftest.pairs import PAIRED, PairSize, check_pairs, plan_pairs
from partywall.selftest.planted import SHARES, PlantedSize, check_planted
from partywall.selftest.synthetic import Size

PAIRS = PairSize(sessions=1, pairs=2, runs=9, trial_s=0.001)
SIZES = suite.Sizes(
    name="tiny",
    synthetic=Size(repetitions=20, run_counts=(9,), sessions=2, session_runs=9, truth_runs=500),
    pairs=PAIRS,
    planted=PlantedSize(sessions=1, cases=1, runs=9, trial_s=0.001),
    crowded=PAIRS,
    hog_s=60,
)


def silent(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total


def test_pairs_are_cells_of_their_own() -> None:
    plan = plan_pairs(PAIRED, 3, PAIRS.profile(), 1)
    arms = [cell for cell in plan.cells if "#" in cell.id]
    assert len(arms) == 2 * 3 * len(PAIRED)
    assert len({cell.id for cell in plan.cells}) == len(plan.cells)
    assert {cell.factors.get("spin") for cell in arms} == {None, "0ns"}


def test_every_pair_is_counted_or_refused() -> None:
    for check in check_pairs("machine", PAIRS, 1, silent):
        assert check.trials + check.refused == PAIRS.pairs or check.unsupported
        assert check.hits <= check.trials


def test_planted_effects_are_counted_or_refused() -> None:
    checks = check_planted(SIZES.planted, 1, silent)
    assert len(checks) == 2 * len(SHARES)
    assert all(check.trials + check.refused == 1 for check in checks)


@pytest.mark.parametrize("error", [UnsupportedError("no such call here"), MeasureError("the clock arm failed")])
def test_what_cannot_be_done_is_unsupported_with_its_reason(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(api, "carry_out", refuse)
    monkeypatch.setattr(api, "measure", refuse)
    report = suite.run_selftest(("machine", "hog"), 1, SIZES, silent)
    assert {one.status for one in report.checks} == {Status.UNSUPPORTED}
    assert all(one.check.unsupported == str(error) for one in report.checks)
    assert report.failed == 0
    assert str(error) in render_selftest(report, width=200)


def test_a_hog_that_cannot_start_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    report = suite.run_selftest(("hog",), 1, SIZES, silent)
    assert [one.status for one in report.checks] == [Status.UNSUPPORTED]
    assert "/nonexistent/python" in report.checks[0].check.unsupported


def test_a_hog_runs_while_it_is_wanted_and_no_longer(orphans: Any, eventually: Callable[..., Any]) -> None:
    cpu = min(os.sched_getaffinity(0))
    with hog(cpu, 60):
        ((pid, _),) = orphans()
        assert os.sched_getaffinity(pid) == {cpu}
        used = os.sysconf("SC_CLK_TCK")

        def busy() -> bool:
            stat = Path(f"/proc/{pid}/stat").read_text()
            return int(stat.rpartition(")")[2].split()[11]) > used // 20

        eventually(busy)
    assert orphans() == set()


def test_a_hog_ends_with_its_time(orphans: Any, eventually: Callable[..., Any]) -> None:
    with hog(min(os.sched_getaffinity(0)), 0):
        eventually(lambda: not orphans())


def told(process: tuple[int, str]) -> str:
    """Its command line; Python keeps one process that watches over its pools until it ends itself."""
    return Path(f"/proc/{process[0]}/cmdline").read_text()


def test_the_whole_of_it(orphans: Any) -> None:
    report = suite.run_selftest(suite.PARTS, 1, SIZES, silent)
    assert [name for name in map(told, orphans()) if "resource_tracker" not in name] == []
    document = json.loads(render_selftest_json(report))
    assert {one["check"]["part"] for one in document["checks"]} == set(suite.PARTS)
    assert (document["seed"], document["form"]) == (1, "tiny")
    short, every = render_selftest(report, width=160), render_selftest(report, every=True, width=160)
    assert len(short.splitlines()) < len(every.splitlines())
    assert "1 of 16" in short
    assert f"{len(report.checks)} checks" in short


@pytest.mark.parametrize("part", ["synthetic", "machine", "hog"])
def test_interrupted_it_leaves_nothing(
    part: str, orphans: Any, environment: dict[str, str], eventually: Callable[..., Any]
) -> None:
    arguments = [sys.executable, "-m", "partywall", "selftest", "--long", "--part", part]
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        eventually(lambda: len(orphans()) > 1)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.decode().splitlines()[-1] == "partywall: interrupted; nothing is left running"
    eventually(lambda: not orphans())


def test_a_failed_check_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from partywall.cli import main
    from partywall.selftest import coverage
    from partywall.stats import median_interval

    # On one CPU the families are done in this process, where the interval is another.
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setattr(coverage, "median_interval", lambda values: median_interval(values, confidence=0.6))
    monkeypatch.setattr(suite, "SHORT", replace(SIZES, synthetic=replace(SIZES.synthetic, repetitions=100)))
    with pytest.raises(SystemExit) as ended:
        main(["selftest", "--part", "synthetic", "--json"])
    assert ended.value.code == 1
    statuses = {one["status"] for one in json.loads(capsys.readouterr().out)["checks"]}
    assert "FAILED" in statuses
