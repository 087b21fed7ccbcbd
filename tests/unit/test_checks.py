"""What is measured where models cross bounds, and what it says of the crossing, on synthetic sessions."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from partywall.catalog import PRIMITIVES
from partywall.crossings import count_checks, wanted_checks
from partywall.fit import Check, CheckState
from partywall.fitting import fit_laws
from partywall.laws import level_text
from partywall.model import Claim, Quantity, Trial
from partywall.record import Record
from partywall.session import Session
from sweeps import (
    COPY,
    EMPTY,
    MIB,
    PIPE,
    RESIDENT,
    RING,
    Arm,
    claim,
    copy_ns,
    crossings,
    fork_ns,
    forks,
    number,
    one,
    over_resident,
    pipe_ns,
    pipe_over_copy,
    ring,
    samples,
    sweep,
)
from synthetic import session


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    for primitive in RING.values():
        monkeypatch.setitem(PRIMITIVES, primitive.name, primitive)


def checks(record: Record, *claims: Claim) -> tuple[tuple[str, dict[str, str]], ...]:
    found = samples(record)
    return wanted_checks(found, fit_laws(found), claims)


def test_what_is_measured_at_a_crossing() -> None:
    record = session([EMPTY, *forks()])
    assert checks(record, over_resident(1e-3, 2.1e-3)) == (
        ("fork_wait", {"peer": "process", "resident": "36MiB"}),
        ("fork_wait", {"peer": "process", "resident": "80MiB"}),
    )
    assert checks(record, over_resident(50e-6), over_resident(4e-3)) == ()


def test_both_of_a_ratio_are_measured_and_all_of_a_difference() -> None:
    assert checks(session([EMPTY, *PIPE, *COPY]), pipe_over_copy()) == (
        ("pipe_message", {"peer": "process", "placement": "same-cpu", "message": "24832B"}),
        ("memcpy_message", {"message": "24832B"}),
    )
    assert checks(session([EMPTY, *ring()]), claim(10e-6, primitive="ring_switch", along="working_set")) == (
        ("ring_switch", {"tasks": "4", "working_set": "78KiB"}),
        ("ring_calls", {"tasks": "4"}),
        ("ring_touch", {"tasks": "4", "working_set": "78KiB"}),
    )


def test_other_terms_are_held_while_checking() -> None:
    arms = sweep("fork_wait", lambda a, b: fork_ns(a) + 1000 * b, resident=RESIDENT, vmas=("0", "100", "400"))
    wanted = checks(session([EMPTY, *arms]), over_resident(1e-3), over_resident(1e-3, vmas="400"))
    assert wanted == (
        ("fork_wait", {"resident": "36MiB"}),
        ("fork_wait", {"resident": "20MiB", "vmas": "400"}),
    )


def test_how_many_cells_checking_may_take() -> None:
    def count(arms: list[Arm], *claims: Claim) -> int:
        return count_checks(session([EMPTY, *arms]).plan, claims)

    # The empty arm comes with them.
    assert count(forks(), over_resident(1e-3, 2e-3)) == 3
    assert count([*PIPE, *COPY], pipe_over_copy()) == 3
    assert count(ring(), claim(10e-6, primitive="ring_switch", along="working_set")) == 4
    assert count(forks(), pipe_over_copy()) == count(forks()[:2], over_resident(1e-3)) == 0


def checked(arms: Sequence[Arm], at: Sequence[Arm], given: Claim, **more: Any) -> Check | None:
    marked = [(msgspec.structs.replace(cell, id=f"{cell.id}@check", role="check"), values) for cell, values in at]
    return one([*arms, *marked], given, **more).check


def at_36(factor: float, **more: Any) -> list[Arm]:
    return sweep("fork_wait", lambda x: fork_ns(x) * factor, peer="process", resident=("36MiB",), **more)


@pytest.mark.parametrize(
    ("factor", "state"),
    [
        (1.0, CheckState.CONFIRMED),
        (0.98, CheckState.CONFIRMED),
        (1.08, CheckState.CLOSE),
        (0.92, CheckState.CLOSE),
        (1.2, CheckState.REFUTED),
        (0.5, CheckState.REFUTED),
    ],
)
def test_a_check_says_whether_it_is_so(factor: float, state: CheckState) -> None:
    check = checked(forks(), at_36(factor), over_resident(1e-3))
    assert check is not None
    assert (check.state, check.level, check.reason) == (state, "36MiB", "")
    assert check.measured is not None
    assert check.measured.value == pytest.approx(factor * 1e-3)
    assert check.expected is not None
    assert check.expected.value == pytest.approx(1e-3)


def test_the_runs_of_a_check_are_its_own() -> None:
    # As in a real session: the blocks that check come after all others.
    def later(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, run=trial.run + 9) if trial.cell == 5 else trial

    check = checked(forks(), at_36(1.0), over_resident(1e-3), change=later)
    assert check is not None
    assert check.state == CheckState.CONFIRMED


def test_a_check_elsewhere_says_nothing() -> None:
    assert checked(forks(), at_36(1.0), over_resident(1.2e-3)) is None
    assert checked(forks(), at_36(1.0, vmas="1"), over_resident(1e-3)) is None


def test_a_check_that_cannot_be_measured() -> None:
    def fail(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, error="no memory", unsupported=True) if trial.cell == 5 else trial

    check = checked(forks(), at_36(1.0), over_resident(1e-3), change=fail)
    assert check is not None
    assert (check.state, check.measured) == (CheckState.UNMEASURED, None)
    assert check.reason.endswith("@check is unsupported: no memory")


def test_checks_of_ratios_and_differences_are_paired() -> None:
    at = ("24832B",)
    pair = [
        *sweep("pipe_message", pipe_ns, peer="process", placement="same-cpu", message=at),
        *sweep("memcpy_message", copy_ns, share=0.02, batch=100, message=at),
    ]
    check = checked([*PIPE, *COPY], pair, pipe_over_copy())
    assert check is not None
    assert check.measured is not None
    assert (check.state, check.measured.unit) == (CheckState.CONFIRMED, "1")
    assert check.measured.value == pytest.approx(pipe_ns(number(*at)) / copy_ns(number(*at)))
    three = [
        *sweep("ring_switch", lambda x: 1_200 + 0.4 * x + 4 * 10_000, tasks="4", working_set=("78KiB",)),
        *sweep("ring_calls", lambda: 1_200.0, tasks="4"),
        *sweep("ring_touch", lambda x: 0.4 * x, tasks="4", working_set=("78KiB",)),
    ]
    check = checked(ring(), three, claim(10e-6, primitive="ring_switch", along="working_set"))
    assert check is not None
    assert check.measured is not None
    assert (check.state, check.measured.value) == (CheckState.CONFIRMED, pytest.approx(10e-6))


def test_cells_that_check_are_not_judged() -> None:
    marked = [(msgspec.structs.replace(cell, id=f"{cell.id}@check", role="check"), v) for cell, v in at_36(1.0)]
    given = msgspec.structs.replace(over_resident(1e-3), quantities=(Quantity(primitive="fork_wait"),))
    found = Session(session([EMPTY, *forks(), *marked]), (given,))
    assert {verdict.cell for verdict in found.verdicts} == {cell.id for cell, _ in forks()}
    assert [crossing.check is not None for crossing in found.crossings] == [True]
    assert (found.result.fits, found.result.crossings) == (found.fits, found.crossings)


@pytest.mark.parametrize("size", [1, 63, 64, 100, 4095, 4097, 24_950, 13 * MIB + 1, 36 * MIB, 3_000_000_000])
def test_a_level_is_plain_and_near(size: int) -> None:
    text = level_text("fork_wait", "resident", size)
    assert abs(number(text) / size - 1) <= 0.01
    assert PRIMITIVES["fork_wait"].factor("resident").parse(text, "") == text


@pytest.mark.parametrize(("count", "text"), [(7.4, "7"), (123.4, "123"), (1873, "1870"), (98_765, "98800"), (0.4, "")])
def test_counts_keep_three_digits(count: float, text: str) -> None:
    assert level_text("fork_wait", "vmas", count) == text


def test_a_session_without_sweeps_has_no_crossing() -> None:
    assert crossings([], over_resident(1e-3)) == ()
