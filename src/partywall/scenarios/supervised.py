"""A component under a guard: it ends with its block, and with partywall, whatever becomes of either."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from partywall.errors import MeasureError

__all__ = ["Supervised"]

_GUARD = Path(__file__).with_name("guard.py")
_END_S = 10.0


class Supervised:
    """A command that runs in a directory of its own, which is also its HOME and TMPDIR, until the block ends.

    Then, or when this process is killed, every descendant of the command is killed and the directory removed.  There
    are no core files.  ``pass_fds`` are what it inherits; whoever starts it should close its own copies.

    Attributes:
        output: stdout and stderr of the command, to be read as bytes; without waiting, read() gives None for nothing.
    """

    output: IO[bytes]

    def __init__(
        self, command: Sequence[str], *, pass_fds: Sequence[int] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = list(command)
        self._pass_fds = tuple(pass_fds)
        self._environment = {**os.environ, **(environment or {})}

    def __enter__(self) -> Self:
        read, self._lifeline = os.pipe()
        inherited = ",".join(map(str, self._pass_fds))
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARD), str(read), inherited, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(read, *self._pass_fds),
                env=self._environment,
            )
        except OSError as error:
            os.close(self._lifeline)
            raise MeasureError(f"{self._command[0]} cannot be started: {error.strerror}") from None
        finally:
            os.close(read)
        assert self._guard.stdout
        self.output = self._guard.stdout
        os.set_blocking(self.output.fileno(), False)
        return self

    @property
    def alive(self) -> bool:
        """Whether the command still runs."""
        return self._guard.poll() is None

    def end(self) -> None:
        """Kill the command and all its descendants now; it may be called more than once."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        try:
            self._guard.wait(_END_S)
        except subprocess.TimeoutExpired:
            # Its children have PDEATHSIG, so they go with it.
            self._guard.kill()
            self._guard.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self.end()
        self.output.close()
