"""Empty body: one op is one turn of an empty loop.

A sample of one op is what the way from the timed loop in C into Python and back costs.
"""

from partywall.interpreter.op import Op

__all__ = ["OP"]


class _Empty(Op):
    def drive(self, ops: int) -> None:
        for _ in range(ops):
            pass


OP = _Empty
