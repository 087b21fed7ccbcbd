"""A probe of a door that is killed at any moment leaves nothing behind: no process of another user, no named object."""

import random
import select
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from partywall import native
from partywall.catalog import walls_doors
from partywall.errors import MeasureError, UnsupportedError
from test_leftovers import Traces

KILLS = 6
# Most probes are over after so long; killing one that is over would show nothing.
LATEST_S = 0.006


@pytest.mark.parametrize(("name", "host"), [(wall.name, wall.host) for wall in walls_doors.WALLS])
def test_kill_9_in_mid_probe_leaves_nothing(
    name: str, host: str, clock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Any, orphans: Any
) -> None:
    traces = Traces(tmp_path)
    moments = random.Random(f"{name} {host}")

    def kill(pidfd: int, _order: native.Order) -> None:
        time.sleep(moments.uniform(0, latest))
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        ended = select.poll()
        ended.register(pidfd, select.POLLIN)
        eventually(lambda: ended.poll(0))
        eventually(lambda: not orphans())

    monkeypatch.setattr(native, "_await", kill)
    killed = 0
    latest = LATEST_S
    for _ in range(KILLS):
        asked = native.Order(
            subject=name, clock=clock, prove=True, settings={"host": (host, 0)}, samples=8, directory=str(tmp_path)
        )
        try:
            native.carry_out(asked)
        except UnsupportedError as error:
            pytest.skip(str(error))
        except MeasureError as error:
            assert "killed by SIGKILL" in str(error)
            killed += 1
        else:
            # The machine is quicker than that.
            latest /= 2
        eventually(lambda: not traces.left())
    assert killed, "every probe was over before it could be killed"
