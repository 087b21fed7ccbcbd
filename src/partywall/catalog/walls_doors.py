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
    "another process of the same user may, by the ptrace access check: same user and group numbers, a dumpable target, "
    "and kernel.yama.ptrace_scope absent or 0"
)
_ROOT = "root may, whatever the target does: CAP_SYS_PTRACE passes the ptrace access check"

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
)
