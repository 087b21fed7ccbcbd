"""Moving messages, through the kernel and through memory."""

from partywall.catalog.declaration import (
    IMAGE,
    LOAD,
    MESSAGE,
    SAME_CPU,
    TWO_PARTY_PLACEMENTS,
    Primitive,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_PEER = peer("process", "thread")

PRIMITIVES = (
    Primitive(
        name="shm_pingpong",
        family=Family.TALK,
        title="one cache line, spinning",
        one_op="A round trip of one cache line between two CPUs that spin on it; no system call.",
        factors=(IMAGE, _PEER, placement(*(p for p in TWO_PARTY_PLACEMENTS if p != SAME_CPU))),
    ),
    Primitive(
        name="pipe_message",
        family=Family.TALK,
        title="message through a pipe and back",
        one_op="A message of n bytes to the peer through one pipe and back through another.",
        factors=(IMAGE, _PEER, placement(*TWO_PARTY_PLACEMENTS), MESSAGE, LOAD),
    ),
    Primitive(
        name="file_message",
        family=Family.TALK,
        title="message into a file and back",
        one_op="pwrite of n bytes to an unlinked file and pread of them, through the page cache.",
        factors=(IMAGE, MESSAGE),
    ),
    Primitive(
        name="memcpy_message",
        family=Family.TALK,
        title="message through memory and back",
        one_op="memcpy of n bytes into a second buffer and back: the floor.",
        factors=(IMAGE, MESSAGE),
    ),
)
