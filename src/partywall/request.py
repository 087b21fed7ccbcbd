"""From a planned cell to what its worker is asked to do."""

import tempfile
from typing import Any

from partywall import native
from partywall.catalog import PRIMITIVES
from partywall.model import Clock, PlannedCell

__all__ = ["order_of"]

_NS = 1e9
_PLACED = frozenset({"image", "peer", "placement", "target"})


def order_of(cell: PlannedCell, clock: Clock, seed: int, **more: Any) -> native.Order:
    """What a worker of that cell is asked; ``more`` says how often and for how long."""
    factors = cell.factors
    primitive = PRIMITIVES[cell.primitive]
    numbers = {name: primitive.factor(name).number(level) for name, level in factors.items()}
    # The peer of the create family is the thing created, not a second party of the harness.
    peer = factors.get("peer", "") if native.primitives().get(cell.primitive) else ""
    rate = primitive.offered_rate(factors)
    return native.Order(
        subject=cell.primitive,
        clock=clock.source,
        language=primitive.language,
        image=factors.get("image", "pristine"),
        peer=peer,
        parties=numbers.get("tasks", 2) if peer else 1,
        readings=primitive.reads(factors),
        period=round(clock.hertz / rate) if rate else 0,
        spin=round(numbers.get("spin", 0) * clock.hertz / _NS),
        spin_outside=round(numbers.get("spin_outside", 0) * clock.hertz / _NS),
        driver_cpu=cell.driver_cpu,
        peer_cpu=cell.peer_cpu,
        seed=seed,
        settings={name: (level, numbers[name]) for name, level in factors.items() if name not in _PLACED},
        target=factors.get("target", "static"),
        directory=tempfile.gettempdir(),
        **more,
    )
