"""The outside of a worker that is a Python interpreter: what is executed, and where forking will do."""

import os
import sys

from partywall.errors import UnsupportedError

__all__ = ["check_may_fork", "command"]

_CODE = "import sys; sys.path[:] = {path}; from partywall.interpreter.worker import main; main()"


def command(subject: str) -> tuple[bytes, ...]:
    """The command that starts a fresh interpreter with this one's module path; UnsupportedError if there is none.

    It is isolated from the environment and the user's site, and imports what any Python here imports
    at its start.
    """
    if not sys.executable:
        raise UnsupportedError(f"{subject}: this Python does not know the path of its interpreter (sys.executable)")
    # Relative ones would mean something else once a program has changed its directory.
    path = [os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)]  # noqa: PTH100
    return tuple(map(os.fsencode, (sys.executable, "-I", "-c", _CODE.format(path=ascii(path)))))


def check_may_fork(subject: str) -> None:
    """UnsupportedError unless this process has one thread.

    In the child of a process with several, only the thread that forked is there: a lock that another
    one held is never given back, so that such a child may not run Python.
    """
    try:
        threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    except OSError as error:
        raise UnsupportedError(f"{subject}: the threads of this process are not known: {error}") from None
    if threads > 1:
        raise UnsupportedError(
            f"{subject}: this process has {threads} threads, and a fork of it may run Python only if it has one "
            "(numpy starts threads of its own unless OPENBLAS_NUM_THREADS=1 is set before)"
        )
