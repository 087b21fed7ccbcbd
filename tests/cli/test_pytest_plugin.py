"""The pytest plugin, in runs of pytest of its own.

Bounds lie orders of magnitude away, and a machine that is too noisy to decide skips: no test here depends on speed.
"""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    pytester.makepyfile(f"import pytest\ndef test_it(partywall):\n{indented}\n")
    return pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider", "-rs", *options, timeout=120)


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


@pytest.mark.parametrize(("option", "expected"), [("skip", "skipped"), ("fail", "failed"), ("pass", "passed")])
def test_what_is_undecided_is_what_one_wants(pytester: pytest.Pytester, option: str, expected: str) -> None:
    # So few samples cannot carry this percentile, on whatever machine.
    body = 'partywall.budget("fork_wait", below="10 s", estimate="p999", within="1 s")'
    result = run(pytester, body, f"--partywall-undecided={option}")
    assert outcome(result) == expected
    result.stdout.fnmatch_lines(["*: p999 of fork + exit + wait*"])


def test_a_wall_holds(pytester: pytest.Pytester) -> None:
    result = run(pytester, 'assert partywall.holds("mem.cow_child").verdict == "HOLDS"')
    assert outcome(result) == "passed"


def test_a_wall_that_is_broken_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, 'partywall.holds("crash.segv_unmapped", host="thread")')
    assert outcome(result) == "failed"
    result.stdout.fnmatch_lines(["*BROKEN: crash.segv_unmapped, thread*"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('partywall.budget("fork_wait")', "needs below, above or both"),
        ('partywall.budget("forq", below="1 ms")', "forq"),
        ('partywall.budget("fork_wait", below="1 parsec")', "parsec"),
        ('partywall.budget("fork_wait", below="1 ms", above="2 ms")', "is nothing"),
        ('partywall.budget("fork_wait", below="1 ms", image="holy")', "holy"),
        ('partywall.budget("fork_wait", below="1 ms", estimate="max")', "max"),
        ('partywall.holds("mem.nothing")', "mem.nothing"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_the_test(pytester: pytest.Pytester, body: str, says: str) -> None:
    pytester.makepyfile(f"def test_it(partywall):\n    {body}\n")
    result = pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines([f"*InputError*{says}*"])


def test_the_marker_is_known_and_takes_what_it_says(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.mark.partywall(undecided='fail')\ndef test_a(partywall): pass\n"
        "@pytest.mark.partywall(undecided='perhaps')\ndef test_b(partywall): pass\n"
        "@pytest.mark.partywall(speed=3)\ndef test_c(partywall): pass\n"
    )
    result = pytester.runpytest_inprocess("--strict-markers", "-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.parseoutcomes() == {"passed": 1, "errors": 2}


def test_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import partywall.pytest_plugin; "
        "print(*sorted(m for m in set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(found) <= {"fcntl", "partywall", "partywall.pytest_plugin"}
