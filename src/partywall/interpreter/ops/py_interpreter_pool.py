"""Interpreter pool: one op is a round trip through an InterpreterPoolExecutor with one running worker.

Inside the timed region are submit, the worker's wake-up, task and answer pickled between the two
interpreters, threading.get_ident called there, and result.  Needs Python 3.14.
"""

from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined, unused-ignore]
from threading import get_ident

from partywall.interpreter.op import Settings
from partywall.interpreter.pools import RoundTrip

__all__ = ["OP"]


class _InterpreterPool(RoundTrip):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, InterpreterPoolExecutor(1), get_ident)


OP = _InterpreterPool
