"""Creating processes and threads, and what is done instead of creating them."""

from partywall.catalog.declaration import (
    CREATORS,
    FDS,
    IMAGE,
    MECHANISM,
    MEMORY,
    PHASES,
    RESIDENT,
    SAME_CPU,
    SPIN,
    SPIN_OUTSIDE,
    TARGET,
    THP,
    THREADS,
    TWO_PARTY_PLACEMENTS,
    VMAS,
    Factor,
    Primitive,
    Reading,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

# Creating is also done by several at once; handing over is done by two, whom rivals would not leave alone.
_HOLDS_OF_TWO = (RESIDENT, MEMORY, THP, VMAS, FDS, THREADS, SPIN, SPIN_OUTSIDE)
_HOLDS = (RESIDENT, MEMORY, THP, VMAS, FDS, THREADS, CREATORS, SPIN, SPIN_OUTSIDE)

# A small target suffices where posix_spawn and fork_exec show what a dynamic one adds.
_STATIC = Factor("target", ("static",), TARGET.levels)
_PYTHON = Factor("target", ("python",), ("python",))
_OPTIONS = Factor("options", ("default",), ("default", "isolated"), optional=True)
_CAUSE = Factor("cause", ("segv_unmapped",), ("segv_unmapped", "abort", "ill"))
_NAMESPACE = Factor(
    "namespace",
    ("user", "pid", "net", "mnt", "all"),
    ("user", "pid", "net", "mnt", "ipc", "uts", "cgroup", "time", "all"),
)
# The kernel takes network namespaces down later, and slower than they can be made.
_NAMESPACE_SAMPLES = 100

_CALL_RETURNS = Reading("call_returns", "s", "until the call has returned in the parent")
_CHILD_STARTS = Reading("child_starts", "s", "until the child runs")
_EXEC_SEEN = Reading("exec_seen", "s", "until the program that was exec'd is in main")
_EXITS = Reading("exits", "s", "until the child is about to exit")
_FAULTS = (
    Reading("parent_faults", "1", "page faults of the parent from the call to the wait's return"),
    Reading("child_faults", "1", "page faults of the child in its whole life"),
)
_PAGE_TABLES = Reading("child_page_tables", "B", "page tables of one such child, looked at once for each worker")

_EXIT_READINGS = (_CALL_RETURNS, _CHILD_STARTS, _EXITS, *_FAULTS, _PAGE_TABLES)
_BORROW_READINGS = (_CALL_RETURNS, _CHILD_STARTS, _EXITS, *_FAULTS)
_EXEC_READINGS = (_CALL_RETURNS, _CHILD_STARTS, _EXEC_SEEN, _EXITS, *_FAULTS, _PAGE_TABLES)
_SPAWN_READINGS = (_CALL_RETURNS, _EXEC_SEEN, _EXITS, *_FAULTS, _PAGE_TABLES)
_PROGRAM_READINGS = (_CALL_RETURNS, _CHILD_STARTS, *_FAULTS)


def _process(
    name: str,
    title: str,
    one_op: str,
    *factors: Factor,
    readings: tuple[Reading, ...] = (),
    most_samples: int = 0,
    waits: bool = False,
) -> Primitive:
    return Primitive(
        name=name,
        family=Family.CREATE,
        title=title,
        one_op=one_op,
        factors=(
            IMAGE,
            peer("process"),
            placement(SAME_CPU),
            *factors,
            *_HOLDS,
            *((PHASES,) if readings else ()),
        ),
        twin="thread_create_join",
        readings=readings,
        most_samples=most_samples,
        waits=waits,
    )


def _thread(name: str, title: str, one_op: str, readings: tuple[Reading, ...] = (), waits: bool = False) -> Primitive:
    return Primitive(
        name=name,
        family=Family.CREATE,
        title=title,
        one_op=one_op,
        factors=(IMAGE, peer("thread"), placement(SAME_CPU), *_HOLDS, *((PHASES,) if readings else ())),
        twin="fork_wait",
        readings=readings,
        waits=waits,
    )


PRIMITIVES = (
    _process(
        "fork_wait",
        "fork + exit + wait",
        "fork, a child that exits at once, waitpid for it.",
        readings=_EXIT_READINGS,
    ),
    _process(
        "crash_wait",
        "fork + crash + wait",
        "fork, a child that commits a fault at once and dies of it without a core, waitpid for it.",
        _CAUSE,
    ),
    _process(
        "vfork_wait",
        "vfork + exit + wait",
        "vfork, a child that exits at once, waitpid for it; no address space is copied.",
        readings=_BORROW_READINGS,
    ),
    _process(
        "clone_vm_wait",
        "clone into the same memory + exit + wait",
        "clone with CLONE_VM and CLONE_VFORK, a child on its own stack that exits at once, waitpid for it.",
        readings=_BORROW_READINGS,
    ),
    _process(
        "clone3_wait",
        "clone3 + exit + wait",
        "clone3 without flags and past libc, a child that exits at once, waitpid for it.",
        readings=_EXIT_READINGS,
    ),
    _process(
        "clone3_cgroup_wait",
        "clone3 into a cgroup + exit + wait",
        "clone3 into the worker's own cgroup by its descriptor, a child that exits at once, waitpid for it.",
        readings=_EXIT_READINGS,
    ),
    _process(
        "double_fork_wait",
        "double fork + wait",
        "fork, a child that forks a grandchild and exits, waitpid for both; no setsid.",
    ),
    _process(
        "seccomp_fork_wait",
        "fork + seccomp filter + exit + wait",
        "fork, a child that puts itself under a filter of four instructions and exits, waitpid for it.",
        readings=_EXIT_READINGS,
        waits=True,
    ),
    _process(
        "landlock_fork_wait",
        "fork + Landlock + exit + wait",
        "fork, a child that makes a Landlock ruleset, restricts itself to it and exits, waitpid for it.",
        readings=_EXIT_READINGS,
    ),
    _process(
        "namespace_wait",
        "child in new namespaces + wait",
        "clone3 into one new namespace, or one of each kind, a child that exits at once, waitpid for it.",
        _NAMESPACE,
        readings=_EXIT_READINGS,
        most_samples=_NAMESPACE_SAMPLES,
        waits=True,
    ),
    _process(
        "sandbox_wait",
        "fork + seccomp and Landlock + exit + wait",
        "fork, a child that gives up every file and all but some twenty system calls and exits, waitpid for it.",
        readings=_EXIT_READINGS,
        waits=True,
    ),
    _process(
        "container_wait",
        "child in a container + wait",
        "clone3 into a namespace of every kind, a child that joins a cgroup with limits, takes an empty root "
        "and exits, waitpid for it.",
        readings=_EXIT_READINGS,
        most_samples=_NAMESPACE_SAMPLES,
        waits=True,
    ),
    _process(
        "bubblewrap_wait",
        "bubblewrap + wait",
        "fork, execve of bwrap that unshares all and starts a program that returns at once, waitpid for it.",
        _STATIC,
        readings=_PROGRAM_READINGS,
        most_samples=_NAMESPACE_SAMPLES,
        waits=True,
    ),
    _process(
        "posix_spawn_wait",
        "posix_spawn + wait",
        "posix_spawn of a program that returns at once, waitpid for it.",
        TARGET,
        readings=_SPAWN_READINGS,
    ),
    _process(
        "fork_exec_wait",
        "fork + exec + wait",
        "fork, execve of a program that returns at once, waitpid for it.",
        TARGET,
        readings=_EXEC_READINGS,
    ),
    _process(
        "vfork_exec_wait",
        "vfork + exec + wait",
        "vfork, execve of a program that returns at once, waitpid for it.",
        _STATIC,
        readings=_EXEC_READINGS,
    ),
    _process(
        "clone_vm_exec_wait",
        "clone into the same memory + exec + wait",
        "clone with CLONE_VM and CLONE_VFORK, execve of a program that returns at once, waitpid for it.",
        _STATIC,
        readings=_EXEC_READINGS,
    ),
    _process(
        "clone3_exec_wait",
        "clone3 + exec + wait",
        "clone3 without flags, execve of a program that returns at once, waitpid for it.",
        _STATIC,
        readings=_EXEC_READINGS,
    ),
    _process(
        "shell_wait",
        "fork + shell + wait",
        "fork, execve of /bin/sh -c with an exit that the shell itself carries out, waitpid for it.",
        readings=_PROGRAM_READINGS,
    ),
    _process(
        "python_start_wait",
        "fork + Python interpreter + wait",
        "fork, execve of this Python with one statement that ends it, waitpid for it.",
        _PYTHON,
        _OPTIONS,
        readings=_PROGRAM_READINGS,
    ),
    _thread(
        "thread_create_join",
        "thread create + join",
        "pthread_create with default attributes, a thread that returns at once, pthread_join.",
        readings=_BORROW_READINGS,
    ),
    _thread(
        "thread_create_detached",
        "detached thread",
        "pthread_create of a detached thread, the wait until it has run, and yields until it is gone.",
        waits=True,
    ),
    Primitive(
        name="guest_call",
        family=Family.CREATE,
        title="byte to a confined process and back",
        one_op="A byte through a pipe to a process that a mechanism confines, and one back: nothing is created.",
        factors=(IMAGE, peer("process"), placement(SAME_CPU), MECHANISM, _STATIC, SPIN, SPIN_OUTSIDE),
        twin="guest_call",
        waits=True,
    ),
    Primitive(
        name="pool_handoff",
        family=Family.CREATE,
        title="task to a waiting worker and back",
        one_op="A task for a worker that was started before, and the wait for its result: nothing is created.",
        factors=(
            IMAGE,
            peer("process", "thread"),
            Factor("placement", (SAME_CPU,), TWO_PARTY_PLACEMENTS),
            *_HOLDS_OF_TWO,
        ),
        switches_per_op=2,
        twin="pool_handoff",
    ),
)
