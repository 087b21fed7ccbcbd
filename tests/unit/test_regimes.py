"""The regimes of a session, from arms whose levels are given."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall import store
from partywall.model import PlannedCell, Trial
from partywall.record import Record
from partywall.regimes import find_regimes, spin_gaps
from partywall.report.foot import foot_lines, format_blocks
from partywall.session import Session
from synthetic import planned, session

RUNS = 20
SLOW = range(7)


def arm(primitive: str, **factors: str) -> PlannedCell:
    return planned(primitive, image="pristine", **factors)


def noisy(level: float, share: float = 0.0, slow: Any = SLOW) -> Callable[[int], Any]:
    random = np.random.default_rng(int(level))

    def given(run: int) -> Any:
        return level * (1 + share * (run in slow)) * np.exp(random.normal(0, 0.002, 15))

    return given


def arms(share: float = 0.0, line: float = 0.0, change: Callable[[Trial], Trial] = lambda trial: trial) -> Record:
    pair = msgspec.structs.replace(arm("cache_line", peer="process", placement="same-llc"), driver_cpu=1, peer_cpu=0)
    cells: Any = [
        (arm("empty"), lambda run: 20.0),
        (arm("null_syscall"), noisy(150.0, share)),
        (arm("fixed_spin"), noisy(16_000.0, share)),
        (pair, noisy(300.0, line)),
        (arm("fork_wait"), noisy(60_000.0, 3.0)),
    ]
    return session(cells, runs=RUNS, change=change)


def last_lines(record: Record) -> list[tuple[str, str]]:
    return [line for line in foot_lines(Session(record, ()).result) if "egimes" in line[0] or "away" in line[0]]


def test_one_regime() -> None:
    found = find_regimes(arms())
    assert [regime.blocks for regime in found.regimes] == [tuple(range(RUNS))]
    assert [arm.cell for arm in found.arms] == [
        "null_syscall,pristine",
        "fixed_spin,pristine",
        "cache_line,pristine,process,same-llc",
    ]
    assert not any(arm.tells for arm in found.arms)
    assert all(arm.apart == 0.0 for arm in found.arms)
    assert last_lines(arms())[0][1] == ""


def test_two_regimes_and_what_the_report_says_of_them() -> None:
    found = find_regimes(arms(share=0.041))
    assert [regime.blocks for regime in found.regimes] == [tuple(SLOW), tuple(range(7, RUNS))]
    null, spin, line = found.arms
    assert null.apart == pytest.approx(0.047, abs=0.005)  # of 130 ns, the overhead of 20 being taken off
    assert spin.apart == pytest.approx(0.041, abs=0.003)
    assert line.apart < 0.01
    assert sum(arm.tells for arm in found.arms) == 1
    text, style = last_lines(arms(share=0.041))[0]
    assert style == "yellow"
    assert "2: blocks 0-6 and 7-19" in text
    assert "fixed spin 4.2 %" in text
    assert "mixture" in text


def test_cpus_that_become_siblings_are_a_regime_of_their_own() -> None:
    found = find_regimes(arms(line=-0.8))
    assert [arm.tells for arm in found.arms] == [False, False, True]
    assert found.arms[2].apart == pytest.approx(6.0, rel=0.05)  # of 280 ns and of 40


def test_nothing_is_left_out_for_it() -> None:
    one, two = (Session(arms(share=share), ()) for share in (0.0, 0.2))
    assert [cell.runs for cell in one.cells] == [cell.runs for cell in two.cells] == [RUNS] * 5
    spin = two.cells[2].estimates
    assert spin
    # Seven of twenty blocks were slow: the mixture's median is that of the others, its interval is over all.
    assert spin.typical.low < spin.typical.value < spin.typical.high


def test_blocks_without_an_arm_are_not_judged() -> None:
    def lose(trial: Trial) -> Trial:
        failed = trial.cell == 2 and trial.run in (3, 8)
        return msgspec.structs.replace(trial, error="gone") if failed else trial

    blocks = [block for regime in find_regimes(arms(share=0.04, change=lose)).regimes for block in regime.blocks]
    assert sorted(blocks) == [block for block in range(RUNS) if block not in (3, 8)]


def test_too_few_blocks_say_so() -> None:
    record = session([(arm("empty"), lambda run: 20.0), (arm("null_syscall"), noisy(150.0))], runs=5)
    found = find_regimes(record)
    assert found.regimes == ()
    assert "5 blocks" in found.reason
    assert find_regimes(session([(arm("fork_wait"), noisy(60_000.0))])).reason


def test_checks_and_planted_effects_are_no_arms() -> None:
    spin = msgspec.structs.replace(arm("fixed_spin"), role="check")
    planted = planned("null_syscall", image="pristine", spin="10us")
    record = session([(arm("empty"), lambda run: 20.0), (spin, noisy(1.0)), (planted, noisy(9.0))])
    assert find_regimes(record).arms == ()


def test_time_in_which_the_cpu_was_away() -> None:
    def given(run: int) -> Any:
        spin = np.full(100, 1000.0)
        spin[:3] += 500.0 if run == 4 else 5.0
        return spin

    gaps = spin_gaps(session([(arm("empty"), lambda run: 20.0), (arm("fixed_spin"), given)]))
    assert [gap.block for gap in gaps] == list(range(9))
    assert gaps[4].share == pytest.approx(1500 / 101_500)
    assert gaps[4].longest_s == pytest.approx(500e-9)
    assert {(gap.share, gap.longest_s) for gap in gaps if gap.block != 4} == {(0.0, 0.0)}


def test_the_report_tells_of_the_gaps() -> None:
    (text, style) = last_lines(arms())[1]
    assert style == ""
    assert "away for 0.00%" in text


@pytest.mark.parametrize(
    ("blocks", "text"), [((0,), "0"), ((0, 1, 2), "0-2"), ((0, 1, 4, 6, 7), "0-1, 4, 6-7"), ((), "")]
)
def test_blocks_as_people_write_them(blocks: tuple[int, ...], text: str) -> None:
    assert format_blocks(blocks) == text


def test_a_session_without_arms_is_shown(tmp_path: Any) -> None:
    record = session([(arm("empty"), lambda run: 20.0)])
    store.write(record, tmp_path / "s.parquet")
    found = Session(store.read(tmp_path / "s.parquet"), ())
    assert found.regimes.regimes == ()
    assert foot_lines(replace_regimes(found))


def replace_regimes(given: Session) -> Any:
    return msgspec.structs.replace(given.result, regimes=None)
