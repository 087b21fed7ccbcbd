"""An open loop of HTTP requests: each is sent at its own time, whatever became of those before.

Times count from when a request was to be sent, so that one that waits for another to be served is not forgotten.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Answer", "Request", "send_all"]

_MOST = 20_000


@dataclass(frozen=True)
class Request:
    """One request: when it is to be sent, in seconds after the start, what it is called, and its path."""

    at: float
    identity: str
    path: str


@dataclass(frozen=True)
class Answer:
    """What became of one: its latency from the intended time, in seconds; ``body`` is empty where it ``failed``.

    Attributes:
        intended: when it was to be sent, by CLOCK_MONOTONIC, in seconds.
        late: how much later it was sent, in seconds.
    """

    request: Request
    intended: float
    late: float
    latency: float
    body: str = ""
    failed: str = ""


async def send_all(port: int, requests: Iterable[Request], start: float, patience_s: float) -> list[Answer]:
    """Send all to 127.0.0.1 after ``start``, by CLOCK_MONOTONIC; each fails after ``patience_s`` without an answer."""
    planned = sorted(requests, key=lambda request: request.at)
    if len(planned) > _MOST:
        raise ValueError(f"{len(planned)} requests are more than {_MOST}")
    tasks = []
    for request in planned:
        intended = start + request.at
        if (wait := intended - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(_send(port, request, intended, patience_s)))
    return list(await asyncio.gather(*tasks))


async def _send(port: int, request: Request, intended: float, patience_s: float) -> Answer:
    late = time.monotonic() - intended
    body = failed = ""
    try:
        async with asyncio.timeout(patience_s):
            body = await _exchange(port, request.path)
    except TimeoutError:
        failed = f"no answer within {patience_s:g} s"
    except OSError as error:
        failed = error.strerror or type(error).__name__
    if not body and not failed:
        failed = "the connection ended without an answer"
    return Answer(request, intended, late, time.monotonic() - intended, body, failed)


async def _exchange(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        raw = await reader.read(-1)
    finally:
        writer.transport.abort()
    head, _, body = raw.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    return body.decode() if status == [b"200"] else ""
