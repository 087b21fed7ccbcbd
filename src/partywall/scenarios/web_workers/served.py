"""The application that is served, and how its processes tell what happens; imports nothing of the harness.

A line is written to the pipe TELL at once, so that it outlives the process: "got ID PID NS" when a request is in a
worker's hands, "crash ID PID NS" just before the fault.  Times are those of CLOCK_MONOTONIC.
"""

import ctypes
import faulthandler
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["TELL", "application", "bind_to_parent", "tell"]

TELL = "PARTYWALL_TELL"
_WORK_S = 0.001
_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def tell(*words: object) -> None:
    """Write one line, whole, with the number of this process and the time at its end."""
    line = " ".join(map(str, (*words, time.monotonic_ns())))
    os.write(int(os.environ[TELL]), f"{line}\n".encode())


def bind_to_parent() -> None:
    """Die with the process that started this one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the number of the process; /crash/ID reads from address 0, /silent/ID never answers."""
    _, kind, identity = environ["PATH_INFO"].split("/")
    tell("got", identity, os.getpid())
    if kind == "crash":
        faulthandler.disable()
        tell("crash", identity, os.getpid())
        ctypes.string_at(0)
    time.sleep(3600 if kind == "silent" else _WORK_S)
    body = f"{identity} {os.getpid()}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
