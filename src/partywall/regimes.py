"""From the reference arms of a session to the regimes that it saw."""

import numpy as np

from partywall.catalog import PRIMITIVES
from partywall.catalog.reference import ARMS, PAIR_ARM
from partywall.cells import run_summaries, run_values
from partywall.model import PlannedCell
from partywall.record import Record
from partywall.regime import Arm, Regime, Regimes, SpinGaps
from partywall.stats.groups import MIN_BLOCKS, find_groups

__all__ = ["find_regimes", "spin_gaps"]

_SPIN = "fixed_spin"
_AWAY = 1.1


def find_regimes(record: Record) -> Regimes:
    """Judge the run medians of the reference arms over the blocks of the session, in their order.

    The rule is that of `stats.find_groups`; of stable arms less than 5 % are told to be several.  The arms are the null
    system call and the fixed spin, each in its first image, and the cache line between each two CPUs.
    """
    gaps = spin_gaps(record)
    arms = _arms(record)
    summaries = run_summaries(record) if arms else {}
    medians = {index: run_values(summaries[index], "typical") for index in arms}
    # An arm that took no time cannot be compared.
    medians = {index: runs for index, runs in medians.items() if runs and min(runs.values()) > 0}
    blocks = sorted(set.intersection(*map(set, medians.values()))) if medians else []
    if len(blocks) < MIN_BLOCKS:
        seen = f"{len(blocks)} blocks with all reference arms, at least {MIN_BLOCKS} are needed"
        return Regimes(gaps=gaps, reason=seen)
    values = np.array([[runs[block] for block in blocks] for runs in medians.values()])
    modes = find_groups(values)
    levels = [[float(np.median(row[list(group)])) for group in modes.groups] for row in values]
    return Regimes(
        regimes=tuple(Regime(blocks=tuple(blocks[place] for place in group)) for group in modes.groups),
        arms=tuple(
            Arm(
                cell=record.plan.cells[index].id,
                title=_title(record.plan.cells[index]),
                typical_s=tuple(level),
                apart=max(level) / min(level) - 1,
                tells=number == modes.series,
            )
            for number, (index, level) in enumerate(zip(medians, levels, strict=True))
        ),
        gaps=gaps,
    )


def _arms(record: Record) -> list[int]:
    found: dict[tuple[str, int, int], int] = {}
    for index, cell in enumerate(record.plan.cells):
        if cell.primitive in (*ARMS, PAIR_ARM) and not cell.reading and not cell.role and not _changed(cell):
            found.setdefault((cell.primitive, cell.driver_cpu, cell.peer_cpu), index)
    return list(found.values())


def _changed(cell: PlannedCell) -> bool:
    """Whether it is more than the plain arm: with a planted effect, or with readings."""
    return not set(cell.factors) <= {"image", "peer", "placement"}


def _title(cell: PlannedCell) -> str:
    placement = cell.factors.get("placement", "")
    return f"{PRIMITIVES[cell.primitive].title}{f' ({placement})' if placement else ''}"


def spin_gaps(record: Record) -> tuple[SpinGaps, ...]:
    """How long the CPU was away from the fixed spin, block by block.

    The spin takes the same time whenever it has the CPU to itself: what a sample takes beyond the median of its
    trial, where it is more than 10 %, is time in which the CPU did something else.
    """
    cells = {i for i, cell in enumerate(record.plan.cells) if cell.primitive == _SPIN and not _changed(cell)}
    found: dict[int, list[tuple[float, float, float]]] = {}
    for trial in record.trials:
        if trial.cell not in cells or trial.error or not trial.count:
            continue
        values, ops = record.samples.rows(trial.first, trial.count)
        typical = float(np.median(values / ops)) * ops
        away = np.where(values > _AWAY * typical, values - typical, 0.0)
        found.setdefault(trial.run, []).append((float(away.sum()), float(values.sum()), float(away.max())))
    return tuple(
        SpinGaps(
            block=block,
            share=sum(away for away, _, _ in parts) / sum(whole for _, whole, _ in parts),
            longest_s=max(longest for _, _, longest in parts) * 1e-9,
        )
        for block, parts in sorted(found.items())
    )
