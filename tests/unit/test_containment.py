"""Claims that something holds: one verdict on all walls that a pattern matches."""

import pytest

from partywall.containment import rule_walls
from partywall.model import Claim, ClaimKind, Control, Outcome, Quantity, Verdict, VerdictKind, WallResult

CLAIM = Claim(id="private", says="", kind=ClaimKind.HOLDS, source="", quantities=())


def wall(name: str, outcome: Outcome = Outcome.HOLDS, host: str = "process", exception: str = "") -> WallResult:
    control = Control.NOT_RUN if outcome == Outcome.UNSUPPORTED else Control.DETECTED
    return WallResult(id=name, host=host, outcome=outcome, control=control, evidence={}, exception=exception)


def ruled(*walls: WallResult) -> list[Verdict]:
    return list(rule_walls(CLAIM, Quantity(wall="mem.*", host="process"), walls))


def test_nothing_matches_and_nothing_is_said() -> None:
    assert ruled() == []
    assert ruled(wall("crash.bus"), wall("mem.cow_child", host="thread")) == []
    assert ruled(wall("mem.root", Outcome.OPEN, exception="root may")) == [], "a door alone is no wall"


def test_a_door_that_is_open_is_an_exception_whoever_walks_through_it() -> None:
    door = wall("mem.root", Outcome.OPEN, host="root", exception="root may read everything")
    shut = wall("mem.ksm", Outcome.SHUT)
    elsewhere = wall("crash.door", Outcome.OPEN, exception="not of memory")
    (verdict,) = ruled(wall("mem.cow_child"), door, shut, elsewhere)
    assert verdict.verdict == VerdictKind.HOLDS_WITH_EXCEPTIONS
    assert verdict.exceptions == ("mem.root (root): root may read everything",)
    (verdict,) = ruled(wall("mem.cow_child"), shut)
    assert (verdict.verdict, verdict.exceptions) == (VerdictKind.HOLDS, ())


@pytest.mark.parametrize(
    ("outcomes", "kind"),
    [
        ((Outcome.HOLDS, Outcome.BROKEN, Outcome.INVALID), VerdictKind.BROKEN),
        ((Outcome.HOLDS, Outcome.INVALID, Outcome.UNSUPPORTED), VerdictKind.INVALID),
        ((Outcome.HOLDS, Outcome.UNSUPPORTED), VerdictKind.HOLDS),
        ((Outcome.UNSUPPORTED, Outcome.UNSUPPORTED), VerdictKind.UNSUPPORTED),
    ],
)
def test_the_worst_decides(outcomes: tuple[Outcome, ...], kind: VerdictKind) -> None:
    (verdict,) = ruled(*(wall(f"mem.{number}", outcome) for number, outcome in enumerate(outcomes)))
    assert verdict.verdict == kind


def test_walls_that_were_not_probed_are_named() -> None:
    (verdict,) = ruled(wall("mem.cow_child"), wall("mem.pkey", Outcome.UNSUPPORTED))
    assert verdict.why.endswith("not probed here: mem.pkey")


def test_a_rule_that_many_doors_share_is_told_once() -> None:
    rule = "what it wrote stays"
    doors = [wall(f"mem.{n}", Outcome.OPEN, host=host, exception=rule) for n in "ab" for host in ("vfork", "clone_vm")]
    (verdict,) = ruled(wall("mem.cow_child"), *doors)
    assert verdict.exceptions == ("mem.a and 1 more (vfork, clone_vm): what it wrote stays",)


def test_a_host_may_be_a_pattern() -> None:
    walls = [wall("mem.cow_child", host="vfork"), wall("mem.cow_child", Outcome.BROKEN, host="thread")]
    for pattern, kind in (("v*", VerdictKind.HOLDS), ("*", VerdictKind.BROKEN)):
        (verdict,) = rule_walls(CLAIM, Quantity(wall="mem.*", host=pattern), walls)
        assert verdict.verdict == kind
