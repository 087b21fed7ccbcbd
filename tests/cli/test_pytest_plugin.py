"""The pytest plugin, in runs of pytest of its own.

Bounds lie orders of magnitude away, and a machine that is too noisy to decide skips: no test here depends on speed.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from partywall import api, pytest_plugin
from partywall.model import Claim, ClaimKind, Plan, Quantity, Verdict, VerdictKind

pytest_plugins = ["pytester"]

CLAIM = Claim(
    id="fork_wait",
    says="",
    kind=ClaimKind.RANGE,
    source="budget",
    quantities=(Quantity(primitive="fork_wait", factors={}),),
    high=10.0,
)
ALONE = ("-p", "no:xdist", "-p", "no:cacheprovider")


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    pytester.makepyfile(f"import pytest\ndef test_it(partywall):\n{indented}\n")
    return pytester.runpytest_subprocess(*ALONE, "-rs", *options, timeout=120)


def verdict(kind: VerdictKind, p: float | None = None) -> Verdict:
    return Verdict(
        claim="fork_wait", says="", cell="", quantity="fork", verdict=kind, why="", source="budget", p=p, value=1.0
    )


def outcome(result: pytest.RunResult) -> str:
    (word,) = (name for name in ("passed", "failed", "skipped", "errors") if result.parseoutcomes().get(name))
    return word


def test_a_generous_budget_is_kept(pytester: pytest.Pytester) -> None:
    result = run(pytester, 'partywall.budget("null_syscall", below="10 s", within="1 s")')
    assert outcome(result) in ("passed", "skipped")
    result.stdout.fnmatch_lines(["*partywall budgets*", "*test_it: *: null system call;*"])
    assert outcome(result) == "passed" or "NOISY" in result.stdout.str()


def test_an_impossible_budget_fails_and_says_why(pytester: pytest.Pytester) -> None:
    body = 'partywall.budget("fork_wait", below="1 ns", image="caller", within="1 s")'
    result = run(pytester, body)
    if outcome(result) == "skipped":
        assert "NOISY" in result.stdout.str()
    else:
        assert outcome(result) == "failed"
        result.stdout.fnmatch_lines(["*ABOVE: *less than 1.00 ns*lies above*"])


def test_what_is_undecided_is_skipped(pytester: pytest.Pytester) -> None:
    # So few samples cannot carry this percentile, on whatever machine.
    body = 'partywall.budget("fork_wait", below="10 s", estimate="p999", within="1 ms")'
    result = run(pytester, body)
    assert outcome(result) == "skipped"
    result.stdout.fnmatch_lines(["*: p999 of fork + exit + wait*"])


@pytest.mark.parametrize(("option", "expected"), [("skip", "skipped"), ("fail", "failed"), ("pass", "passed")])
def test_what_is_undecided_is_what_one_wants(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, option: str, expected: str
) -> None:
    monkeypatch.setattr(pytest_plugin, "_measured", lambda *_: verdict(VerdictKind.INDETERMINATE))
    pytester.makepyfile('def test_it(partywall):\n    partywall.budget("fork_wait", below="10 s")\n')
    result = pytester.runpytest_inprocess(*ALONE, f"--partywall-undecided={option}")
    assert outcome(result) == expected
    result.stdout.fnmatch_lines(["*test_it: INDETERMINATE: fork*"])


@pytest.mark.parametrize(
    ("first", "second", "expected", "looks"),
    [
        # Each look has half of the error: 0.03 is decided where one look is taken, and not where two are.
        ((VerdictKind.WITHIN, 0.01), None, VerdictKind.WITHIN, 1),
        ((VerdictKind.WITHIN, 0.03), (VerdictKind.WITHIN, 0.01), VerdictKind.WITHIN, 2),
        ((VerdictKind.WITHIN, 0.03), (VerdictKind.WITHIN, 0.03), VerdictKind.INDETERMINATE, 2),
        ((VerdictKind.INDETERMINATE, None), (VerdictKind.ABOVE, 0.01), VerdictKind.ABOVE, 2),
        ((VerdictKind.UNSUPPORTED, None), None, VerdictKind.UNSUPPORTED, 1),
    ],
)
def test_what_is_open_is_looked_at_once_more(
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[VerdictKind, float | None],
    second: tuple[VerdictKind, float | None] | None,
    expected: VerdictKind,
    looks: int,
) -> None:
    found = [verdict(*look) for look in (first, second) if look]
    plans: list[Plan] = []

    def carry_out(plan: Plan, *, claims: tuple[Claim, ...]) -> Any:
        plans.append(plan)
        checked = SimpleNamespace(verdicts=(found[len(plans) - 1],))
        return SimpleNamespace(gate=SimpleNamespace(checked=(checked,)))

    monkeypatch.setattr(api, "carry_out", carry_out)
    assert pytest_plugin._measured(CLAIM, "quick", None, 1000.0).verdict == expected
    assert len(plans) == looks
    assert len({plan.seed for plan in plans}) == looks
    assert plans[-1].profile.runs >= plans[0].profile.runs


def test_there_is_no_second_look_where_no_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = SimpleNamespace(verdicts=(verdict(VerdictKind.WITHIN, 0.03),))
    looks: list[Plan] = []

    def carry_out(plan: Plan, *, claims: tuple[Claim, ...]) -> Any:
        looks.append(plan)
        return SimpleNamespace(gate=SimpleNamespace(checked=(checked,)))

    monkeypatch.setattr(api, "carry_out", carry_out)
    left = pytest_plugin._measured(CLAIM, "quick", None, 0.001)
    assert left.verdict == VerdictKind.INDETERMINATE
    assert "not where two looks are allowed" in left.why
    assert len(looks) == 1


def test_walls_hold_or_fail_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        'def test_kept(partywall):\n    assert partywall.holds("mem.cow_child").verdict == "HOLDS"\n'
        'def test_broken(partywall):\n    partywall.holds("crash.segv_unmapped", host="thread")\n'
    )
    result = pytester.runpytest_subprocess(*ALONE, timeout=120)
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*::test_kept: HOLDS*", "*::test_broken: BROKEN: crash.segv_unmapped, thread*"])


def test_only_one_process_measures_at_a_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MEASURED_AT_ONCE)
    environment = {**os.environ, "TMPDIR": str(pytester.path)}
    command = [sys.executable, "-m", "pytest", "-q", *ALONE]
    who = [{"WHO": "one", "OTHER": "two"}, {"WHO": "two", "OTHER": "one"}]
    both = [
        subprocess.Popen([*command, f"--basetemp={pytester.path / one['WHO']}"], env=environment | one) for one in who
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    spans = [[int(t) for t in Path(f"{name}.span").read_text().split()] for name in ("one", "two")]
    (_, end), (begin, _) = sorted(spans)
    assert end <= begin


# Each waits until the other is about to measure as well: without the lock they would measure at once.
MEASURED_AT_ONCE = """
import os, time
from pathlib import Path
from partywall import pytest_plugin
from partywall.model import Verdict, VerdictKind

