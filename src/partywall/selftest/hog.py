"""A program that takes CPU time while something is measured."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["hog"]

# It ends by itself when its parent is another, or when its time is over, whatever happens here.
_PROGRAM = """
import os, random, sys, time
parent, cpu, seconds = map(int, sys.argv[1:])
os.sched_setaffinity(0, {cpu})
end = time.monotonic() + seconds
draw = random.Random(1)
print("running", flush=True)
while time.monotonic() < end and os.getppid() == parent:
    burst = time.monotonic() + draw.uniform(0.005, 0.1)
    while time.monotonic() < burst:
        pass
    time.sleep(draw.uniform(0.005, 0.1))
"""


@contextmanager
def hog(cpu: int, longest_s: int) -> Iterator[None]:
    """Keep ``cpu`` busy for half of the time, in bursts of 5 to 100 ms; for ``longest_s`` seconds at most.

    On leaving, the program is killed and reaped.  Raises OSError if it cannot be started.
    """
    arguments = [sys.executable, "-I", "-c", _PROGRAM, str(os.getpid()), str(cpu), str(longest_s)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"running\n":
                raise OSError(f"no program could be kept running on CPU {cpu}")
            yield
        finally:
            process.kill()
