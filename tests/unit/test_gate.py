"""What a gate makes of verdicts, and what claims demand to be measured."""

from typing import Any
from xml.etree import ElementTree

import pytest

from partywall.cells import summarise_cells
from partywall.demands import grids_of, walls_of
from partywall.errors import InputError
from partywall.gate import Checked, Gate, Standing, open_gate, standing_of
from partywall.judge import judge
from partywall.model import Claim, ClaimKind, Quantity, Verdict, VerdictKind
from partywall.prepare import prepare_check
from partywall.record import Record
from partywall.report.check import render_check, render_summary
from partywall.report.junit import render_junit
from synthetic import planned, session


def claim(name: str = "c", kind: ClaimKind = ClaimKind.RANGE, **quantity: Any) -> Claim:
    return Claim(id=name, says="It is so.", kind=kind, source="a book", high=1e-3, quantities=(Quantity(**quantity),))


def gate_of(record: Record, *claims: Claim) -> Gate:
    cells = summarise_cells(record)
    return open_gate(record, cells, (), claims, judge(record, cells, (), claims))


def gate(*kinds: VerdictKind, **changes: Any) -> Gate:
    def verdict(kind: VerdictKind) -> Verdict:
        words = {"says": "", "cell": "", "quantity": "", "why": "", "source": "", **changes}
        return Verdict(claim=kind.value, verdict=kind, **words)

    return Gate(
        checked=tuple(Checked(claim=claim(kind.value, primitive="empty"), verdicts=(verdict(kind),)) for kind in kinds)
    )


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_every_verdict_stands_for_something(kind: VerdictKind) -> None:
    expected = {"WITHIN": 0, "HOLDS": 0, "HOLDS-WITH-EXCEPTIONS": 0, "BELOW": 1, "ABOVE": 1, "BROKEN": 1}
    assert gate(kind).exit_code() == (4 if kind == VerdictKind.UNSUPPORTED else expected.get(kind.value, 3))


def test_the_worst_decides_and_what_is_allowed_does_not() -> None:
    within, noisy, missing, above = VerdictKind.WITHIN, VerdictKind.NOISY, VerdictKind.UNSUPPORTED, VerdictKind.ABOVE
    assert gate(within, missing, noisy, above).exit_code() == 1
    assert gate(within, missing, noisy).exit_code() == 3
    assert gate(within, missing, noisy).exit_code([Standing.UNDECIDED]) == 4
    assert gate(within, missing, noisy).exit_code([Standing.UNDECIDED, Standing.UNSUPPORTED]) == 0
    assert gate(within, above).exit_code([Standing.UNDECIDED]) == 1


def test_the_worst_comes_first_and_what_is_not_there_does_not_hold() -> None:
    record = session(
        [
            (planned("empty"), lambda run: [20.0]),
            (planned("fork_wait", image="pristine"), lambda run: [1e5 + run]),
            (planned("fork_wait", image="caller"), lambda run: [1e7 + run]),
        ]
    )
    found = gate_of(
        record,
        claim("pristine", primitive="fork_wait", factors={"image": "pristine"}),
        claim("elsewhere", primitive="fork_wait", factors={"resident": "1GiB"}),
        claim("all", primitive="fork_wait"),
    )
    assert [(one.claim.id, one.standing) for one in found.checked] == [
        ("all", Standing.FAILS),
        ("elsewhere", Standing.UNDECIDED),
        ("pristine", Standing.HOLDS),
    ]
    assert [verdict.verdict for verdict in found.checked[0].verdicts] == [VerdictKind.ABOVE, VerdictKind.WITHIN]
    assert "has nothing of it" in found.checked[1].verdicts[0].why
    lines = render_check(found).splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["ABOVE", "all"],
        ["INVALID", "elsewhere"],
        ["WITHIN", "pristine"],
    ]
    assert "(1 of 2 verdicts)" in lines[0]
    assert lines[3] == "3 claims: 1 fails, 1 is undecided, 1 holds"


HOSTILE = 'a "<b>&amp;]]>\x00\x1b[31m\x85\ud800 | `x`'


