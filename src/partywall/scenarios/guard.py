"""Runs one command, and leaves nothing of it behind; run as a program of its own.

    python -I guard.py LIFELINE INHERITED,... COMMAND...

When the pipe LIFELINE ends, because whoever holds its other end has closed it or was killed, or when the command has
ended, every descendant is killed, whatever group or session it has moved to, and the directory is removed.  The command
runs in that directory, which is also its HOME and TMPDIR.  Imports nothing of partywall.
"""

import contextlib
import ctypes
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SWEEP_S = 5.0


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _children() -> list[int]:
    """All descendants that are alive: those of the dead have become our own."""
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:  # noqa: PTH123
                    waiting += [int(child) for child in file.read().split()]
        if pid != os.getpid():
            found.append(pid)
    return found


def _sweep() -> None:
    until = time.monotonic() + _SWEEP_S
    while time.monotonic() < until:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _start(command: list[str], lifeline: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        # The guard has one thread, so that this is safe; it survives the exec.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(lifeline)
        os.setpgid(0, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.execv(command[0], command)
    except BaseException as error:
        os.write(2, f"{command[0]} cannot be started: {error}\n".encode())
    os._exit(127)


def main(lifeline: int, command: list[str], inherited: list[int]) -> int:
    """Run the command; its exit status, or 0 where the pipe ended first."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    directory = tempfile.mkdtemp(prefix="partywall-scenario-")
    try:
        os.chdir(directory)
        os.environ |= {"HOME": directory, "TMPDIR": directory, "XDG_RUNTIME_DIR": directory}
        pid = _start(command, lifeline)
        # Nobody but the command may keep its sockets open.
        for descriptor in inherited:
            os.close(descriptor)
        ended = os.pidfd_open(pid)
        ready = select.select([lifeline, ended], [], [])[0]
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if ended in ready else 0
    finally:
        _sweep()
        os.chdir("/")
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    descriptors = [int(number) for number in sys.argv[2].split(",") if number]
    sys.exit(main(int(sys.argv[1]), sys.argv[3:], descriptors) & 0xFF)
