"""Under a seccomp filter a forbidden system call makes its cells unsupported; the rest goes on."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter names x86_64 system call numbers")

# A filter of four BPF instructions: sched_yield (24) gets ACTION, everything else is allowed.
FILTERED_RUN = """
import ctypes, os, struct, sys
action, output = int(sys.argv[1], 0), sys.argv[2]
os.environ["OPENBLAS_NUM_THREADS"] = "1"
program = b"".join(struct.pack("HBBI", *i) for i in (
    (0x20, 0, 0, 0), (0x15, 0, 1, 24), (0x06, 0, 0, action), (0x06, 0, 0, 0x7FFF0000)))
buffer = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
if libc.prctl(22, 2, filter, 0, 0) != 0:
    sys.exit("no seccomp: " + os.strerror(ctypes.get_errno()))
from partywall.cli import main
main(["run", "yield_switch", "null_syscall", "--peer", "process", "--json", "-", "-o", output])
"""
KILL_PROCESS = 0x80000000
ERRNO_ENOSYS = 0x00050000 | 38


@pytest.mark.parametrize(("action", "reason"), [(KILL_PROCESS, "seccomp filter"), (ERRNO_ENOSYS, "ENOSYS")])
def test_a_forbidden_system_call_is_unsupported_and_the_rest_goes_on(action: int, reason: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FILTERED_RUN, str(action), str(tmp_path / "s.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    if done.stderr.startswith("no seccomp"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    cells = {cell["primitive"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert cells["yield_switch"]["state"] == "unsupported"
    assert reason in cells["yield_switch"]["reason"]
    assert cells["null_syscall"]["estimates"]["typical"]["value"] > 0