def test_junit_takes_hostile_text() -> None:
    found = gate(VerdictKind.ABOVE, VerdictKind.NOISY, VerdictKind.UNSUPPORTED, VerdictKind.WITHIN, why=HOSTILE)
    text = render_junit(found, seconds=1.5)
    suite = ElementTree.fromstring(text.encode())[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1", "time": "1.500"}
    kinds = [[child.tag for child in case if child.tag != "properties"] for case in suite]
    assert kinds == [["failure"], ["error"], ["skipped"], []]
    message = suite[0][1].get("message", "")
    assert message.startswith('ABOVE: a "<b>&amp;]]>')
    assert not [c for c in text if not (c.isprintable() or c == "\n")]
    allowed = ElementTree.fromstring(render_junit(found, [Standing.UNDECIDED]).encode())[0]
    assert (allowed.get("errors"), allowed.get("skipped")) == ("0", "2")


def test_junit_has_the_shape_that_ci_servers_read() -> None:
    root = ElementTree.fromstring(render_junit(gate(*VerdictKind, value=1e-3, low=9e-4, high=1.1e-3)))
    assert [root.tag, *(child.tag for child in root)] == ["testsuites", "testsuite"]
    assert {case.tag for case in root[0]} == {"testcase"}
    for case in root[0]:
        assert set(case.attrib) == {"classname", "name", "time"}
        assert case[0].tag == "properties"
        values = {entry.get("name"): entry.get("value") for entry in case[0]}
        assert values["verdict"] == case.get("classname")
        assert (values["value"], values["low"], values["high"], values["unit"]) == ("0.001", "0.0009", "0.0011", "s")
        assert {child.tag for child in case[1:]} <= {"failure", "error", "skipped"}


def test_the_summary_is_one_paragraph_and_a_table_that_nothing_breaks() -> None:
    text = render_summary(gate(VerdictKind.ABOVE, VerdictKind.WITHIN, why=HOSTILE), machine="a | CPU")
    paragraph, table = text.split("\n\n")
    assert "\n" not in paragraph
    assert paragraph.startswith("**partywall check failed.** 2 claims: 1 fails, 1 holds.")
    rows = table.splitlines()
    assert len(rows) == 4
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}
    assert "<b>" not in text
    assert text.isascii() or not [c for c in text if not (c.isprintable() or c == "\n")]


def test_standings_are_of_all_kinds() -> None:
    assert {standing_of(gate(kind).checked[0].verdicts[0]) for kind in VerdictKind} == set(Standing)


def cells_of(*claims: Claim, **options: Any) -> list[str]:
    plan = prepare_check(claims, seed=1, **options).plan
    return [cell.id for cell in plan.cells if cell.family != "reference" and not cell.role]


def test_exactly_what_claims_speak_of_is_measured() -> None:
    found = cells_of(claim(primitive="fork_wait", factors={"resident": "1MiB"}))
    assert found == ["fork_wait[image=pristine,peer=process,placement=same-cpu,resident=1MiB]"]
    both = cells_of(
        claim("a", primitive="fork_wait", factors={"image": "caller"}),
        claim("b", primitive="fork_wait", factors={"resident": "1MiB"}),
    )
    assert len(both) == 2


def test_what_a_cell_is_compared_with_is_measured_as_well() -> None:
    contrast = claim(
        kind=ClaimKind.RATIO,
        primitive="thread_create_join",
        factors={"resident": "1MiB"},
        over={"primitive": "fork_wait", "peer": "process"},
    )
    assert cells_of(contrast) == [
        "thread_create_join[image=pristine,peer=thread,placement=same-cpu,resident=1MiB]",
        "fork_wait[image=pristine,peer=process,placement=same-cpu,resident=1MiB]",
    ]


def test_levels_given_are_for_what_no_claim_names() -> None:
    given = {"resident": ["2MiB"], "image": ["caller"]}
    found = cells_of(claim(primitive="fork_wait", factors={"resident": "1MiB"}), factors=given)
    assert found == ["fork_wait[image=caller,peer=process,placement=same-cpu,resident=1MiB]"]
    with pytest.raises(InputError, match="fork_wait takes a factor 'message'"):
        cells_of(claim(primitive="fork_wait"), factors={"message": ["1B"]})


def test_walls_are_those_of_the_hosts_and_the_doors_of_all() -> None:
    holds = Claim(
        id="w",
        says="",
        kind=ClaimKind.HOLDS,
        source="",
        quantities=(Quantity(wall="crash.segv_unmapped", host="process"),),
    )
    walls = walls_of([holds])
    assert ("crash.segv_unmapped", "process") in walls
    assert ("crash.segv_unmapped", "thread") not in walls
    assert prepare_check((holds,)).plan.walls == walls
    assert grids_of([], {}) == ()
    with pytest.raises(InputError, match="nothing to check"):
        prepare_check(())
