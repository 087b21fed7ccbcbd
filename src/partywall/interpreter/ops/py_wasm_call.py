"""Call into WebAssembly: one op is a call of an exported function of an instance that is there, from Python.

The function counts its calls and returns the count. Most of an op is the way from Python into wasmtime.
"""

from partywall.interpreter.op import Op, Settings
from partywall.interpreter.wasm import Compiled

__all__ = ["OP"]


class _Call(Op):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._store, instance = Compiled().instantiate()
        self._function = instance.exports(self._store)["call"]

    def drive(self, ops: int) -> None:
        call, store = self._function, self._store
        before = call(store)
        for _ in range(ops):
            made = call(store)
        # It wraps at 32 bits.
        if (made - before) % (1 << 32) != ops:
            raise RuntimeError("calls are missing")


OP = _Call
