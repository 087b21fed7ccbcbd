"""What the server's processes told, and whose hands each failed request was in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from partywall.scenarios.load import Answer

__all__ = ["CRASH", "Events", "count_failures"]

CRASH = "crash"
_SIGNAL = re.compile(rb"pid:(\d+)\) was sent (SIG\w+)!")


@dataclass
class Events:
    """Times in seconds by CLOCK_MONOTONIC; processes by their numbers, in the order in which it happened."""

    got: dict[str, int] = field(default_factory=dict)
    crashed: dict[int, float] = field(default_factory=dict)
    ready: dict[int, float] = field(default_factory=dict)
    reaped: dict[int, float] = field(default_factory=dict)
    signals: dict[int, str] = field(default_factory=dict)
    said: bytes = b""
    _rest: bytes = b""

    def take(self, data: bytes) -> None:
        """Take what came through the pipe; a line that is not whole yet waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            what, identity, pid, ns = line.decode().split()
            if what == "got":
                self.got[identity] = int(pid)
            else:
                {CRASH: self.crashed, "ready": self.ready, "reaped": self.reaped}[what][int(pid)] = int(ns) * 1e-9

    def hear(self, data: bytes) -> None:
        """Take what the server printed: it names the signal that ended a worker."""
        self.said += data
        for pid, name in _SIGNAL.findall(self.said):
            self.signals[int(pid)] = name.decode()

    @property
    def replacements(self) -> list[float]:
        """When the workers were ready that came after the first death, in order."""
        first = min(self.crashed.values(), default=float("inf"))
        return sorted(time for time in self.ready.values() if time > first)


def count_failures(answers: Iterable[Answer], events: Events) -> dict[str, int]:
    """How many failed, and of these: crashed a worker, were in the hands of one that died, or neither.

    A request that no worker has told of was in nobody's hands, so it counts as one elsewhere.  An answer that names
    another process than the one that took the request is a failure as well.
    """
    counts = dict.fromkeys(("failed", "failed_crash", "failed_beside", "failed_elsewhere"), 0)
    for answer in answers:
        identity = answer.request.identity
        holder = events.got.get(identity)
        if not answer.failed and answer.body == f"{identity} {holder}":
            continue
        counts["failed"] += 1
        if answer.request.path.startswith(f"/{CRASH}/") and holder in events.crashed:
            counts["failed_crash"] += 1
        elif holder in events.crashed:
            counts["failed_beside"] += 1
        else:
            counts["failed_elsewhere"] += 1
    return counts
