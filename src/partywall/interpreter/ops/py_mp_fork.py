"""multiprocessing, fork: one op is a Process of the context "fork" started, joined and closed.

Inside the timed region are the work of multiprocessing on both sides, the fork, and the child's start,
its run to sys.exit, its end and its reaping.
"""

import multiprocessing

from partywall.interpreter.multiprocess import ProcessOp
from partywall.interpreter.op import Settings

__all__ = ["OP"]


class _Fork(ProcessOp):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, multiprocessing.get_context("fork").Process)


OP = _Fork
