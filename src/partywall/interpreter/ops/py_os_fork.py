"""os.fork and wait: one op is os.fork, a child that ends in os._exit at once, and os.waitpid for it.

Inside the timed region are what Python does in parent and child around the fork, the copied page
tables, and the child's start, end and reaping.
"""

import os

from partywall.interpreter.op import Op, check_status

__all__ = ["OP"]


class _Fork(Op):
    def drive(self, ops: int) -> None:
        wanted = self.settings.status
        for _ in range(ops):
            pid = os.fork()
            if pid == 0:
                os._exit(wanted)
            check_status(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), wanted)


OP = _Fork
