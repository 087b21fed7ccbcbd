"""Ways into another process: shut between users, open where the rule says so, and unsupported with a reason."""

import errno
import json
import os
import platform
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


# What strict containers forbid: process_vm_readv and process_vm_writev (310, 311), ptrace (101), pidfd_getfd (438)
# and unshare (272) get EPERM, by a filter of BPF instructions.
FORBIDDEN = (101, 272, 310, 311, 438)
FILTER = f"""
import ctypes, os, struct, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
calls = {FORBIDDEN}
program = struct.pack("HBBI", 0x20, 0, 0, 0)
program += b"".join(struct.pack("HBBI", 0x15, len(calls) - i, 0, call) for i, call in enumerate(calls))
program += struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000) + struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | {errno.EPERM})
buffer = ctypes.create_string_buffer(program, len(program))
rules = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
if libc.prctl(22, 2, rules, 0, 0) != 0:
    sys.exit("no seccomp: " + os.strerror(ctypes.get_errno()))
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


@pytest.mark.skipif(not os.access(sys.executable, os.X_OK), reason="this Python cannot start itself")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter names x86_64 system call numbers")
def test_in_a_strict_container_nothing_is_taken_for_a_wall() -> None:
    done = subprocess.run([sys.executable, "-c", FILTER + PROVE_ALL], capture_output=True, text=True, check=False)
    if done.stderr.startswith("no seccomp"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    outcomes = {(name, host): (outcome, reason) for name, host, outcome, reason in json.loads(done.stdout)}
    for name in ("vm_readv", "vm_writev", "ptrace", "pidfd_getfd"):
        for host in ("other-user", "same-user"):
            outcome, reason = outcomes[f"mem.{name}", host]
            assert outcome == "unsupported", (name, host)
            assert ("everybody" in reason) or ("needs" in reason), reason
    for key in (("mem.named_ipc", "same-user"), ("mem.sandboxed", "namespaces")):
        assert outcomes[key][0] == "unsupported"
        assert "needs" in outcomes[key][1]
    # The one way that no system call of its own stands for is still tried.
    assert outcomes["mem.nondumpable", "same-user"][0] == "holds"
    assert not [key for key, (outcome, _) in outcomes.items() if outcome in ("invalid", "broken")]


def test_what_is_inherited_and_what_is_not() -> None:
    facts = proved("mem.inherit", "process").evidence
    assert (facts["offset_shared"], facts["flock_shared"], facts["ofd_lock_shared"]) == (1, 1, 1)
    assert (facts["posix_lock_shared"], facts["directory_shared"]) == (0, 0)
    assert (facts["exec_kept"], facts["exec_kept_cloexec"]) == (1, 0)


def test_exec_drops_what_fork_copied() -> None:
    facts = proved("mem.prefork_secret", "process").evidence
    if facts["exec_errno"] in (errno.EPERM, errno.ENOSYS):
        pytest.skip("nobody may look at another process here")
    assert (facts["seen_bytes"], facts["exec_seen"]) == (facts["secret_bytes"], 0)


def test_a_named_object_outlives_its_maker_until_it_is_removed() -> None:
    facts = proved("mem.named_ipc", "same-user").evidence
    assert facts["objects_open"] == facts["objects"] == facts["removed"] > 0
    assert facts["still_there"] == 0


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> partywall.Session:
    names = sorted({name for name, _ in WALLS})
    return partywall.run(names, seed=1, output=tmp_path_factory.mktemp("doors") / "doors.parquet")


def test_the_claim_names_the_doors(session: partywall.Session) -> None:
    verdicts = [verdict for verdict in session.verdicts if verdict.claim == "memory-unreachable"]
    by_cell = {verdict.quantity: verdict for verdict in verdicts}
    verdict = by_cell["mem.*, other-user"]
    if verdict.verdict == "UNSUPPORTED":
        pytest.skip(verdict.why)
    assert verdict.verdict == "HOLDS-WITH-EXCEPTIONS"
    assert "of another user" in verdict.why
    opened = {wall.id for wall in session.walls if wall.outcome == Outcome.OPEN}
    named = {exception.split()[0] for exception in verdict.exceptions}
    # Doors of one sentence are told together, by the first of them.
    assert named
    assert named <= opened
    assert "mem.root" in opened
