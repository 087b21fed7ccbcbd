"""One level or several: by value, by time, and not by chance."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from partywall.stats.groups import MIN_BLOCKS, find_groups

STABLE: dict[str, Callable[[np.random.Generator, Any], Any]] = {
    "normal": lambda random, shape: random.normal(size=shape),
    "heavy": lambda random, shape: random.standard_t(3, size=shape),
    "skewed": lambda random, shape: np.exp(random.normal(size=shape)),
    "flat": lambda random, shape: random.uniform(-1.7, 1.7, size=shape),
}


def levels(blocks: int, shift: float, slow: list[int], seed: int = 1, noise: float = 0.002) -> Any:
    """Three series of which two are slower in some blocks."""
    y = np.random.default_rng(seed).normal(0, noise, (3, blocks))
    y[:2, slow] += shift
    return np.exp(y) * [[1e-7], [1e-5], [3e-7]]


@pytest.mark.parametrize("blocks", [9, 20])
@pytest.mark.parametrize("kind", STABLE)
def test_stable_series_are_seldom_told_to_be_several(blocks: int, kind: str) -> None:
    random = np.random.default_rng(blocks)
    trials = 120
    told = sum(find_groups(np.exp(0.02 * STABLE[kind](random, (3, blocks)))).series >= 0 for _ in range(trials))
    # At 5 % twelve or more of 120 have a chance of 1 %; what is told is below 3 %.
    assert told < 12


@pytest.mark.parametrize(
    ("blocks", "slow"),
    [
        (20, [*range(7)]),
        (20, [*range(13, 20)]),
        (20, [*range(6, 12)]),
        (20, [1, 4, 9, 13, 18]),
        (9, [0, 3, 4, 8]),
        (37, [*range(5), *range(20, 25)]),
    ],
)
def test_two_levels_are_told_apart_block_by_block(blocks: int, slow: list[int]) -> None:
    found = find_groups(levels(blocks, 0.04, slow))
    fast = [block for block in range(blocks) if block not in slow]
    assert found.groups == tuple(sorted((tuple(slow), tuple(fast))))
    assert found.series in (0, 1)


def test_small_steps_are_seen_by_time_where_values_alone_do_not_part() -> None:
    found = find_groups(levels(37, 0.015, [*range(12)], noise=0.006))
    assert len(found.groups) == 2
    # At its borders a block may be taken for its neighbour.
    wrong = set(range(12)) ^ set(found.groups[0])
    assert min(len(wrong), 37 - len(wrong)) <= 2


def test_three_levels() -> None:
    y = levels(30, 0.04, [*range(10)])
    y[0, 20:] *= 1.15
    assert find_groups(y).groups == (tuple(range(10)), tuple(range(10, 20)), tuple(range(20, 30)))


def test_a_difference_of_less_than_one_percent_is_none() -> None:
    found = find_groups(levels(20, 0.008, [*range(7)], noise=1e-4))
    assert found.groups == (tuple(range(20)),)
    assert found.series == -1


def test_one_slow_block_is_no_level() -> None:
    assert find_groups(levels(20, 2.0, [11])).series == -1


def test_units_and_constants_do_not_matter() -> None:
    slow = [*range(7)]
    assert find_groups(levels(20, 0.04, slow) * 1e9) == find_groups(levels(20, 0.04, slow))
    assert find_groups(np.ones((2, 20))).series == -1


@pytest.mark.parametrize("bad", [np.ones((1, MIN_BLOCKS - 1)), np.zeros((1, 9)), np.full((1, 9), np.nan)])
def test_what_cannot_be_judged(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"blocks|positive"):
        find_groups(bad)
