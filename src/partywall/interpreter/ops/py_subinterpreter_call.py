"""Call into a sub-interpreter: one op runs one statement in one that is there; its compilation is inside.

The statement adds one to a number, which is read afterwards.
"""

from partywall.interpreter.op import Op, Settings
from partywall.interpreter.subinterpreters import create, destroy, run

__all__ = ["OP"]


class _SubinterpreterCall(Op):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._made = create()
        self._calls = 0
        run(self._made, "n = 0")

    def drive(self, ops: int) -> None:
        made = self._made
        for _ in range(ops):
            run(made, "n += 1")
        self._calls += ops
        run(made, f"if n != {self._calls}: raise RuntimeError('calls are missing')")

    def close(self) -> None:
        destroy(self._made)


OP = _SubinterpreterCall
