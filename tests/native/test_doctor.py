"""The doctor: it looks, says what it saw, and changes nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

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


def test_every_cpu_on_which_trials_run_is_looked_at(findings: dict[str, Finding]) -> None:
    for cpu in {cpu for pair in host.placements().values() for cpu in pair}:
        assert {f"gaps on CPU {cpu}", f"speed of CPU {cpu}"} <= set(findings)


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


def test_the_command(partywall: Call) -> None:
    text = partywall("doctor")
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.endswith("nothing was changed\n")
    document = json.loads(partywall("doctor", "--json").stdout)
    assert document["host"]["kernel"].startswith("Linux")
    names = {"name", "gravity", "observed", "effect", "remedy", "command"}
    assert all(set(finding) == names for finding in document["findings"])
    assert len({finding["name"] for finding in document["findings"]}) == len(document["findings"])
