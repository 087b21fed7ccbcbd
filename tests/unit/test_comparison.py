"""Two sessions beside each other: nothing differs from itself, what was planted is found, and the rest is said."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import partywall
from partywall import store
from partywall.comparison import Change, Changed, Comparison, compare_records
from partywall.errors import InputError
from partywall.model import Trial
from partywall.record import Record
from partywall.report.text_comparison import render_comparison
from synthetic import planned, session

EMPTY = (planned("empty"), lambda run: [20.0])
CELLS = ("fork_wait", "vfork_wait", "clone3_wait", "mmap_munmap")


def runs(ns: float, seed: int, spread: float = 0.003, between: float = 0.0) -> Callable[[int], Any]:
    """Values of each run about ``ns`` + 20, and all of them off by one draw of ``between``."""
    random = np.random.default_rng(seed)
    offset = 1 + between * random.normal()
    values = 20.0 + ns * offset * (1 + spread * random.normal(size=40))
    return lambda run: [values[run]]


def recorded(seed: int = 1, count: int = 12, between: float = 0.0, **ns: float) -> Record:
    arms = [
        (planned(name), runs(ns.get(name, 50_000.0), seed * 100 + i, between=between)) for i, name in enumerate(CELLS)
    ]
    return session([EMPTY, *arms], runs=count)


def changes(comparison: Comparison) -> dict[str, Change]:
    return {change.cell.partition("[")[0]: change for change in comparison.changes}


def test_a_session_does_not_differ_from_itself() -> None:
    record = recorded()
    found = compare_records([record], [record])
    assert {change.changed for change in found.changes} == {Changed.SAME}
    assert all(change.ratio is not None and change.ratio.value == 1.0 for change in found.changes)
    assert [arm.cell for arm in found.arms] == ["empty"]
    assert found.hosts == ()


def test_nothing_is_called_different_where_runs_are_of_one_distribution() -> None:
    alarms = 0
    for seed in range(1, 101):
        found = compare_records([recorded(seed)], [recorded(seed + 1000, count=17)], band=0.0005)
        alarms += any(change.changed in (Changed.HIGHER, Changed.LOWER) for change in found.changes)
    # 5 % at most: a binomial of 100 is above 12 once in a thousand times.
    assert alarms <= 12


@pytest.mark.parametrize(("before", "after"), [(12, 12), (9, 20), (37, 9)])
def test_what_was_planted_is_found_for_any_numbers_of_runs(before: int, after: int) -> None:
    found = compare_records([recorded(1, before)], [recorded(2, after, fork_wait=55_000.0, vfork_wait=45_000.0)])
    by_name = changes(found)
    assert by_name["fork_wait"].changed == Changed.HIGHER
    assert by_name["vfork_wait"].changed == Changed.LOWER
    assert by_name["mmap_munmap"].changed == Changed.SAME
    ratio = by_name["fork_wait"].ratio
    assert ratio is not None
    assert ratio.value == pytest.approx(1.1, rel=0.005)
    assert ratio.low < ratio.value < ratio.high
    assert by_name["fork_wait"].counts == (before, after)
    assert 0 < (by_name["fork_wait"].p or 1) < 0.05


def test_a_change_that_does_not_matter_is_none() -> None:
    slightly = recorded(2, 37, fork_wait=50_500.0)
    assert changes(compare_records([recorded(1, 37)], [slightly]))["fork_wait"].changed == Changed.SAME
    assert changes(compare_records([recorded(1, 37)], [slightly], band=0.003))["fork_wait"].changed == Changed.HIGHER
    assert changes(compare_records([recorded(1, 37)], [slightly], band=0.01))["fork_wait"].changed == Changed.UNDECIDED


def test_many_cells_need_more_than_one() -> None:
    few = {"count": 4}
    one = changes(compare_records([recorded(1)], [recorded(2, fork_wait=90_000.0)]))["fork_wait"]
    assert one.p is not None
    assert one.p >= 4 * 7e-7, "adjusted for the five cells compared"
    assert changes(compare_records([recorded(1, **few)], [recorded(2, **few)]))["fork_wait"].changed == Changed.UNUSABLE


def test_cells_of_one_side_and_cells_that_cannot_be_used() -> None:
    lone = session([EMPTY, (planned("fork_wait"), runs(50_000, 1)), (planned("pipe_message"), runs(5000, 2))], runs=12)
    found = changes(compare_records([recorded()], [lone]))
    assert found["vfork_wait"].changed == Changed.GONE
    assert found["pipe_message"].changed == Changed.NEW
    noisy = replace(lone, trials=tuple(_flagged(trial) for trial in lone.trials))
    spoiled = changes(compare_records([recorded()], [noisy]))["fork_wait"]
    assert spoiled.changed == Changed.UNUSABLE
    assert spoiled.why.startswith("after: noisy: ")


def _flagged(trial: Trial) -> Trial:
    return msgspec.structs.replace(trial, flags=("migrated",))


def test_values_without_a_ratio() -> None:
    zero = session([EMPTY, (planned("fork_wait"), lambda run: [20.0])], runs=12)
    same = changes(compare_records([zero], [zero]))["fork_wait"]
    assert same.changed in (Changed.SAME, Changed.UNUSABLE)
    below = changes(compare_records([zero], [recorded()]))["fork_wait"]
    assert below.changed == Changed.UNUSABLE
    assert below.why


def test_sessions_that_differ_among_themselves_are_compared_as_sessions() -> None:
    before = [recorded(seed, between=0.05) for seed in range(5)]
    after = [recorded(seed + 50, between=0.05) for seed in range(6)]
    runs_only = [compare_records([a], [b]) for a, b in zip(before, after, strict=False)]
    assert any(change.changed in (Changed.HIGHER, Changed.LOWER) for one in runs_only for change in one.changes)
    found = compare_records(before, after)
    assert found.of == "sessions"
    assert {change.changed for change in found.changes} == {Changed.UNDECIDED}
    assert changes(found)["fork_wait"].counts == (5, 6)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 2), (3, 4), (1, 5)])
def test_too_few_sessions_for_their_own_level(before: int, after: int) -> None:
    with pytest.raises(InputError, match="can be compared"):
        compare_records([recorded()] * before, [recorded()] * after)


@pytest.mark.parametrize("band", [0.0, -0.1, 1.0, float("nan")])
def test_a_band_that_cannot_be_meant(band: float) -> None:
    with pytest.raises(InputError, match="band"):
        compare_records([recorded()], [recorded()], band=band)


def test_machines_that_differ_are_told_apart() -> None:
    record = recorded()
    record = replace(record, host={"kernel": "Linux 6", "cpu": "one", "left": 5})
    other = replace(record, host={"kernel": "Linux 9", "cpu": "one", "left": 7}, tool={"version": "99"})
    names = {name for name, _, _ in compare_records([record], [other]).hosts}
    assert names == {"kernel", "partywall"}


def test_the_report_says_what_differs_first() -> None:
    text = render_comparison(compare_records([recorded(1)], [recorded(2, fork_wait=55_000.0, vfork_wait=200_000.0)]))
    lines = text.splitlines()
    slower = [line for line in lines if line.startswith("slower")]
    assert [line.split()[1].partition("[")[0] for line in slower] == ["vfork_wait", "fork_wait"]
    assert "2 slower, 0 faster, 0 undecided, 2 same" in text
    assert "reference empty" in text
    every = render_comparison(compare_records([recorded(1)], [recorded(2)]), everything=True)
    assert sum(line.startswith("same") for line in every.splitlines()) == 4


def test_files_and_sessions_can_be_compared(tmp_path: Path) -> None:
    target = tmp_path / "a.parquet"
    store.write(recorded(), target)
    found = partywall.compare(target, partywall.load(target))
    assert {change.changed for change in found.changes} == {Changed.SAME}
    assert partywall.compare([str(target)] * 4, [target] * 4).of == "sessions"
