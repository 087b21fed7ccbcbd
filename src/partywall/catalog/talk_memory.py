"""Moving messages through memory, and through calls that spare a copy."""

from partywall.catalog.declaration import (
    IMAGE,
    LOAD,
    PHASES,
    SAME_CPU,
    SMALL_MESSAGE,
    TWO_PARTY_PLACEMENTS,
    Factor,
    Primitive,
    Reading,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_PEER = peer("process", "thread")
_CROSS_CPU = placement(*(p for p in TWO_PARTY_PLACEMENTS if p != SAME_CPU))
_ANYWHERE = placement(*TWO_PARTY_PLACEMENTS)
_CHUNK = Factor("chunk", ("64B", "64KiB"), quantity="size")
_RING = Factor("ring", ("64KiB",), quantity="size", optional=True)
_THERE = (Reading("there", "s", "the peer holds the message"),)


def _message(
    name: str, title: str, one_op: str, placed: Factor = _ANYWHERE, more: tuple[Factor, ...] = ()
) -> Primitive:
    return Primitive(
        name=name,
        family=Family.TALK,
        title=title,
        one_op=one_op,
        factors=(IMAGE, _PEER, placed, SMALL_MESSAGE, LOAD, PHASES, *more),
        readings=_THERE,
    )


PRIMITIVES = (
    _message(
        "shm_futex_message",
        "message through shared memory, sleeping",
        "A message of n bytes copied into a shared slot and out of it, and back through another; futex sleep and wake.",
    ),
    _message(
        "shm_spin_message",
        "message through shared memory, spinning",
        "A message of n bytes through a ring in shared memory and back through another; both sides spin.",
        _CROSS_CPU,
        (_RING,),
    ),
    Primitive(
        name="shm_stream",
        family=Family.TALK,
        title="stream through shared memory",
        one_op="A chunk of n bytes put into a ring in shared memory, from which the peer takes it; both sides spin.",
        factors=(IMAGE, _PEER, _CROSS_CPU, _CHUNK, _RING),
    ),
    _message(
        "mmap_file_message",
        "message through a mapped file",
        "A message of n bytes copied into the shared mapping of an unlinked file and out of it, and back; futexes.",
    ),
    _message(
        "process_vm_readv_message",
        "message read from the sender's memory",
        "A message of n bytes fetched from the sender's memory with process_vm_readv, and back; futexes.",
    ),
    _message(
        "process_vm_writev_message",
        "message written to the receiver's memory",
        "A message of n bytes stored in the receiver's memory with process_vm_writev, and back; futexes.",
    ),
    _message(
        "vmsplice_message",
        "message of pages mapped into a pipe",
        "A message of n bytes whose pages vmsplice maps into a pipe and the other side reads, and back.",
    ),
    _message(
        "io_uring_message",
        "message through sockets and io_uring",
        "A message of n bytes through a socket pair and back, sent and received by io_uring_enter.",
    ),
    _message(
        "thread_queue_message",
        "message through a queue of threads",
        "A message of n bytes through a queue of mutex and condition variables, and back through another.",
    ),
    Primitive(
        name="call_message",
        family=Family.TALK,
        title="message to a function",
        one_op="A call through a pointer of a function that copies n bytes into its own buffer and returns.",
        factors=(IMAGE, SMALL_MESSAGE),
    ),
    Primitive(
        name="function_call",
        family=Family.TALK,
        title="function call",
        one_op="A call through a pointer of a function that returns at once.",
        factors=(IMAGE,),
    ),
)
