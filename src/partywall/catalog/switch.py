"""Switching between tasks, the parts that a switch is made of, and waking a task elsewhere."""

from partywall.catalog.declaration import (
    IMAGE,
    LOAD,
    POLICY,
    SAME_CPU,
    SPECULATION,
    SPIN,
    SPIN_OUTSIDE,
    THREADS,
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
_RUN = (POLICY, SPECULATION, SPIN, SPIN_OUTSIDE)
_TASKS = Factor("tasks", ("2", "8"), quantity="count", least=2, most=1024)
_WORKING_SET = Factor("working_set", ("0B", "64KiB"), quantity="size", most=8 << 20)
_PATTERN = Factor("pattern", ("sequential",), ("sequential", "random", "written"))
_TARGET_CPU = Factor("target_cpu", ("idle", "busy"), ("idle", "busy", "contended"))


def _pingpong(name: str, title: str, one_op: str, *placements: str) -> Primitive:
    """A round trip between two parties: two switches, whatever else it is made of."""
    return Primitive(
        name=name,
        family=Family.SWITCH,
        title=title,
        one_op=one_op,
        factors=(IMAGE, _PEER, placement(*(placements or TWO_PARTY_PLACEMENTS)), *_RUN),
        switches_per_op=2,
    )


def _calls(name: str, title: str, one_op: str, *factors: Factor) -> Primitive:
    """What the parties do in one op of their primitive, made by one task that has nobody to switch to."""
    return Primitive(
        name=name, family=Family.SWITCH, title=title, one_op=one_op, factors=(IMAGE, *factors, *_RUN, THREADS)
    )


PRIMITIVES = (
    _pingpong(
        "yield_switch",
        "yield to each other",
        "One sched_yield of the driver, during which the peer runs and yields back: two switches.",
        SAME_CPU,
    ),
    _pingpong(
        "futex_pingpong",
        "futex ping-pong",
        "A round trip through one shared futex: two wakes, two waits.",
    ),
    _pingpong(
        "semaphore_pingpong",
        "semaphore ping-pong",
        "A round trip through two POSIX semaphores in shared memory: two posts, two waits.",
    ),
    _pingpong(
        "condvar_pingpong",
        "condition-variable ping-pong",
        "A round trip through a mutex and two condition variables in shared memory: two signals, two waits.",
    ),
    _pingpong(
        "pipe_pingpong",
        "pipe ping-pong",
        "A round trip of one byte through two pipes: two writes, two blocking reads.",
    ),
    _pingpong(
        "eventfd_pingpong",
        "eventfd ping-pong",
        "A round trip through two eventfds: two writes, two blocking reads.",
    ),
    _pingpong(
        "socketpair_pingpong",
        "socketpair ping-pong",
        "A round trip of one byte through two pairs of AF_UNIX stream sockets, one each way.",
    ),
    _pingpong(
        "signal_pingpong",
        "signal ping-pong",
        "A round trip of a blocked real-time signal: two calls of tgkill, two of sigwaitinfo; no handler runs.",
    ),
    Primitive(
        name="ring_switch",
        family=Family.SWITCH,
        title="round through a ring of tasks",
        one_op="One byte handed on by n tasks in turn through pipes, each touching its working set: n switches.",
        factors=(IMAGE, _PEER, placement(SAME_CPU), _TASKS, _WORKING_SET, _PATTERN, *_RUN),
        tasks_switch=True,
    ),
    Primitive(
        name="remote_wake",
        family=Family.SWITCH,
        title="wake-up of a task on another CPU",
        one_op="A futex wakes the peer on another CPU, which is idle or has a hog, and the peer wakes the driver.",
        factors=(
            IMAGE,
            _PEER,
            placement(*(p for p in TWO_PARTY_PLACEMENTS if p != SAME_CPU)),
            _TARGET_CPU,
            LOAD,
            *_RUN,
        ),
        switches_per_op=2,
        readings=(Reading("woken", "s", "the woken task runs"),),
        waits=True,
    ),
    _calls("yield_calls", "the calls of a yield", "Two calls of sched_yield by a task alone on its CPU."),
    _calls(
        "futex_calls",
        "the calls of a futex ping-pong",
        "Two wakes of nobody and two waits that return at once, by one task.",
    ),
    _calls(
        "pipe_calls",
        "the calls of a pipe ping-pong",
        "Two writes of one byte and two reads that find it there, by one task on two pipes.",
    ),
    _calls(
        "eventfd_calls",
        "the calls of an eventfd ping-pong",
        "Two writes and two reads that find the value there, by one task on two eventfds.",
    ),
    _calls(
        "socketpair_calls",
        "the calls of a socketpair ping-pong",
        "Two writes of one byte and two reads that find it there, by one task on two pairs.",
    ),
    _calls(
        "signal_calls",
        "the calls of a signal ping-pong",
        "Two signals that a task sends to itself and takes from its queue.",
    ),
    _calls(
        "ring_calls",
        "the calls of a round through a ring",
        "The n writes and n reads of a round, by one task on n pipes; no memory is touched.",
        _TASKS,
    ),
    _calls(
        "ring_touch",
        "the memory of a round through a ring",
        "n working sets touched one after another, by one task; no system call is made.",
        _TASKS,
        _WORKING_SET,
        _PATTERN,
    ),
)
