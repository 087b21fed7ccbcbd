"""A call: one op is the call of a Python function that does nothing; the loop around it is inside."""

from partywall.interpreter.op import Op

__all__ = ["OP"]


def _nothing() -> None:
    pass


class _Call(Op):
    def drive(self, ops: int) -> None:
        call = _nothing
        for _ in range(ops):
            call()


OP = _Call
