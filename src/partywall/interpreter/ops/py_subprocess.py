"""subprocess: one op is subprocess.Popen of the exec target with default arguments, and its wait.

Inside the timed region are Popen's own work, its fork and exec with the pipe that tells of a failed
exec, the target's start and end, and its reaping.
"""

import subprocess

from partywall.interpreter.op import Op, check_status

__all__ = ["OP"]


class _Popen(Op):
    def drive(self, ops: int) -> None:
        wanted = self.settings.status
        command = [self.settings.target]
        for _ in range(ops):
            check_status(subprocess.Popen(command).wait(), wanted)


OP = _Popen
