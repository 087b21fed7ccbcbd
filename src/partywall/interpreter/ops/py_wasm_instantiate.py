"""WebAssembly instance: one op is a store and an instance of a compiled module made, and both dropped.

The engine and the compiled module are made before anything is timed. The module has one page of memory.
"""

from partywall.interpreter.op import Op, Settings
from partywall.interpreter.wasm import Compiled

__all__ = ["OP"]


class _Instantiate(Op):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._compiled = Compiled()

    def drive(self, ops: int) -> None:
        instantiate = self._compiled.instantiate
        for _ in range(ops):
            store, instance = instantiate()
        # The last one works.
        if instance.exports(store)["call"](store) != 1:
            raise RuntimeError("an instance did not answer")


OP = _Instantiate
