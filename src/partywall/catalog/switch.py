"""Switching between two parties."""

from partywall.catalog.declaration import (
    IMAGE,
    POLICY,
    SPECULATION,
    SPIN,
    SPIN_OUTSIDE,
    TWO_PARTY_PLACEMENTS,
    Primitive,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_PEER = peer("process", "thread")
_RUN = (POLICY, SPECULATION, SPIN, SPIN_OUTSIDE)

PRIMITIVES = (
    Primitive(
        name="yield_switch",
        family=Family.SWITCH,
        title="yield to each other",
        one_op="One sched_yield of the driver, during which the peer runs and yields back: two switches.",
        factors=(IMAGE, _PEER, placement("same-cpu"), *_RUN),
        switches_per_op=2,
    ),
    Primitive(
        name="futex_pingpong",
        family=Family.SWITCH,
        title="futex ping-pong",
        one_op="A round trip through one shared futex: two wakes, two waits.",
        factors=(IMAGE, _PEER, placement(*TWO_PARTY_PLACEMENTS), *_RUN),
        switches_per_op=2,
    ),
    Primitive(
        name="pipe_pingpong",
        family=Family.SWITCH,
        title="pipe ping-pong",
        one_op="A round trip of one byte through two pipes: two writes, two blocking reads.",
        factors=(IMAGE, _PEER, placement(*TWO_PARTY_PLACEMENTS), *_RUN),
        switches_per_op=2,
    ),
)
