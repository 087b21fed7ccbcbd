"""Fixtures of the tests that start workers."""

import pytest

from partywall import host


@pytest.fixture(scope="session")
def clock() -> str:
    return host.calibrate_clock()[0].source
