"""Crashes: which facts say that the attack happened, that it failed, and that the probe is not blind."""

from collections.abc import Iterator
from dataclasses import dataclass

from partywall.catalog.declaration import Expected, Wall

__all__ = ["OWN_MEMORY", "SHARED_MEMORY", "TIMINGS", "WALLS"]

TIMINGS = ("waitpid", "pidfd", "signalfd", "pipe_eof", "heartbeat", "heartbeat_control")
_HEARTBEATS = 2
_ROUTES = len(TIMINGS) - _HEARTBEATS


@dataclass(frozen=True)
class _Cause:
    """One way to fall.

    ``denies`` says that nobody dies: the task is refused something, and the question is who else is.
    ``slow`` ones take a second or more, so that few workers probe them, once each.
    """

    title: str
    denies: bool = False
    slow: bool = False
    seconds: float = 0.0


_CAUSES = {
    "segv_unmapped": _Cause("a load from an unmapped page"),
    "segv_readonly": _Cause("a store to a read-only page"),
    "segv_kernel": _Cause("a load of a kernel address"),
    "bus": _Cause("a load past the end of a mapped file"),
    "ill": _Cause("an illegal instruction"),
    "fpe": _Cause("an integer division by zero"),
    "abort": _Cause("abort()"),
}


@dataclass(frozen=True)
class _Host:
    """In what the task falls: in words, and what shows that the host is what it is called."""

    title: str
    happened: tuple[Expected, ...] = ()
    seconds: float = 0.006


_CONFINED = Expected("confined", 1)
OWN_MEMORY = {
    "process": _Host("a child process"),
    "exec": _Host("another program, exec'd in a child process", (_CONFINED,), 0.009),
    "namespaces": _Host(
        "a process in user, pid, mount, net, ipc and uts namespaces of its own",
        # The first one of a pid namespace ignores what it raises itself.
        (_CONFINED, Expected("namespaces_entered", "namespaces"), Expected("pid_in_namespace", 2)),
        0.010,
    ),
    "seccomp": _Host("a process under a seccomp filter", (_CONFINED,)),
    "landlock": _Host("a process under a Landlock ruleset", (_CONFINED,)),
    "cgroup": _Host("a process in a cgroup with limits", (_CONFINED, Expected("cgroup_tasks", 1)), 0.009),
}
SHARED_MEMORY = {
    "clone_vm": _Host("a task that shares the memory of its maker", (Expected("host_answered_meanwhile", 1),)),
    "vfork": _Host("a vfork child", (Expected("host_answered_meanwhile", 0),), 0.010),
}

_MADE = (
    Expected("did_not_crash", 0),
    Expected("other_endings", 0),
    Expected("code_expected", 1),
    Expected("address_expected", 1),
)
_BYSTANDERS = (
    Expected("parent_survived", 1),
    Expected("parent_denied", 0),
    Expected("parent_changed", 0),
    Expected("parent_sha256_after", "parent_sha256_before"),
    Expected("parent_sha256_unchanged", 1),
    Expected("parent_identity_unchanged", 1),
    Expected("parent_signals_unchanged", 1),
    Expected("sibling_alive", 1),
    Expected("sibling_answered", 1),
    Expected("sibling_changed", 0),
    Expected("sibling_sha256_unchanged", 1),
    Expected("sibling_identity_unchanged", 1),
    Expected("sibling_signals_unchanged", 1),
    Expected("shared_state_intact", 1),
    Expected("descriptors_intact", 1),
)
# The pipe's end is seen where nobody else holds it, and hidden where somebody does.
_ROUTES_SEE = (Expected("eof_hidden_by_sibling", 1), Expected("eof_after_sibling", 1))
_ENDED = (Expected("signal", "expected_signal"), Expected("exit_status", "expected_exit_status"))
_DOOR = "a task that shares memory dies alone, but what it wrote stays"


def _crash(name: str, cause: _Cause) -> Iterator[Wall]:
    controls = (Expected("control_denied" if cause.denies else "control_died", 1), Expected("control_unhurt", 1))

    def wall(
        on: str,
        host: _Host,
        happened: tuple[Expected, ...],
        fails: tuple[Expected, ...],
        control: tuple[Expected, ...],
        falls: int,
        door: str = "",
    ) -> Wall:
        return Wall(
            name=f"crash.{name}",
            host=on,
            title=f"{cause.title}, in {host.title}",
            happened=(*happened, *host.happened),
            attack_fails=fails,
            control=control,
            door=door,
            timings=TIMINGS,
            samples=falls + _HEARTBEATS,
            runs=1 if cause.slow else 0,
            seconds=cause.seconds + host.seconds,
            deadline_s=10.0,
        )

    for on, host in OWN_MEMORY.items():
        yield wall(on, host, (*_MADE, *_ENDED), _BYSTANDERS, (*controls, *_ROUTES_SEE), _ROUTES)
    for on, host in SHARED_MEMORY.items():
        lives = (Expected("host_died", 0), Expected("sibling_thread_alive", 1))
        written = Expected("control_changed", "control_changed_expected")
        yield wall(
            on,
            host,
            (*_MADE, *_ENDED, *lives),
            (*_BYSTANDERS, Expected("sibling_thread_denied", 0), Expected("host_changed", 0)),
            (*controls, written),
            _ROUTES,
            _DOOR,
        )
    yield wall(
        "thread",
        _Host("a thread"),
        _MADE,
        (Expected("host_died", 0), Expected("sibling_thread_alive", 1), Expected("sibling_thread_denied", 0)),
        (Expected("control_alive", 1),),
        _ROUTES,
    )


WALLS = tuple(wall for name, cause in _CAUSES.items() for wall in _crash(name, cause))
