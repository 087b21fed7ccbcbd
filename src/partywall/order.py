"""The order of one block: arms of a contrast balanced against order and carry-over, all else at random."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["arm_order", "earlier", "in_block", "spread", "williams_rows"]

# Keeps these streams apart from that of the blocks, whatever the numbers in front of it.
_STREAM = 1


def williams_rows(arms: int) -> tuple[tuple[int, ...], ...]:
    """Orders of ``arms`` arms in which each follows every other equally often, and is first, second, ... equally often.

    One square of ``arms`` rows where their number is even, two, mirror images of each other, where it is odd
    (Williams 1949).  So each of two arms comes before the other in half of the rows.
    """
    zigzag = [(place + 1) // 2 if place % 2 else (arms - place // 2) % arms for place in range(arms)]
    rows = tuple(tuple((arm + shift) % arms for arm in zigzag) for shift in range(arms))
    return rows if arms % 2 == 0 or arms == 1 else rows + tuple(row[::-1] for row in rows)


def arm_order(arms: int, turn: int, seed: int, group: int) -> tuple[int, ...]:
    """The order of a group's arms at its ``turn``-th turn.

    Turns go through all rows of the squares, in a random order and with the arms numbered at random, again and
    again: two arms are AB and then BA, or the other way round.  What comes follows from ``seed`` and ``group`` alone.
    """
    rows = williams_rows(arms)
    cycle, place = divmod(turn, len(rows))
    random = np.random.default_rng([seed, cycle, group, _STREAM])
    names = random.permutation(arms)
    row = rows[random.permutation(len(rows))[place]]
    return tuple(int(names[arm]) for arm in row)


def spread(units: Sequence[Sequence[Sequence[int]]], random: np.random.Generator) -> list[int]:
    """Everything in the units, in one order: each unit's passes stay whole, and lie in equal parts of the block.

    A unit with one pass lies anywhere; of one with two the first lies in the first half, the second in the other.
    """
    passes = [(number, len(unit), one) for unit in units for number, one in enumerate(unit)]
    places = (np.array([number for number, _, _ in passes]) + random.random(len(passes))) / np.array(
        [count for _, count, _ in passes]
    )
    return [entry for i in np.argsort(places, kind="stable") for entry in passes[i][2]]


def in_block(block: int, runs: int, blocks: int) -> bool:
    """Whether one with ``runs`` runs is in a block, so that they lie evenly among all ``blocks``.

    Who has fewer runs has none where one with more has none: what is compared has as many runs in common as it can.
    """
    return bool(_ranks(blocks)[block] < runs)


def earlier(block: int, runs: int, blocks: int) -> int:
    """How many blocks before that one hold one with ``runs`` runs."""
    return int(np.count_nonzero(_ranks(blocks)[:block] < runs))


@lru_cache(maxsize=8)
def _ranks(blocks: int) -> NDArray[np.int64]:
    """In which order blocks are taken: by the mirrored bits of their numbers (van der Corput 1935)."""
    bits = max(1, (blocks - 1).bit_length())
    mirrored = [int(f"{block:0{bits}b}"[::-1], 2) for block in range(blocks)]
    ranks = np.empty(blocks, np.int64)
    ranks[np.argsort(mirrored)] = np.arange(blocks)
    return ranks
