"""One trial: start the server, load it, crash workers, wait for their replacements, and end with the control."""

import asyncio
import contextlib
import os
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from partywall.errors import MeasureError
from partywall.scenarios.load import Answer, Request, send_all
from partywall.scenarios.observation import Observation, Task
from partywall.scenarios.supervised import Supervised
from partywall.scenarios.web_workers.events import CRASH, Events, count_failures
from partywall.scenarios.web_workers.served import TELL

__all__ = ["run"]

_LOAD_HZ = 200.0
_QUIET_S = 0.2
_SETTLE_S = 0.1
_CRASHES = {"0.1/s": (1, 0.0), "1/s": (2, 1.0), "10/s": (4, 0.1)}
"""Crashes of one trial, and the seconds between them.

Of the ten seconds that follow a crash at 0.1/s only those are awaited in which a worker is missing.
"""

_START_S = 15.0
_PATIENCE_S = 10.0
_CONTROL = 5
_BACKLOG = 512


def run(task: Task) -> Observation:
    """Try one arrangement; MeasureError if the server does not start or does not come back."""
    factors = task.factors
    count = int(factors.get("workers", "1"))
    crashes, apart = _CRASHES[factors["rate"]]
    requests = _requests(crashes, apart, random.Random(task.seed))
    try:
        return asyncio.run(asyncio.wait_for(_try(count, "threads" in factors, requests, crashes), task.deadline_s))
    except TimeoutError:
        raise MeasureError(f"{task.host}: not done after {task.deadline_s:g} s") from None


def _requests(crashes: int, apart: float, chance: random.Random) -> list[Request]:
    """The plain ones in steps, the crashing ones between them, somewhere within a step."""
    first = _QUIET_S + chance.random() / _LOAD_HZ
    until = first + (crashes - 1) * apart + _SETTLE_S
    plain = [Request(i / _LOAD_HZ, f"p{i}", f"/plain/p{i}") for i in range(int(until * _LOAD_HZ))]
    return plain + [Request(first + i * apart, f"c{i}", f"/{CRASH}/c{i}") for i in range(crashes)]


@contextlib.contextmanager
def _server(count: int, threaded: bool) -> Iterator[tuple[Supervised, int, int]]:
    """The server, its port, and the end of the pipe that it tells things through."""
    read, write = os.pipe()
    try:
        with socket.socket() as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            # Whoever serves is given this socket, or binds beside it: no port can be taken.
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]
            environment = {TELL: str(write), "PYTHONDONTWRITEBYTECODE": "1"}
            here = Path(__file__)
            if threaded:
                command = [sys.executable, str(here.with_name("threaded.py")), "supervise", str(port)]
                inherited = [write]
            else:
                bound.listen(_BACKLOG)
                command = [sys.executable, "-m", "gunicorn", "-c", str(here.with_name("settings.py"))]
                environment |= {"PARTYWALL_SOCKET": str(bound.fileno()), "PARTYWALL_WORKERS": str(count)}
                inherited = [write, bound.fileno()]
            with Supervised(command, pass_fds=inherited, environment=environment) as server:
                os.close(write)
                write = -1
                if not threaded:
                    bound.close()
                os.set_blocking(read, False)
                yield server, port, read
    finally:
        os.close(read)
        if write >= 0:
            os.close(write)


async def _try(count: int, threaded: bool, requests: list[Request], crashes: int) -> Observation:
    events = Events()
    with _server(count, threaded) as (server, port, pipe):
        listening = _listen(server, pipe, events)
        try:
            await _until(lambda: len(events.ready) >= count, server, events, f"{count} workers ready")
            initial = set(events.ready)
            # Accepting connections for the first time takes longer; it is no part of the load.
            warm = [Request(0.0, f"w{i}", f"/plain/w{i}") for i in range(2 * count)]
            await send_all(port, warm, time.monotonic(), _PATIENCE_S)
            answers = await send_all(port, requests, time.monotonic(), _PATIENCE_S)
            await _until(lambda: len(events.replacements) >= len(events.crashed), server, events, "all replaced")
            await _until(lambda: events.signals.keys() >= events.crashed.keys(), server, events, "all ends told")
            lived = server.alive
            server.end()
            control = [Request(0.0, f"k{i}", f"/plain/k{i}") for i in range(_CONTROL)]
            blind = await send_all(port, control, time.monotonic(), _PATIENCE_S)
        finally:
            listening()
    facts = _facts(answers, events, initial, crashes)
    facts["supervisor_lived"] = int(lived)
    facts["control_failed"] = count_failures(blind, events)["failed_elsewhere"]
    facts["control_seen"] = int(facts["control_failed"] == _CONTROL)
    return Observation(facts, _timings(answers, events))


def _listen(server: Supervised, pipe: int, events: Events) -> Callable[[], None]:
    """Take what the server tells and prints, as it comes; what is returned ends that."""
    loop = asyncio.get_running_loop()
    output = server.output.fileno()

    def take(descriptor: int, give: Callable[[bytes], None]) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(descriptor, 1 << 16)
            if data:
                give(data)
            else:
                loop.remove_reader(descriptor)

    loop.add_reader(pipe, take, pipe, events.take)
    loop.add_reader(output, take, output, events.hear)

    def end() -> None:
        loop.remove_reader(pipe)
        loop.remove_reader(output)

    return end


async def _until(met: Callable[[], bool], server: Supervised, events: Events, what: str) -> None:
    until = time.monotonic() + _START_S
    while not met():
        said = events.said.decode(errors="replace").strip().splitlines()
        last = f": {said[-1]}" if said else ""
        if not server.alive:
            raise MeasureError(f"the server ended while it was waited for ({what}){last}")
        if time.monotonic() > until:
            raise MeasureError(f"{what}: waited for {_START_S:g} s in vain{last}")
        await asyncio.sleep(0.005)


def _facts(answers: list[Answer], events: Events, initial: set[int], crashes: int) -> dict[str, int]:
    ended = [pid for pid, name in events.signals.items() if name == "SIGSEGV" and pid in events.crashed]
    return {
        "requests": len(answers),
        "crashes_wanted": crashes,
        "crashes": len(events.crashed),
        "segfaults": len(ended),
        "died_without_crash": len(events.reaped.keys() - events.crashed.keys()),
        "replaced": len(events.ready.keys() - initial),
        "workers": len(initial),
        **count_failures(answers, events),
        "latest_sending_us": int(max(answer.late for answer in answers) * 1e6),
    }


def _timings(answers: list[Answer], events: Events) -> dict[str, tuple[float, ...]]:
    crashed = sorted(events.crashed.values())
    again = events.replacements
    first, last = crashed[0], again[-1]
    good = [answer for answer in answers if not answer.failed]
    before = tuple(answer.latency for answer in good if answer.intended + answer.latency < first)
    during = tuple(a.latency for a in good if a.intended + a.latency >= first and a.intended <= last)
    timings = {
        "replacement": tuple(ready - fell for fell, ready in zip(crashed, again, strict=False)),
        "reaping": tuple(events.reaped[pid] - fell for pid, fell in events.crashed.items() if pid in events.reaped),
        "before": before,
        "before_slowest": (max(before),) if before else (),
        "during": during,
        "during_slowest": (max(during),) if during else (),
    }
    return {name: values for name, values in timings.items() if values}
