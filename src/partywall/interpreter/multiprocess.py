"""multiprocessing.Process, by any of its start methods."""

import sys
from multiprocessing.process import BaseProcess

from partywall.interpreter.op import Op, Settings, check_status

__all__ = ["ProcessOp"]


class ProcessOp(Op):
    """One op is a Process made, started, joined and closed, whose target is sys.exit with a status of ours.

    sys.exit is a builtin: no module of partywall is imported in a child, so that every method starts
    what it starts for any program.
    """

    def __init__(self, settings: Settings, make: type[BaseProcess]) -> None:
        super().__init__(settings)
        self._make = make

    def drive(self, ops: int) -> None:
        """As `Op.drive`; the exit status of every child is checked."""
        make, wanted = self._make, self.settings.status
        for _ in range(ops):
            process = make(target=sys.exit, args=(wanted,))
            process.start()
            process.join()
            check_status(process.exitcode, wanted)
            process.close()
