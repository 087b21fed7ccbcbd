"""The pytest plugin: a project holds its own budget with a verdict, not with a threshold that is sometimes missed.

Nothing of partywall's own is imported before a test asks for the fixture.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from partywall.model import Claim, Plan, Verdict

__all__ = ["Budgets", "partywall", "pytest_addoption", "pytest_configure", "pytest_terminal_summary"]

_UNDECIDED = ("skip", "fail", "pass")
_PROPERTY = "partywall"
# Two looks at most, each at half of the error of one: the second is at fresh runs alone.
_LOOKS = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --partywall-undecided and the ini value of the same name."""
    words = "what becomes of a test whose budget is undecided: skip (the default), fail or pass"
    parser.getgroup("partywall").addoption("--partywall-undecided", choices=_UNDECIDED, help=words)
    parser.addini("partywall_undecided", words, default="skip")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "partywall(undecided='skip'|'fail'|'pass', profile='quick', within='20 s'): a test that measures; "
        "what its budgets have where they do not say otherwise.",
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List every budget with its verdict; workers of pytest-xdist tell theirs too."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    lines = [
        str(text)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, text in getattr(report, "user_properties", ())
        if name == _PROPERTY
    ]
    if lines:
        terminalreporter.section("partywall budgets")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def partywall(request: pytest.FixtureRequest) -> "Budgets":
    """Hold budgets and walls: ``partywall.budget("fork_wait", below="2 ms")``, ``partywall.holds("mem.cow_child")``."""
    return Budgets(request)


