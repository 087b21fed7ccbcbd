"""multiprocessing, fork server: one op is a Process of the context "forkserver" started, joined and closed.

Inside the timed region are the request to the server, its fork, what is pickled and read, the child's run
to sys.exit, its end, its reaping by the server, and the server's answer.  The server and the resource
tracker are running before.
"""

import multiprocessing
import os
import shutil
import tempfile
from multiprocessing import forkserver, process

from partywall.interpreter.multiprocess import ProcessOp
from partywall.interpreter.op import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["OP"]


class _ForkServer(ProcessOp):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, multiprocessing.get_context("forkserver").Process)
        server: Any = forkserver._forkserver
        # One that the caller's program may have is no child of this process, and cannot be waited for.
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
        _start(server, settings.directory)


def _start(server: "Any", directory: str) -> None:
    """Start the server and take its socket out of the file system at once.

    multiprocessing does so at the end of the program, and a program that is killed leaves it behind.
    Paths through descriptors also fit into the address of a socket, however long the directory's is.
    """
    config: Any = process.current_process()._config  # type: ignore[attr-defined]
    made = tempfile.mkdtemp(prefix="partywall-", dir=directory)
    try:
        inside = os.open(made, os.O_PATH | os.O_CLOEXEC)
        config["tempdir"] = f"/proc/self/fd/{inside}"
        server.ensure_running()
        socket = os.open(server._forkserver_address, os.O_PATH | os.O_CLOEXEC)
        os.close(inside)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    server._forkserver_address = f"/proc/self/fd/{socket}"


OP = _ForkServer
