"""Process pool: one op is a round trip through a ProcessPoolExecutor with one running worker.

Inside the timed region are submit, the two threads that feed the worker and hear of it, task and answer
pickled and sent through pipes, os.getpid called there, and result.  The worker was forked, as an
executor does by itself up to Python 3.13; how it was started is no part of the op.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from partywall.interpreter.op import Settings
from partywall.interpreter.pools import RoundTrip
from partywall.interpreter.worker import die_with

__all__ = ["OP"]


class _ProcessPool(RoundTrip):
    def __init__(self, settings: Settings) -> None:
        # A worker that was forked holds both ends of its own pipes, and would wait for ever.
        pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("fork"), initializer=die_with, initargs=(os.getpid(),)
        )
        super().__init__(settings, pool, os.getpid)


OP = _ProcessPool
