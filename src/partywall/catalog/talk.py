"""Moving messages through the kernel, and through memory as their floor."""

from partywall.catalog.declaration import (
    IMAGE,
    LOAD,
    MESSAGE,
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
_PLACED = (IMAGE, _PEER, placement(*TWO_PARTY_PLACEMENTS))
_THERE = (Reading("there", "s", "the peer has the whole message"),)
_STREAM = (*_PLACED, Factor("chunk", ("64KiB",), quantity="size"), Factor("transfer", ("4MiB",), quantity="size"))
_NETWORK = frozenset({"tcp_bandwidth", "tcp_message", "udp_message"})


def _round_trip(name: str, title: str, one_op: str, *factors: Factor) -> Primitive:
    return Primitive(
        name=name,
        family=Family.TALK,
        title=title,
        one_op=one_op,
        factors=(*_PLACED, *factors, LOAD, PHASES),
        readings=_THERE,
        network=name in _NETWORK,
    )


def _bandwidth(name: str, through: str) -> Primitive:
    return Primitive(
        name=name,
        family=Family.TALK,
        title=f"many chunks through {through}",
        one_op=f"A transfer to the peer through {through}, in chunks, and one byte back when all of it is read.",
        factors=_STREAM,
        network=name in _NETWORK,
    )


PRIMITIVES = (
    Primitive(
        name="shm_pingpong",
        family=Family.TALK,
        title="one cache line, spinning",
        one_op="A round trip of one cache line between two CPUs that spin on it; no system call.",
        factors=(IMAGE, _PEER, placement(*(p for p in TWO_PARTY_PLACEMENTS if p != SAME_CPU))),
    ),
    _round_trip(
        "pipe_message",
        "message through a pipe and back",
        "A message of n bytes to the peer through one pipe and back through another.",
        MESSAGE,
    ),
    _round_trip(
        "fifo_message",
        "message through a named pipe and back",
        "A message of n bytes to the peer through one named pipe and back through another.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "unix_stream_message",
        "message through a stream socket and back",
        "A message of n bytes to the peer and back through a pair of AF_UNIX stream sockets.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "unix_dgram_message",
        "message through a datagram socket and back",
        "A message of n bytes to the peer and back through AF_UNIX datagram sockets, each time as one datagram.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "unix_seqpacket_message",
        "message through a packet socket and back",
        "A message of n bytes to the peer and back through AF_UNIX SEQPACKET sockets, each time as one packet.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "tcp_message",
        "message through TCP and back",
        "A message of n bytes to the peer and back through one TCP connection over loopback, without Nagle's delay.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "udp_message",
        "message through UDP and back",
        "A message of n bytes (at most 65507) to the peer and back over loopback, each time as one datagram.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "posix_mq_message",
        "message through POSIX message queues and back",
        "A message of n bytes to the peer with mq_send and back through another queue.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "sysv_mq_message",
        "message through System V message queues and back",
        "A message of n bytes (usually at most 8192) to the peer with msgsnd and back through another queue.",
        SMALL_MESSAGE,
    ),
    _round_trip(
        "eventfd_message",
        "number through an eventfd and back",
        "Eight bytes to the peer through one eventfd and back through another.",
    ),
    _round_trip(
        "signal_message",
        "number in a signal and back",
        "A signal that carries a number, queued to the peer, taken with sigwaitinfo and queued back.",
    ),
    _round_trip(
        "sysv_sem_pingpong",
        "System V semaphores",
        "semop on the peer's semaphore and back on the driver's; nothing but the turn is moved.",
    ),
    _bandwidth("pipe_bandwidth", "a pipe"),
    _bandwidth("unix_bandwidth", "AF_UNIX stream sockets"),
    _bandwidth("tcp_bandwidth", "TCP over loopback"),
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
