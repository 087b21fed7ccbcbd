"""Ways into the memory of another process: which are kept shut between users, and which stand open by rule.

The rules and their sources are in docs/doors.md.
"""

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

_ROUTES = {
    "vm_readv": "process_vm_readv",
    "vm_writev": "process_vm_writev",
    "proc_mem": "/proc/PID/mem",
    "ptrace": "ptrace",
    "pidfd_getfd": "pidfd_getfd",
}
_SAME_USER = (
    "another process of the same user may, if the target is dumpable and Yama's ptrace_scope absent or 0: the ptrace "
    "access check (ptrace(2))"
)
_ROOT = "root may, whatever the target does: CAP_SYS_PTRACE passes the ptrace access check (ptrace(2))"

_UNSEEN = (
    Expected("seen_bytes", 0),
    Expected("changed_bytes", 0),
    Expected("victim_checksum_after", "victim_checksum_before"),
)
_BY_THE_SAME_USER = (
    Expected("control_errno", 0),
    Expected("control_seen", "control_seen_expected"),
    Expected("control_changed", "control_changed_expected"),
)


def _route(name: str, call: str) -> tuple[Wall, Wall]:
    tried = (
        Expected("attempted", 1),
        Expected("refused_otherwise", 0),
        Expected("victim_dumpable", 1),
        Expected("attacker_capabilities", 0),
    )
    return (
        Wall(
            f"mem.{name}",
            "other-user",
            f"a process of another user reaches private memory by {call}",
            (*tried, Expected("users_differ", 1)),
            _UNSEEN,
            _BY_THE_SAME_USER,
        ),
        Wall(
            f"mem.{name}",
            "same-user",
            f"another process of the same user reaches private memory by {call}",
            (*tried, Expected("users_differ", 0)),
            _UNSEEN,
            _BY_THE_SAME_USER,
            door=_SAME_USER,
        ),
    )


_TRIED = (Expected("refused_otherwise", 0),)
_UNTOUCHED = (
    Expected("routes_refused", "routes_tried"),
    Expected("seen_bytes", 0),
    Expected("changed_bytes", 0),
    Expected("victims_spoilt", 0),
)
_ALL_OPEN_BEFORE = (Expected("control_open", "routes_tried"),)

_SANDBOXES = {
    "seccomp": ((Expected("killed_by", "killed_by_expected"),), "the memory of its user's processes, a file, a socket"),
    "landlock": ((), "the memory of its user's processes outside, a file"),
    "namespaces": ((), "the memory of its user's processes outside, the network"),
}


def _sandboxed(host: str) -> Wall:
    more, what = _SANDBOXES[host]
    happened = (*_TRIED, Expected("victim_dumpable", 1), Expected("attacker_capabilities", 0))
    title = f"a process under {host} reaches {what}"
    return Wall("mem.sandboxed", host, title, happened, (*_UNTOUCHED, *more), _ALL_OPEN_BEFORE)


_SIGNAL = Wall(
    "mem.signal",
    "other-user",
    "a process of another user ends one by a signal",
    (
        Expected("refused_otherwise", 0),
        Expected("users_differ", 1),
        Expected("attacker_capabilities", 0),
    ),
    (
        Expected("signals_refused", "signals_sent"),
        Expected("victim_answered", 1),
        Expected("victim_signal", 0),
        Expected("victim_checksum_after", "victim_checksum_before"),
    ),
    (Expected("control_accepted", "signals_sent"), Expected("control_signal", "control_signal_expected")),
)
_NAMED_TRIED = (
    Expected("refused_otherwise", 0),
    Expected("memfd_refused_otherwise", 0),
    Expected("attacker_capabilities", 0),
    Expected("removed", "objects"),
)
_NAMED_IPC = (
    Wall(
        "mem.named_ipc",
        "other-user",
        "a process of another user reads a named object of mode 0600",
        (*_NAMED_TRIED, Expected("users_differ", 1)),
        (Expected("objects_refused", "objects"), Expected("seen_bytes", 0), Expected("memfd_seen", 0)),
        (
            Expected("control_seen", "control_seen_expected"),
            Expected("memfd_control_seen", "memfd_bytes"),
            Expected("still_there", 0),
        ),
    ),
    Wall(
        "mem.named_ipc",
        "same-user",
        "another process of the same user reads a named object of mode 0600",
        (*_NAMED_TRIED, Expected("users_differ", 0)),
        (Expected("objects_open", 0), Expected("seen_bytes", 0)),
        (Expected("still_there", 0),),
        door=(
            "each process of its user may open a named object, which outlives its maker (shm_overview(7), sysvipc(7), "
            "mq_overview(7))"
        ),
    ),
)


