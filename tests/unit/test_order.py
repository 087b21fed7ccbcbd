"""Orders: every arm as often in every place, and after every other; what follows from the seed alone."""

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest

from partywall.order import arm_order, earlier, in_block, spread, williams_rows


@pytest.mark.parametrize("arms", range(1, 13))
def test_each_arm_is_in_each_place_and_follows_each_other_equally_often(arms: int) -> None:
    rows = williams_rows(arms)
    times = len(rows) // arms
    assert times == (1 if arms % 2 == 0 or arms == 1 else 2)
    assert all(sorted(row) == list(range(arms)) for row in rows)
    places = Counter((place, arm) for row in rows for place, arm in enumerate(row))
    assert places == {(place, arm): times for place in range(arms) for arm in range(arms)}
    follows = Counter(pair for row in rows for pair in pairwise(row))
    assert follows == dict.fromkeys(permutations(range(arms), 2), times)


@pytest.mark.parametrize("arms", range(2, 13))
def test_each_arm_is_before_each_other_in_half_of_the_rows(arms: int) -> None:
    rows = williams_rows(arms)
    for a, b in permutations(range(arms), 2):
        assert 2 * sum(row.index(a) < row.index(b) for row in rows) == len(rows)


@pytest.mark.parametrize("arms", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_every_cycle_of_turns_is_balanced(arms: int, seed: int) -> None:
    length = len(williams_rows(arms))
    for cycle in range(3):
        rows = [arm_order(arms, cycle * length + i, seed, 4) for i in range(length)]
        follows = Counter(pair for row in rows for pair in pairwise(row))
        assert follows == dict.fromkeys(permutations(range(arms), 2), length // arms)
        places = Counter((place, arm) for row in rows for place, arm in enumerate(row))
        assert set(places.values()) == {length // arms}


def test_two_arms_are_ab_and_then_ba_or_the_other_way_round() -> None:
    firsts = []
    for seed in range(200):
        pairs = [(arm_order(2, turn, seed, 0), arm_order(2, turn + 1, seed, 0)) for turn in (0, 2, 4)]
        assert all(first == second[::-1] for first, second in pairs)
        firsts += [first[0] for first, _ in pairs]
    # Of 600 fair coins, with less than one in 10^15 outside.
    assert 200 < sum(firsts) < 400


def test_orders_follow_from_seed_and_group_alone() -> None:
    def orders(seed: int, group: int) -> list[tuple[int, ...]]:
        return [arm_order(4, turn, seed, group) for turn in range(16)]

    assert orders(3, 1) == orders(3, 1)
    assert orders(3, 1) != orders(4, 1)
    assert orders(3, 1) != orders(3, 2)


def test_passes_lie_in_equal_parts_and_arms_stay_together() -> None:
    units = [[[0, 1], [2, 3]], [[4]], [[5], [6], [7]], *([[i]] for i in range(8, 68))]
    seen = set()
    for seed in range(50):
        order = spread(units, np.random.default_rng(seed))
        assert sorted(order) == list(range(68))
        at = {entry: place for place, entry in enumerate(order)}
        assert at[1] == at[0] + 1
        assert at[3] == at[2] + 1
        assert at[1] < at[2]
        assert at[5] < at[6] < at[7]
        seen.add(tuple(order))
        # 60 others are spread over the block: the last third is not the first.
        assert at[7] - at[5] > 5
    assert len(seen) == 50


@pytest.mark.parametrize(("runs", "blocks"), [(1, 1), (9, 9), (9, 20), (12, 100), (9, 500), (250, 500), (37, 64)])
def test_runs_lie_evenly_among_the_blocks(runs: int, blocks: int) -> None:
    places = [block for block in range(blocks) if in_block(block, runs, blocks)]
    assert len(places) == runs
    gaps = [b - a for a, b in pairwise([-1, *places, blocks])]
    assert max(gaps) <= 2 * blocks / runs + 2
    for block in range(blocks):
        assert earlier(block, runs, blocks) == sum(place < block for place in places)


def test_who_has_fewer_runs_has_none_that_another_has_not() -> None:
    held = [{block for block in range(90) if in_block(block, runs, 90)} for runs in (9, 12, 37, 90)]
    assert all(few <= many for few, many in pairwise(held))
