"""Thread pool: one op is a round trip through a ThreadPoolExecutor with one running worker.

Inside the timed region are submit, the worker's wake-up, the switches of the interpreter's lock,
threading.get_ident called there, and result.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import get_ident

from partywall.interpreter.op import Settings
from partywall.interpreter.pools import RoundTrip

__all__ = ["OP"]


class _ThreadPool(RoundTrip):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, ThreadPoolExecutor(1), get_ident)


OP = _ThreadPool
