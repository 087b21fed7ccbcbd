"""How many ops a sample holds, and how many samples a trial."""

import math

import msgspec

from partywall.catalog import EMPTY, PRIMITIVES
from partywall.design import is_measured, profile_of
from partywall.model import Clock, Plan, PlannedCell, Profile

__all__ = ["PER_OP_OVERHEADS", "batch_size", "dither_share", "share_batches", "with_batch", "with_samples"]

PER_OP_OVERHEADS = 50
_PER_OP_RESOLUTIONS = 1000
_OVERHEAD_SHARE = 0.01
_USUAL_PRECISION = 0.02
_QUANTISATION_SHARE = 0.1
_DITHER_SHARE = 0.2
_CHUNKS = 8
_MIN_SAMPLES = 5
_EMPTY_SAMPLES = 2000
_MAX_SAMPLES = 2_000_000


def batch_size(op_s: float, overhead_s: float, clock: Clock, precision: float = _USUAL_PRECISION) -> int:
    """Ops in one sample: 1 where the op dwarfs the clock, else the fewest that hide it, and never 1.

    Hidden is an overhead of at most 1 % of the sample, and a step of the clock of at most a tenth of ``precision``.

    Medians of single ops and of pairs differ, so that an op at the edge must not be now one and now the other.
    """
    if op_s >= PER_OP_OVERHEADS * overhead_s and op_s >= _PER_OP_RESOLUTIONS * clock.resolution_s:
        return 1
    op_s = max(op_s, 1e-11)
    return max(
        math.ceil(overhead_s / (_OVERHEAD_SHARE * op_s)),
        math.ceil(clock.resolution_s / (_QUANTISATION_SHARE * precision * op_s)),
        2,
    )


def with_batch(cell: PlannedCell, op_s: float, overhead_s: float, clock: Clock, plan: Plan) -> PlannedCell:
    """The cell with batch, samples and chunk chosen from what one op took when it was tried."""
    primitive = PRIMITIVES[cell.primitive]
    rate = primitive.offered_rate(cell.factors)
    # An empty arm is the cost of one sample, so its samples hold one op; an open loop begins each op by itself.
    single = cell.primitive in EMPTY.values() or rate or primitive.reads(cell.factors)
    precision = plan.target.precision if plan.target else _USUAL_PRECISION
    batch = 1 if single else batch_size(op_s, overhead_s, clock, precision)
    sample_s = max(batch * (1 + dither_share(batch) / 2) * op_s + overhead_s, 1 / rate if rate else 1e-9)
    return with_samples(msgspec.structs.replace(cell, batch=batch, sample_s=sample_s), profile_of(plan, cell))


def with_samples(cell: PlannedCell, profile: Profile) -> PlannedCell:
    """The cell, whose ``sample_s`` is known, with as many samples as fill a trial of that profile."""
    primitive = PRIMITIVES[cell.primitive]
    wanted = _EMPTY_SAMPLES if cell.primitive in EMPTY.values() else int(profile.trial_s / cell.sample_s)
    samples = min(max(wanted, _MIN_SAMPLES), primitive.most_samples or _MAX_SAMPLES)
    # A new chunk empties the queue, so an open loop is one chunk.
    chunk = samples if primitive.offered_rate(cell.factors) else max(1, samples // _CHUNKS)
    return msgspec.structs.replace(cell, samples=samples, chunk=chunk)


def share_batches(plan: Plan) -> Plan:
    """The plan in which arms that differ in the peer only, and copies, have the largest batch that one of them has.

    A contrast of single ops with pairs would show that difference beside its own.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, cell in enumerate(plan.cells):
        if cell.contrast >= 0 and is_measured(cell):
            factors = sorted((name, level) for name, level in cell.factors.items() if name != "peer")
            alike.setdefault((cell.contrast, cell.primitive, *factors), []).append(i)
    cells = list(plan.cells)
    for places in alike.values():
        batch = max(cells[i].batch for i in places)
        for i in places:
            cell = cells[i]
            if cell.batch != batch:
                longer = msgspec.structs.replace(cell, batch=batch, sample_s=cell.sample_s * batch / cell.batch)
                cells[i] = with_samples(longer, profile_of(plan, cell))
    return msgspec.structs.replace(plan, cells=tuple(cells))


def dither_share(batch: int) -> float:
    """Share of the batch that is added at random at most; none where a sample is one op."""
    return 0.0 if batch == 1 else _DITHER_SHARE
