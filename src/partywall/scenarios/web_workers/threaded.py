"""The same application in one threaded process, and a supervisor that restarts it; run as a program of its own."""

import os
import signal
import subprocess
import sys
from socket import SO_REUSEPORT, SOL_SOCKET
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from partywall.scenarios.web_workers.served import TELL, application, bind_to_parent, tell

__all__ = ["serve", "supervise"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_port = True
    request_queue_size = 512

    def server_bind(self) -> None:
        # The name of the machine would be looked up, which may take seconds.
        self.base_environ = {}
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def address_string(self) -> str:
        return "127.0.0.1"


def serve(port: int) -> None:
    """Serve until killed."""
    bind_to_parent()
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.set_app(application)
        tell("ready", 0, os.getpid())
        server.serve_forever()


def supervise(port: int) -> None:
    """Start the server, and start it again whenever it has ended, at once."""
    while True:
        child = subprocess.Popen([sys.executable, __file__, "serve", str(port)], pass_fds=[int(os.environ[TELL])])
        status = child.wait()
        tell("reaped", 0, child.pid)
        name = signal.Signals(-status).name if status < 0 else str(status)
        print(f"Worker (pid:{child.pid}) was sent {name}!", file=sys.stderr, flush=True)


if __name__ == "__main__":
    {"serve": serve, "supervise": supervise}[sys.argv[1]](int(sys.argv[2]))
