"""Sub-interpreter: one op is one created and destroyed; nothing runs in it."""

from partywall.interpreter.op import Op
from partywall.interpreter.subinterpreters import count, create, destroy

__all__ = ["OP"]


class _Subinterpreter(Op):
    def drive(self, ops: int) -> None:
        made = set()
        for _ in range(ops):
            one = create()
            made.add(int(one))
            destroy(one)
        if len(made) != ops or count() != 1:
            raise RuntimeError(f"{len(made)} of {ops} interpreters were made, and {count() - 1} are left")


OP = _Subinterpreter
