"""Creating processes and threads."""

from partywall.catalog.declaration import (
    CREATORS,
    FDS,
    IMAGE,
    MEMORY,
    RESIDENT,
    SPIN,
    SPIN_OUTSIDE,
    TARGET,
    THP,
    THREADS,
    VMAS,
    Primitive,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_HOLDS = (RESIDENT, MEMORY, THP, VMAS, FDS, THREADS, CREATORS, SPIN, SPIN_OUTSIDE)
_PROCESS = (IMAGE, peer("process"), placement("same-cpu"))

PRIMITIVES = (
    Primitive(
        name="fork_wait",
        family=Family.CREATE,
        title="fork + exit + wait",
        one_op="fork, a child that exits at once, waitpid for it.",
        factors=(*_PROCESS, *_HOLDS),
        twin="thread_create_join",
    ),
    Primitive(
        name="vfork_wait",
        family=Family.CREATE,
        title="vfork + exit + wait",
        one_op="vfork, a child that exits at once, waitpid for it; no address space is copied.",
        factors=(*_PROCESS, *_HOLDS),
        twin="thread_create_join",
    ),
    Primitive(
        name="posix_spawn_wait",
        family=Family.CREATE,
        title="posix_spawn + wait",
        one_op="posix_spawn of a program that returns at once, waitpid for it.",
        factors=(*_PROCESS, TARGET, *_HOLDS),
        twin="thread_create_join",
    ),
    Primitive(
        name="fork_exec_wait",
        family=Family.CREATE,
        title="fork + exec + wait",
        one_op="fork, execve of a program that returns at once, waitpid for it.",
        factors=(*_PROCESS, TARGET, *_HOLDS),
        twin="thread_create_join",
    ),
    Primitive(
        name="thread_create_join",
        family=Family.CREATE,
        title="thread create + join",
        one_op="pthread_create with default attributes, a thread that returns at once, pthread_join.",
        factors=(IMAGE, peer("thread"), placement("same-cpu"), *_HOLDS),
        twin="fork_wait",
    ),
)
