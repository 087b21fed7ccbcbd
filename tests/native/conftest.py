"""Fixtures of the tests that start workers."""

import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from partywall import host

_PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture(scope="session")
def clock() -> str:
    return host.calibrate_clock()[0].source


@pytest.fixture
def orphans(processes: Any) -> Iterator[Callable[[], set[tuple[int, str]]]]:
    """Descendants that lost their parent come to this process, so that none can hide."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = processes.descendants(os.getpid())
    try:
        yield lambda: processes.descendants(os.getpid()) - before
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for pid in processes.children(os.getpid()) - {pid for pid, _ in before}:
            os.waitpid(pid, 0)
