"""What a cell would take of the machine, against what the machine can give: asked before anything starts."""

import os
import resource
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from partywall import host
from partywall.catalog.declaration import Primitive
from partywall.errors import UnsupportedError

__all__ = ["Needs", "check_limits", "needs"]

_MEMORY_SHARE = 0.5
_SPARE_FDS = 64
_SPARE_TASKS = 64
_SPARE_VMAS = 256


@dataclass(frozen=True)
class Needs:
    """What one worker takes at its largest: bytes of memory, descriptors, tasks, mappings and CPUs."""

    memory: int = 0
    fds: int = 0
    tasks: int = 1
    vmas: int = 0
    cpus: int = 1


def needs(primitive: Primitive, factors: dict[str, str]) -> Needs:
    """What the levels of the factors add up to."""

    def number(name: str, otherwise: int = 0) -> int:
        return primitive.factor(name).number(factors[name]) if name in factors else otherwise

    parts = number("tasks", 2 if "peer" in factors else 1)
    # Without peers one task does what the parts do, with the descriptors and the memory of all.
    tasks = parts if "peer" in factors or primitive.task_s else 1
    creators = number("creators", 1)
    task_bytes = primitive.task_bytes + (2 * host.page_table_bytes() if factors.get("image") == "caller" else 0)
    # A message or chunk has up to five buffers, each side a ring; each creator is a copy of the worker.
    buffers = 5 * (number("message") + number("chunk")) + 2 * number("ring")
    memory = number("resident") * creators + buffers + number("owned")
    return Needs(
        memory=memory + parts * number("working_set") + tasks * task_bytes,
        fds=number("fds") + primitive.task_fds * parts,
        tasks=tasks + number("threads") + 2 * creators,
        # A thread has a stack and its guard.
        vmas=number("vmas") + 2 * (number("threads") + parts),
        cpus=creators,
    )


def check_limits(primitive: Primitive, factors: dict[str, str]) -> None:
    """UnsupportedError, with what would be needed and what there is, if the cell does not fit.

    Half of what is free keeps the machine away from the OOM killer and from its last task.
    """
    if sys.version_info < primitive.python:
        raise UnsupportedError(f"needs Python {'.'.join(map(str, primitive.python))}")
    for module in primitive.needs:
        if (not module.level or module.level in factors.values()) and find_spec(module.module) is None:
            raise UnsupportedError(module.hint)
    need = needs(primitive, factors)
    memory = host.available_memory()
    if memory and need.memory > memory * _MEMORY_SHARE:
        raise UnsupportedError(f"needs {need.memory} bytes, more than half of the {memory} available")
    cpus = len(os.sched_getaffinity(0))
    if need.cpus > cpus:
        raise UnsupportedError(f"needs {need.cpus} CPUs, and {cpus} are allowed")
    for what, wanted, limit in (
        # The worker takes what the hard limit allows.
        ("descriptors", need.fds + _SPARE_FDS, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        ("tasks", need.tasks + _SPARE_TASKS, _free_tasks()),
        ("mappings", need.vmas + _SPARE_VMAS, host.read_number("/proc/sys/vm/max_map_count")),
    ):
        if 0 <= limit < wanted:
            raise UnsupportedError(f"needs {wanted} {what}, and the limit is {limit}")


def _free_tasks() -> int:
    """Half of the tasks that the tightest limit still allows; -1 if there is none."""
    running = len(list(Path("/proc").glob("[0-9]*")))
    limits = [host.read_number("/proc/sys/kernel/threads-max"), host.read_number("/proc/sys/kernel/pid_max")]
    free = [(limit - running) // 2 for limit in limits if limit >= 0]
    soft = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if soft >= 0 and not host.is_root():
        free.append((soft - running) // 2)
    free += [(limit - used) // 2 for limit, used in host.pids_limits()]
    return max(0, min(free)) if free else -1