def measured(*_):
    begin = time.monotonic_ns()
    time.sleep(0.5)
    Path(os.environ["WHO"] + ".span").write_text(f"{begin} {time.monotonic_ns()}")
    return Verdict(
        claim="fork_wait", says="", cell="", quantity="fork", verdict=VerdictKind.WITHIN, why="", source="budget"
    )

def test_it(partywall, monkeypatch):
    monkeypatch.setattr(pytest_plugin, "_measured", measured)
    Path(os.environ["WHO"] + ".ready").touch()
    deadline = time.monotonic() + 60
    while not Path(os.environ["OTHER"] + ".ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    partywall.budget("fork_wait", below="1 s")
"""


MEANT = {
    'partywall.budget("fork_wait")': "needs below, above or both",
    'partywall.budget("forq", below="1 ms")': "forq",
    'partywall.budget("fork_wait", below="1 parsec")': "parsec",
    'partywall.budget("fork_wait", below="1 ms", above="2 ms")': "is nothing",
    'partywall.budget("fork_wait", below="1 ms", image="holy")': "holy",
    'partywall.budget("fork_wait", below="1 ms", estimate="max")': "max",
    'partywall.holds("mem.nothing")': "mem.nothing",
}


def test_what_cannot_be_meant_is_an_error_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("\n".join(f"def test_{i}(partywall):\n    {body}" for i, body in enumerate(MEANT)))
    result = pytester.runpytest_inprocess(*ALONE)
    assert result.parseoutcomes() == {"failed": len(MEANT)}
    result.stdout.fnmatch_lines([f"E *InputError*{says}*" for says in MEANT.values()])


def test_the_marker_is_known_and_takes_what_it_says(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.mark.partywall(undecided='fail')\ndef test_a(partywall): pass\n"
        "@pytest.mark.partywall(undecided='perhaps')\ndef test_b(partywall): pass\n"
        "@pytest.mark.partywall(speed=3)\ndef test_c(partywall): pass\n"
    )
    result = pytester.runpytest_inprocess("--strict-markers", *ALONE)
    assert result.parseoutcomes() == {"passed": 1, "errors": 2}


def test_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import partywall.pytest_plugin; "
        "print(*sorted(m for m in set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(found) <= {"fcntl", "partywall", "partywall.pytest_plugin"}
