"""threading.Thread: one op is a Thread made, started and joined; its target appends to a list and returns."""

from threading import Thread

from partywall.interpreter.op import Op

__all__ = ["OP"]


class _Thread(Op):
    def drive(self, ops: int) -> None:
        ran: list[int] = []
        for i in range(ops):
            thread = Thread(target=ran.append, args=(i,))
            thread.start()
            thread.join()
        if len(ran) != ops:
            raise RuntimeError(f"{len(ran)} of {ops} threads ran")


OP = _Thread
