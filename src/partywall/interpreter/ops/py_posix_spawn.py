"""os.posix_spawn and wait: one op is os.posix_spawn of the exec target with an empty environment, and os.waitpid.

Inside the timed region are libc's vfork-like clone, the exec, the target's start and end, and its reaping.
"""

import os

from partywall.interpreter.op import Op, check_status

__all__ = ["OP"]


class _Spawn(Op):
    def drive(self, ops: int) -> None:
        wanted = self.settings.status
        path = self.settings.target
        for _ in range(ops):
            pid = os.posix_spawn(path, [path], {})
            check_status(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), wanted)


OP = _Spawn