class Budgets:
    """What a test may claim; each claim passes, fails or skips the test."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        marker = request.node.get_closest_marker("partywall")
        options: dict[str, Any] = dict(marker.kwargs) if marker else {}
        if unknown := sorted(options.keys() - {"undecided", "profile", "within"}) or (marker and marker.args):
            raise pytest.UsageError(f"the marker partywall takes undecided, profile and within, not {unknown}")
        config = request.config
        undecided = options.get("undecided") or config.getoption("--partywall-undecided")
        self._undecided = undecided or config.getini("partywall_undecided")
        if self._undecided not in _UNDECIDED:
            raise pytest.UsageError(f"partywall: undecided {self._undecided!r} is none of {', '.join(_UNDECIDED)}")
        self._profile: str = options.get("profile", "quick")
        self._within: str = options.get("within", "20 s")
        self._node = request.node

    def budget(
        self,
        primitive: str,
        *,
        below: str | None = None,
        above: str | None = None,
        estimate: str = "typical",
        precision: float | None = None,
        within: str | None = None,
        **factors: str,
    ) -> "Verdict":
        """Claim that an op takes less than ``below``, more than ``above``, or both: times such as "2 ms".

        What is undecided after a first look is measured once more, in as many fresh runs as the first look says are
        needed and as fit into what is left of the time ``within`` ("20 s").  With two looks each has half of the error.

        Args:
            primitive: its name, see ``partywall list``.
            below, above: bounds; one of them suffices.
            estimate: "typical", "mean", "trimmed", "floor", "p99", "p999" or "cold".
            precision: as many runs as make typical that exact, 0.02 say, and one look only.
            within: how long both looks may take; the first takes what its profile takes, whatever this says.
            factors: levels such as ``image="caller"``: a fork of the process that runs the tests.

        Returns:
            The verdict, where the test goes on: WITHIN, or an undecided one that is to pass.

        Raises:
            InputError: something that cannot be meant.
        """
        from partywall.catalog import find_primitive
        from partywall.errors import InputError
        from partywall.model import ESTIMATES, Claim, ClaimKind, Quantity
        from partywall.units import parse_seconds

        declared = find_primitive(primitive)
        levels = {name: declared.factor(name).parse(str(level), primitive) for name, level in factors.items()}
        if below is None and above is None:
            raise InputError(f"{primitive}: a budget needs below, above or both")
        if estimate not in ESTIMATES:
            raise InputError(f"estimate {estimate!r} is none of {', '.join(ESTIMATES)}")
        low, high = (None if bound is None else parse_seconds(bound) for bound in (above, below))
        if low is not None and high is not None and low > high:
            raise InputError(f"{primitive}: above {above} and below {below} is nothing")
        claim = Claim(
            id=primitive,
            says=f"{primitive} keeps to its budget.",
            kind=ClaimKind.RANGE,
            source="budget",
            quantities=(Quantity(primitive=primitive, factors=levels, estimate=estimate),),
            low=low,
            high=high,
        )
        return self._check(claim, precision, parse_seconds(within or self._within))

    def holds(self, wall: str, *, host: str = "process") -> "Verdict":
        """Claim that a wall, or all that a pattern such as "mem.*" matches, keeps out what it should.

        Raises:
            InputError: no such wall or host.
        """
        from fnmatch import fnmatchcase

        from partywall.catalog import WALLS
        from partywall.errors import InputError
        from partywall.model import Claim, ClaimKind, Quantity

        if not any(fnmatchcase(name, wall) and fnmatchcase(on, host) for name, on in WALLS):
            raise InputError(f"no wall is called {wall!r} with host {host!r}")
        quantity = Quantity(wall=wall, host=host)
        claim = Claim(id=wall, says=f"{wall} holds.", kind=ClaimKind.HOLDS, source="budget", quantities=(quantity,))
        return self._check(claim, None, 0.0)

    def _check(self, claim: "Claim", precision: float | None, within_s: float) -> "Verdict":
        from partywall.gate import Standing, standing_of

        with _alone():
            verdict = _measured(claim, self._profile, precision, within_s)
        line = _line(verdict)
        self._node.user_properties.append((_PROPERTY, f"{self._node.nodeid}: {line}"))
        standing = standing_of(verdict)
        __tracebackhide__ = True
        if standing == Standing.FAILS or (standing == Standing.UNDECIDED and self._undecided == "fail"):
            pytest.fail(line, pytrace=False)
        if standing == Standing.UNSUPPORTED or (standing == Standing.UNDECIDED and self._undecided == "skip"):
            pytest.skip(line)
        return verdict


def _measured(claim: "Claim", profile: str, precision: float | None, within_s: float) -> "Verdict":
    """The worst verdict on the claim, after a second look at fresh runs where the first leaves it open."""
    from partywall import api
    from partywall.prepare import prepare_check
    from partywall.ruling import LEVEL

    began = time.monotonic()
    plan = prepare_check((claim,), profile=profile, precision=precision).plan
    first = api.carry_out(plan, claims=(claim,)).gate.checked[0].verdicts[0]
    if claim.kind == "holds" or precision is not None or _stands(first, LEVEL / _LOOKS):
        return first
    again = _again(plan, first.runs_to_decide, began + within_s - time.monotonic())
    if again is None:
        return _undecided(first)
    second = api.carry_out(again, claims=(claim,)).gate.checked[0].verdicts[0]
    return second if _stands(second, LEVEL / _LOOKS) else _undecided(second)


def _again(plan: "Plan", runs: int | None, seconds: float) -> "Plan | None":
    """The plan with the runs that decide, as far as the time allows, and another seed; None if it allows too few."""
    import msgspec

    from partywall.budget import estimate_seconds

    possible = int(plan.profile.runs * seconds / max(estimate_seconds(plan), 1e-3))
    if possible < plan.profile.runs:
        return None
    profile = msgspec.structs.replace(plan.profile, runs=max(plan.profile.runs, min(runs or possible, possible)))
    return msgspec.structs.replace(plan, profile=profile, seed=(plan.seed + 1) % 2**63, budget_s=None)


def _stands(verdict: "Verdict", level: float) -> bool:
    """Whether more runs cannot help, or are not needed."""
    if verdict.verdict in ("UNSUPPORTED", "INVALID", "TIMER-LIMITED"):
        return True
    return verdict.p is not None and verdict.p <= level


def _undecided(verdict: "Verdict") -> "Verdict":
    import msgspec

    from partywall.model import VerdictKind

    if verdict.p is None:
        return verdict
    why = f"{verdict.verdict.value} by itself, but not where two looks are allowed (p {verdict.p:.2g})"
    return msgspec.structs.replace(verdict, verdict=VerdictKind.INDETERMINATE, why=why)


def _line(verdict: "Verdict") -> str:
    from partywall.report.layout import clean, interval
    from partywall.report.verdict_rows import bounds_of, unit_of

    measured = interval(verdict.value, verdict.low, verdict.high, unit_of(verdict))
    parts = (verdict.quantity, measured if verdict.value is not None else "", bounds_of(verdict), verdict.why)
    return clean(f"{verdict.verdict.value}: {'; '.join(part for part in parts if part)}")


@contextmanager
def _alone() -> Iterator[None]:
    """Only one process of this user measures at a time: those of pytest-xdist would disturb each other."""
    path = Path(tempfile.gettempdir()) / f"partywall-{os.getuid()}.lock"
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
