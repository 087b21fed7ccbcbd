"""What a guest may do to the one that called it: every act in every mechanism, and what says that it was held back."""

from partywall.catalog.declaration import Expected, Wall
from partywall.catalog.mechanisms import CONTAIN

__all__ = ["ACTS", "WALLS"]

ACTS = {
    "null_deref": "a write through a null pointer",
    "abort": "abort()",
    "exit": "the end of the process by exit",
    "infinite_loop": "a loop that never ends, and the attempt to stop it from outside",
    "eat_memory": "24 MiB of memory",
    "read_secret": "the caller's memory, read by its address",
    "read_via_kernel": "the caller's memory, read by a system call",
    "write_neighbour": "the caller's memory, written to by its address",
    "open_file": "a file of the caller's, opened by its path",
    "open_socket": "a connection to a port of the caller's on loopback",
    "kill_caller": "SIGKILL to the caller",
    "fork_bomb": "twelve more processes",
}
"""The acts, in words."""

_MECHANISMS = {
    "function": "by a function that is called",
    "thread": "by a thread",
    "subinterpreter": "by code in a Python sub-interpreter",
    "wasm": "by a WebAssembly instance in wasmtime",
    "process": "by a forked process",
    "sandbox": "by a process under seccomp and Landlock",
    "bubblewrap": "by a program in bubblewrap",
    "container": "by a process in all namespaces and a cgroup",
}
_IN_PYTHON = ("subinterpreter", "wasm")
# From these the guest must not have come back, or nothing has happened.
_FATAL = ("null_deref", "abort", "exit")
# What a mechanism contains does not depend on luck; a few fresh workers show that it is no accident.
_RUNS = 3


def _wall(act: str, host: str) -> Wall:
    fatal = (Expected("returned", 0),) if act in _FATAL else ()
    return Wall(
        name=CONTAIN + act,
        host=host,
        title=f"{ACTS[act]}, {_MECHANISMS[host]}",
        happened=(Expected("entered", 1), Expected("confined", 1), *fatal),
        attack_fails=(Expected("harm", 0), Expected("caller_back", 1), Expected("caller_changed", 0)),
        control=(Expected("control_entered", 1), Expected("control_harm", 1)),
        timings=(),
        runs=1 if host in _IN_PYTHON else _RUNS,
        seconds=0.2 if host in _IN_PYTHON else 0.03,
        deadline_s=20.0,
        target="act",
        by_name=True,
        language="python" if host in _IN_PYTHON else "c",
    )


WALLS = tuple(_wall(act, host) for act in ACTS for host in _MECHANISMS)
