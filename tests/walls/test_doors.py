"""Ways into another process: shut between users, open where the rule says so, and unsupported with a reason."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import partywall
from partywall.catalog import walls_doors
from partywall.model import Control, Outcome, WallResult

WALLS = {(wall.name, wall.host): wall for wall in walls_doors.WALLS}
ROUTES = ("vm_readv", "vm_writev", "proc_mem", "ptrace", "pidfd_getfd")
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
NOBODY = 65534

PROVE_ALL = """
import json, partywall
from partywall.catalog import walls_doors
keys = [(wall.name, wall.host) for wall in walls_doors.WALLS]
results = [partywall.prove(name, host=host, runs=1, seed=1) for name, host in keys]
print(json.dumps([[r.id, r.host, str(r.outcome), r.reason] for r in results]))
"""


def proved(name: str, host: str) -> WallResult:
    """The result on this machine; a test that needs what it lacks is skipped with its reason."""
    result = partywall.prove(name, host=host, runs=2, seed=1)
    if result.outcome == Outcome.UNSUPPORTED:
        assert result.reason
        pytest.skip(result.reason)
    return result


@pytest.mark.parametrize(("name", "host"), sorted(WALLS))
def test_a_wall_holds_and_a_door_is_open(name: str, host: str) -> None:
    result = proved(name, host)
    wanted = Outcome.OPEN if WALLS[name, host].door else Outcome.HOLDS
    if wanted == Outcome.OPEN and host == "same-user" and YAMA.exists() and YAMA.read_text().strip() != "0":
        wanted = Outcome.SHUT
    assert (result.outcome, result.control) == (wanted, Control.DETECTED), result.reason
    assert result.exception == (WALLS[name, host].door if wanted == Outcome.OPEN else "")
    assert result.evidence["trials"] == 2


@pytest.mark.parametrize("name", ROUTES)
def test_what_another_user_was_told(name: str) -> None:
    facts = proved(f"mem.{name}", "other-user").evidence
    assert facts["victim_uid"] != facts["attacker_uid"]
    assert 0 not in (facts["victim_uid"], facts["attacker_uid"])
    assert facts["errno"] == facts["errno_expected"]
    assert facts["victim_checksum_before"] == facts["victim_checksum_after"]
    assert max(facts["control_seen"], facts["control_changed"]) == facts["secret_bytes"]


def test_root_needs_no_leave_of_the_victim() -> None:
    facts = proved("mem.root", "root").evidence
    assert facts["routes_open"] == facts["routes_tried"] > 0
    assert (facts["attacker_uid"], facts["victim_dumpable"]) == (os.geteuid(), 0)


def test_kill_is_no_matter_of_dumpable() -> None:
    assert proved("mem.nondumpable", "same-user").evidence["kill_allowed"] == 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
def test_an_ordinary_user_is_told_what_is_missing(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "HOME": str(tmp_path)}
    done = subprocess.run(
        [*become, sys.executable, "-c", PROVE_ALL],
        capture_output=True,
        text=True,
        cwd="/",
        env=environment,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip("this Python cannot be run by another user")
    assert done.returncode == 0, done.stderr
    for name, host, outcome, reason in json.loads(done.stdout):
        if host in ("other-user", "root"):
            assert (outcome, "needs" in reason) == ("unsupported", True), (name, host, reason)
        else:
            assert outcome in ("holds", "open", "shut") or (outcome, bool(reason)) == ("unsupported", True), name
