"""Synthetic records: the samples are given, so that what must follow from them is known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from partywall.cells import summarise_cells
from partywall.model import Clock, Counters, Family, Grid, Override, Plan, PlannedCell, Profile, Trial
from partywall.record import HeldSamples, Record

CALM = {"minor_faults": 0, "major_faults": 0, "run_delay_ns": 0, "migrations": 0, "steal_ns": 0}
FAMILIES = {"empty": Family.REFERENCE, "null_syscall": Family.REFERENCE, "fork_wait": Family.CREATE}


def counters(**changes: Any) -> Counters:
    return Counters(**{"ops": 1000, "voluntary": 0, "involuntary": 0, **CALM, **changes})


def planned(primitive: str, batch: int = 1, **factors: str) -> PlannedCell:
    talk = primitive.endswith("_message")
    family = FAMILIES.get(primitive, Family.TALK if talk else Family.SWITCH)
    ident = ",".join((primitive, *factors.values()))
    return PlannedCell(id=ident, primitive=primitive, family=family, factors=factors, batch=batch)


def session(
    cells: Sequence[tuple[PlannedCell, Callable[[int], Any]]],
    runs: int = 9,
    uncertainty: float = 0.0,
    change: Callable[[Trial], Trial] = lambda trial: trial,
) -> Record:
    """A record in which run r of each cell gave the samples ``given(r)``, in ns as the clock saw them."""
    columns: list[Any] = []
    ops: list[Any] = []
    trials = []
    first = 0
    for index, (cell, given) in enumerate(cells):
        half = counters(voluntary=900, involuntary=100)
        for run in range(runs):
            x = np.atleast_1d(np.asarray(given(run), float))
            columns.append(x)
            ops.append(np.full(x.size, cell.batch, np.uint32))
            trial = Trial(
                cell=index,
                run=run,
                position=index,
                seed=0,
                first=first,
                count=x.size,
                seconds=1.0,
                driver=half,
                party=half if cell.family == Family.SWITCH else None,
            )
            trials.append(change(trial))
            first += x.size
    return Record(
        plan=Plan(
            seed=1,
            profile=Profile(name="test", runs=runs, trial_s=1.0, warmup_s=0.0),
            cells=tuple(cell for cell, _ in cells),
        ),
        host={},
        clock=Clock(source="tsc", hertz=1e9, uncertainty=uncertainty, resolution_s=0, cost_s=0, backward=0),
        tool={},
        trials=tuple(trials),
        samples=HeldSamples(np.concatenate(columns), np.concatenate(ops)),
    )


def grid(names: Sequence[str], factors: Mapping[str, Sequence[str]], overrides: Sequence[Override] = ()) -> Grid:
    levels = {name: tuple(given) for name, given in factors.items()}
    return Grid(names=tuple(names), factors=levels, overrides=tuple(overrides))


EMPTY = (planned("empty"), lambda run: [20.0] * 5)
"""An empty arm with an overhead of 20 ns."""


def only(record: Record, primitive: str) -> Any:
    """The one cell of a primitive."""
    (cell,) = [cell for cell in summarise_cells(record) if cell.primitive == primitive]
    return cell