def _child(name: str, host: str, title: str, fails: Expected, control: tuple[Expected, ...], door: str) -> Wall:
    return Wall(
        name, host, title, (Expected("written_bytes", "secret_bytes"),), (fails,), control, door=door, target="static"
    )


_UNCHANGED = (Expected("control_written", "secret_bytes"), Expected("control_changed", 0))
_SAME_MEMORY = "it is given the memory of its parent and not a copy: CLONE_VM, which vfork implies (clone(2))"
_INHERITED = (
    _child(
        "mem.shared_mapping",
        "process",
        "a write to a MAP_SHARED mapping is seen by the other process",
        Expected("changed_bytes", 0),
        (*_UNCHANGED, Expected("control_seen", 0)),
        "what was mapped MAP_SHARED before the fork stays one memory for both (mmap(2), fork(2))",
    ),
    _child(
        "mem.clone_vm",
        "clone-vm",
        "a child made with CLONE_VM reads and changes its parent's private memory",
        Expected("changed_bytes", 0),
        (*_UNCHANGED, Expected("control_seen", 0)),
        _SAME_MEMORY,
    ),
    _child(
        "mem.clone_vm",
        "vfork",
        "a child made with vfork changes its parent's private memory",
        Expected("changed_bytes", 0),
        _UNCHANGED,
        _SAME_MEMORY,
    ),
    _child(
        "mem.prefork_secret",
        "process",
        "a child reads what its parent's private memory held before the fork",
        Expected("seen_bytes", 0),
        (Expected("control_written", "secret_bytes"), Expected("control_seen", 0)),
        "fork copies all memory that is not marked otherwise, and exec drops it (fork(2), execve(2))",
    ),
    Wall(
        "mem.inherit",
        "process",
        "a child moves the offset and drops the locks of its parent's open files",
        (Expected("posix_lock_shared", 0), Expected("directory_shared", 0), Expected("exec_kept", 1)),
        (Expected("shared", 0),),
        (Expected("control_shared", 0), Expected("exec_kept_cloexec", 0)),
        door=(
            "isolation is of memory, not of kernel objects: an inherited descriptor is the same open file, and without "
            "O_CLOEXEC it stays past exec (fork(2), open(2))"
        ),
        target="static",
    ),
)


WALLS = (
    *(wall for name, call in _ROUTES.items() for wall in _route(name, call)),
    Wall(
        "mem.nondumpable",
        "same-user",
        "a process of the same user reaches the memory of one that is not dumpable",
        (*_TRIED, Expected("victim_dumpable", 0), Expected("attacker_capabilities", 0)),
        _UNTOUCHED,
        _ALL_OPEN_BEFORE,
    ),
    Wall(
        "mem.root",
        "root",
        "root reaches private memory",
        (*_TRIED, Expected("victim_dumpable", 0)),
        (Expected("routes_open", 0),),
        _ALL_OPEN_BEFORE,
        door=_ROOT,
    ),
    *(_sandboxed(host) for host in _SANDBOXES),
    _SIGNAL,
    *_NAMED_IPC,
    *_INHERITED,
)
