"""What on this machine makes figures worse, measured where it can be, and what could be done about it.

Nothing is changed: a remedy is a sentence for the reader, a command a line that they may paste.
"""

from pathlib import Path

from partywall import host
from partywall.doctor import load, memory, permissions, processor, timekeeping
from partywall.doctor.activity import watch
from partywall.finding import Finding

__all__ = ["examine"]

_WINDOW_S = 1.0
_ROOT = Path("/")


def examine(window_s: float = _WINDOW_S) -> tuple[Finding, ...]:
    """Look at everything.

    It takes ``window_s`` seconds for what is counted over time, as long again for every CPU on which trials are run,
    and a little more.
    """
    placements = host.placements()
    cpus = sorted({cpu for pair in placements.values() for cpu in pair})
    clock, _ = host.calibrate_clock()
    return (
        *timekeeping.look(clock, list(placements.values()), _ROOT),
        *processor.look(cpus, _ROOT),
        *watch(cpus, window_s, _ROOT),
        *processor.spin(clock, cpus, window_s),
        *load.look(_ROOT),
        *memory.look(_ROOT),
        *permissions.look(_ROOT),
    )
