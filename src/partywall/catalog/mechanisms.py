"""The mechanisms that a person chooses between, and what their costs are read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CONTAIN", "MECHANISMS", "Mechanism", "Source"]

CONTAIN = "contain."
"""What the names of the walls begin with that try one act inside of a mechanism, which is their host."""


@dataclass(frozen=True)
class Source:
    """The cell that a figure is read from: a primitive at some levels, and at its defaults otherwise."""

    primitive: str
    factors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mechanism:
    """One row of the price list; a figure without a source has a reason instead."""

    name: str
    title: str
    create: Source | str
    call: Source | str
    memory: Source | str


def _confined(name: str, title: str, create: str) -> Mechanism:
    at = {"mechanism": name}
    return Mechanism(name, title, Source(create), Source("guest_call", at), Source("idle_guests", at))


MECHANISMS = (
    Mechanism(
        "function",
        "function call",
        "nothing is made",
        Source("function_call"),
        "nothing is kept",
    ),
    Mechanism(
        "thread",
        "thread",
        Source("thread_create_join"),
        Source("pipe_pingpong", {"peer": "thread", "placement": "same-cpu"}),
        Source("idle_threads"),
    ),
    Mechanism(
        "subinterpreter",
        "Python sub-interpreter",
        Source("py_subinterpreter"),
        Source("py_subinterpreter_call"),
        Source("idle_inhabitants", {"inhabitant": "subinterpreter"}),
    ),
    Mechanism(
        "wasm",
        "WebAssembly (wasmtime)",
        Source("py_wasm_instantiate"),
        Source("py_wasm_call"),
        Source("idle_inhabitants", {"inhabitant": "wasm"}),
    ),
    _confined("process", "process", "fork_wait"),
    _confined("sandbox", "process + seccomp + Landlock", "sandbox_wait"),
    _confined("bubblewrap", "bubblewrap", "bubblewrap_wait"),
    _confined("container", "all namespaces + cgroup", "container_wait"),
)
