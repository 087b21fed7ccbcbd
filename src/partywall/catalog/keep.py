"""Keeping processes and threads: their memory, its pages, and their end."""

from dataclasses import replace

from partywall.catalog.declaration import IMAGE, MECHANISM, WASMTIME, Factor, Primitive, Reading, peer, placement
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_TASKS = Factor("tasks", ("1", "100"), quantity="count")
_FAULT = Factor("fault", ("minor", "cow"), ("minor", "cow", "file"))
_SIZE = Factor("size", ("1MiB",), quantity="size")
_OWNED = Factor("owned", ("1MiB",), quantity="size")

_HELD = (
    Reading("pss", "B", "resident memory, shared pages divided among those that map them"),
    Reading("uss", "B", "resident memory that no other process maps"),
    Reading("page_tables", "B", "page tables"),
    Reading("kernel_stacks", "B", "kernel stacks"),
    Reading("slab", "B", "kernel objects"),
    Reading("available", "B", "memory that can no longer be taken"),
)
_PROCESS = (peer("process"), placement("same-cpu"))

PRIMITIVES = (
    Primitive(
        name="idle_processes",
        family=Family.KEEP,
        title="idle processes",
        one_op="N processes are forked (and exec a program that sleeps), weighed while all of them sleep, and killed.",
        factors=(IMAGE, *_PROCESS, _TASKS, Factor("target", ("none",), ("none", "static", "dynamic"))),
        twin="idle_threads",
        readings=_HELD,
        task_bytes=512 << 10,
        task_fds=0,
        task_s=0.25,
        waits=True,
    ),
    Primitive(
        name="idle_threads",
        family=Family.KEEP,
        title="idle threads",
        one_op="N threads are created, their process is weighed while all of them sleep, and they are joined.",
        factors=(IMAGE, peer("thread"), placement("same-cpu"), _TASKS),
        twin="idle_processes",
        readings=_HELD,
        task_fds=0,
        task_s=0.25,
        waits=True,
    ),
    Primitive(
        name="idle_guests",
        family=Family.KEEP,
        title="idle processes in confinement",
        one_op="N processes are made and confined by a mechanism, weighed while all of them sleep, and killed.",
        factors=(
            IMAGE,
            *_PROCESS,
            Factor("tasks", ("1", "20"), quantity="count"),
            MECHANISM,
            Factor("target", ("static",), ("static", "dynamic")),
        ),
        twin="idle_threads",
        readings=_HELD,
        # Three processes of bubblewrap, and a network namespace.
        task_bytes=4 << 20,
        task_s=0.5,
        waits=True,
    ),
    Primitive(
        name="idle_interpreters",
        family=Family.KEEP,
        title="idle Python interpreters",
        one_op="N Python interpreters are started on an empty script, weighed while all of them sleep, and killed.",
        factors=(
            IMAGE,
            *_PROCESS,
            Factor("tasks", ("1", "4"), quantity="count"),
            Factor("target", ("python",), ("python",)),
        ),
        twin="idle_threads",
        readings=_HELD,
        task_bytes=12 << 20,
        task_fds=0,
        task_s=2.0,
        waits=True,
    ),
    Primitive(
        name="idle_inhabitants",
        family=Family.KEEP,
        title="idle inhabitants of one Python process",
        one_op="A Python with N sub-interpreters or WebAssembly instances is started, weighed asleep, and killed.",
        factors=(
            IMAGE,
            *_PROCESS,
            Factor("tasks", ("1", "20"), quantity="count"),
            Factor("inhabitant", ("subinterpreter", "wasm"), ("subinterpreter", "wasm")),
            Factor("target", ("python",), ("python",)),
        ),
        twin="idle_threads",
        readings=_HELD,
        task_bytes=12 << 20,
        task_fds=0,
        task_s=0.5,
        waits=True,
        needs=(replace(WASMTIME, level="wasm"),),
    ),
    Primitive(
        name="page_fault",
        family=Family.KEEP,
        title="64 page faults",
        one_op="64 pages are touched for the first time, one fault each, and dropped again; of cow, in a forked child.",
        factors=(IMAGE, _FAULT),
        readings=(
            Reading("fault", "s", "one of the faults"),
            Reading("faults", "1", "faults that the kernel counted"),
        ),
    ),
    Primitive(
        name="mmap_munmap",
        family=Family.KEEP,
        title="mmap + munmap",
        one_op="Private memory is mapped and unmapped; nothing touches it.",
        factors=(IMAGE, _SIZE),
    ),
    Primitive(
        name="mprotect_page",
        family=Family.KEEP,
        title="protect a page twice",
        one_op="A written page is made read-only and writable again, two system calls.",
        factors=(IMAGE,),
    ),
    Primitive(
        name="signal_delivery",
        family=Family.KEEP,
        title="signal to oneself",
        one_op="A thread sends itself a signal; its handler runs and returns.",
        factors=(IMAGE,),
    ),
    Primitive(
        name="exit_resident",
        family=Family.KEEP,
        title="fork + own memory + exit + wait",
        one_op="fork, a child that writes to memory of its own and ends, waitpid for it.",
        factors=(IMAGE, *_PROCESS, _OWNED),
        twin="thread_create_join",
        readings=(Reading("exit", "s", "from the child's last instruction to the parent's return from the wait"),),
    ),
)
