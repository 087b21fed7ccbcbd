"""Settings of gunicorn, which reads this file; the names are gunicorn's."""

import os
from typing import Any

from partywall.scenarios.web_workers.served import bind_to_parent, tell

wsgi_app = "partywall.scenarios.web_workers.served:application"
bind = f"fd://{os.environ['PARTYWALL_SOCKET']}"
workers = int(os.environ["PARTYWALL_WORKERS"])
worker_class = "sync"
worker_tmp_dir = os.environ["TMPDIR"]
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
