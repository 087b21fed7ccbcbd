"""A script that measures, killed with SIGKILL once it says that it has come far enough."""

import signal
import subprocess
import sys

__all__ = ["kill_when_ready"]


def kill_when_ready(script: str, *arguments: str, environment: dict[str, str]) -> None:
    """Run a Python script until it prints "ready", then kill it; an assertion fails if it ends before."""
    main = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert main.stdin
    assert main.stdout
    try:
        assert main.stdout.readline() == "ready\n"
    finally:
        main.send_signal(signal.SIGKILL)
        main.wait()
        main.stdin.close()
        main.stdout.close()
