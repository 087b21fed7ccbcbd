"""Settings of gunicorn, which reads this file; the names are gunicorn's."""

import os
from typing import Any

from partywall.scenarios.web_workers.served import bind_to_parent, tell

__all__ = [
    "bind",
    "child_exit",
    "control_socket_disable",
    "errorlog",
    "loglevel",
    "post_fork",
    "post_worker_init",
    "preload_app",
    "worker_class",
    "worker_tmp_dir",
    "workers",
    "wsgi_app",
]

wsgi_app = "partywall.scenarios.web_workers.served:application"
bind = f"fd://{os.environ.get('PARTYWALL_SOCKET', '')}"
workers = int(os.environ.get("PARTYWALL_WORKERS", "1"))
worker_class = "sync"
worker_tmp_dir = os.environ.get("TMPDIR")
preload_app = True
control_socket_disable = True
errorlog = "-"
loglevel = "warning"


def post_fork(server: Any, worker: Any) -> None:
    """In a new worker: it must not outlive its master."""
    bind_to_parent()


def post_worker_init(worker: Any) -> None:
    """In a worker that is about to accept its first request."""
    tell("ready", 0, worker.pid)


def child_exit(server: Any, worker: Any) -> None:
    """In the master, once a worker was reaped."""
    tell("reaped", 0, worker.pid)
