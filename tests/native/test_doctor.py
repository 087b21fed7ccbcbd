"""The doctor: it looks, says what it saw, and changes nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from partywall import doctor, host
from partywall.finding import Finding, Gravity

Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examine(window_s=0.3)}


def test_every_finding_says_what_was_seen(findings: dict[str, Finding]) -> None:
    assert len(findings) > 10
    assert all(finding.observed for finding in findings.values())


def test_what_is_bad_has_an_effect_and_a_remedy(findings: dict[str, Finding]) -> None:
    for finding in findings.values():
        if finding.gravity == Gravity.BAD:
            assert finding.effect, finding
            assert finding.remedy, finding
        if finding.gravity == Gravity.GOOD:
            assert not finding.effect, finding


def test_a_busy_cpu_is_seen() -> None:
    cpu = host.cpu_pair("same-cpu")[0]
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        os.sched_setaffinity(hog.pid, {cpu})
        time.sleep(0.2)
        found = {finding.name: finding for finding in doctor.examine(window_s=0.5)}
    finally:
        hog.kill()
        hog.wait()
    assert found[f"other work on CPU {cpu}"].gravity == Gravity.BAD
    assert found[f"gaps on CPU {cpu}"].gravity == Gravity.BAD


@pytest.mark.parametrize(
    ("files", "name", "gravity"),
    [
        ({"cpufreq/boost": "1"}, "turbo", Gravity.NOTE),
        ({"cpufreq/boost": "0"}, "turbo", Gravity.GOOD),
        ({"intel_pstate/no_turbo": "0"}, "turbo", Gravity.NOTE),
        ({}, "turbo", Gravity.UNKNOWN),
        ({"smt/active": "1"}, "SMT", Gravity.NOTE),
        ({"cpu0/cpufreq/scaling_governor": "powersave"}, "frequency governor", Gravity.BAD),
        ({"cpu0/cpufreq/scaling_governor": "performance"}, "frequency governor", Gravity.GOOD),
        ({}, "frequency governor", Gravity.UNKNOWN),
        ({"isolated": "2-3"}, "isolated CPUs", Gravity.GOOD),
    ],
)
def test_what_sysfs_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], name: str, gravity: Gravity
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(doctor, "_CPU", tmp_path)
    looks: list[Any] = [doctor._boost(), doctor._smt(), doctor._governor([0]), doctor._isolation([0])]
    assert {finding.name: finding.gravity for finding in looks}[name] == gravity


def test_the_command(partywall: Call) -> None:
    text = partywall("doctor")
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.endswith("nothing was changed\n")
    document = json.loads(partywall("doctor", "--json").stdout)
    assert {"name", "gravity", "observed", "effect", "remedy"} == set(document["findings"][0])
