"""multiprocessing, spawn: one op is a Process of the context "spawn" started, joined and closed.

Inside the timed region is a whole new interpreter: its fork and exec, its start, the imports of
multiprocessing, what is pickled and read, sys.exit, the interpreter's end, and its reaping.  The resource
tracker, which the first such Process of a program starts, is running before.
"""

import multiprocessing
from multiprocessing import resource_tracker

from partywall.interpreter.multiprocess import ProcessOp
from partywall.interpreter.op import Settings

__all__ = ["OP"]


class _Spawn(ProcessOp):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, multiprocessing.get_context("spawn").Process)
        resource_tracker.ensure_running()


OP = _Spawn
