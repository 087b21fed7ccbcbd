"""Copies on write: which facts say that the attack happened, that it failed, and that the probe is not blind."""

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]


def _memory(name: str, title: str) -> tuple[Wall, Wall]:
    happened = (Expected("writer_changed", "bytes"),)
    shared = Expected("control_shared", "control_shared_expected")
    by_thread = Expected("control_thread", "control_thread_expected")
    by_process = Expected("control_process", "control_process_expected")
    failed = (Expected("leaked_bytes", 0),)
    return (
        Wall(name, "process", f"{title}, between processes", happened, failed, (shared, by_thread)),
        Wall(name, "thread", f"{title}, between threads", happened, failed, (shared, by_process)),
    )


WALLS = (
    *_memory("mem.cow_child", "a write of the child after fork is seen by the parent"),
    *_memory("mem.cow_parent", "a write of the parent after fork is seen by the child"),
)
