"""What this user may not do here, so that cells are unsupported; and how the machine treats those that crash."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from partywall import host
from partywall.finding import Finding, Gravity, good

__all__ = ["cores", "counters", "io_uring", "look", "namespaces", "realtime", "tracing"]

_SYSCTL = "proc/sys"


def look(root: Path) -> Iterator[Finding]:
    """All about permissions, and crashes."""
    yield realtime()
    yield counters(root)
    yield namespaces(root, host.is_root())
    yield io_uring(root, host.is_root())
    yield tracing(root)
    yield cores(root)


def _refused(probe: Callable[[], object]) -> str:
    try:
        probe()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _become_fifo() -> None:
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    os.sched_setscheduler(0, *before)


def realtime(probe: Callable[[], object] = _become_fifo) -> Finding:
    """Whether a task may be put above ordinary ones."""
    reason = _refused(probe)
    if not reason:
        return good("SCHED_FIFO", "allowed")
    return Finding(
        name="SCHED_FIFO",
        gravity=Gravity.NOTE,
        observed=f"refused: {reason}",
        effect="cells with policy=fifo are unsupported",
        remedy="CAP_SYS_NICE, or an rtprio line in limits.conf",
        command='echo "$USER - rtprio 1" | sudo tee -a /etc/security/limits.conf',
    )


def counters(root: Path) -> Finding:
    """Whether the CPU's own counters may be read; partywall does not need them."""
    paranoid = host.read_text(root / _SYSCTL / "kernel/perf_event_paranoid")
    if not any((root / "sys/bus/event_source/devices").glob("cpu*")):
        return Finding(
            name="hardware counters",
            gravity=Gravity.NOTE,
            observed="no PMU is shown to this machine",
            effect="cycles and cache misses cannot be told; partywall does not need them",
        )
    if host.is_root() or not paranoid.isdigit() or int(paranoid) <= 2:
        return good("hardware counters", f"present, perf_event_paranoid {paranoid or 'not reported'}")
    return Finding(
        name="hardware counters",
        gravity=Gravity.NOTE,
        observed=f"present, perf_event_paranoid {paranoid}: not for ordinary users",
        effect="other tools cannot explain a figure by its misses; partywall does not need them",
        remedy="allow them for your own processes",
        command="sudo sysctl kernel.perf_event_paranoid=2",
    )


def namespaces(root: Path, is_root: bool) -> Finding:
    """Whether an ordinary user may make namespaces."""
    limit = host.read_text(root / _SYSCTL / "user/max_user_namespaces")
    restricted = host.read_text(root / _SYSCTL / "kernel/apparmor_restrict_unprivileged_userns") == "1"
    if limit in ("", "0"):
        seen, command = "not allowed", "sudo sysctl user.max_user_namespaces=10000"
    elif restricted and not is_root:
        seen = "restricted by AppArmor"
        command = "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    else:
        return good("user namespaces", f"up to {limit}")
    return Finding(
        name="user namespaces",
        gravity=Gravity.NOTE,
        observed=seen,
        effect="namespace cells are unsupported for ordinary users",
        remedy="allow them, or run as root",
        command=command,
    )


def io_uring(root: Path, is_root: bool) -> Finding:
    """Whether io_uring may be used."""
    state = host.read_text(root / _SYSCTL / "kernel/io_uring_disabled")
    if state in ("", "0") or (state == "1" and is_root):
        return good("io_uring", "allowed" if state else "no switch forbids it")
    return Finding(
        name="io_uring",
        gravity=Gravity.NOTE,
        observed=f"io_uring_disabled {state}",
        effect="io_uring cells are unsupported",
        remedy="allow it",
        command="sudo sysctl kernel.io_uring_disabled=0",
    )


def tracing(root: Path) -> Finding:
    """Whether one process may read another's memory."""
    scope = host.read_text(root / _SYSCTL / "kernel/yama/ptrace_scope")
    if not scope:
        return good("ptrace_scope", "Yama is not there")
    if scope in ("0", "1"):
        # At 1 the worker tells the kernel who may read it.
        return good("ptrace_scope", scope)
    return Finding(
        name="ptrace_scope",
        gravity=Gravity.NOTE,
        observed=scope,
        effect="process_vm_readv and process_vm_writev cells are unsupported for ordinary users",
        remedy="allow it for those that a process has named",
        command="sudo sysctl kernel.yama.ptrace_scope=1",
    )


def cores(root: Path) -> Finding:
    """Where the memory of a process goes that crashes."""
    pattern = host.read_text(root / _SYSCTL / "kernel/core_pattern")
    if not pattern.startswith("|"):
        return good("core dumps", f"core_pattern {pattern or 'empty'}")
    program = pattern[1:].split()
    return Finding(
        name="core dumps",
        gravity=Gravity.NOTE,
        observed=f"core_pattern pipes to {program[0] if program else 'nothing'}",
        effect="a crash that dumps is told only when that program has read it all; the walls' faults do not dump",
        remedy="dump to a file, for crashes of your own",
        command="sudo sysctl kernel.core_pattern=core",
    )
