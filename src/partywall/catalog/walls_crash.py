"""Crashes: which facts say that the attack happened, that it failed, and that the probe is not blind."""

from collections.abc import Iterator
from dataclasses import dataclass

from partywall.catalog.crash_causes import CAUSES, Cause, Effect
from partywall.catalog.declaration import Expected, Wall

__all__ = ["OWN_MEMORY", "SHARED_MEMORY", "TIMINGS", "WALLS"]

TIMINGS = ("waitpid", "pidfd", "signalfd", "pipe_eof", "heartbeat", "heartbeat_control")
_HEARTBEATS = 2
_ROUTES = len(TIMINGS) - _HEARTBEATS


# A second of CPU time may take long where the CPU is shared.
_SLOW_DEADLINE_S = 60.0
# The plain ones, whose contrast says all.
_SLOW_HOSTS = ("process", "thread")


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


_SUBDUED = Expected("subdued", 1)


def _crash(cause: Cause) -> Iterator[Wall]:
    made = (
        *_MADE,
        Expected("recorded", int(cause.recorded)),
        *([_SUBDUED] if cause.effect in (Effect.STOP, Effect.DEAF) else []),
    )
    controls = (
        Expected("control_denied" if cause.effect == Effect.REFUSAL else "control_died", 1),
        Expected("control_unhurt", 1),
    )

    def wall(
        on: str,
        host: _Host,
        happened: tuple[Expected, ...],
        fails: tuple[Expected, ...],
        control: tuple[Expected, ...],
        falls: int,
        door: str = "",
    ) -> Wall:
        title = f"{cause.title}, in {host.title}"
        return Wall(
            name=f"crash.{cause.name}",
            host=on,
            title=title,
            happened=(*happened, *host.happened),
            attack_fails=fails,
            control=control,
            door=door,
            timings=TIMINGS,
            samples=falls + _HEARTBEATS,
            runs=1 if cause.slow_s else 0,
            # Once in the task, and once in the thread of the control.
            seconds=2 * cause.slow_s + host.seconds,
            deadline_s=_SLOW_DEADLINE_S if cause.slow_s else 10.0,
            # Seconds each time: with all walls it is proved in a child process and in a thread alone.
            by_name=bool(cause.slow_s) and on not in _SLOW_HOSTS,
            version=2,
            earlier=_first(cause.name, on, title),
        )

    for on, host in OWN_MEMORY.items():
        yield wall(on, host, (*made, *_ENDED), _BYSTANDERS, (*controls, *_ROUTES_SEE), _ROUTES)
    for on, host in SHARED_MEMORY.items():
        lives = (Expected("host_died", 0), Expected("sibling_thread_alive", 1))
        written = Expected("control_changed", "control_changed_expected")
        yield wall(
            on,
            host,
            (*made, *_ENDED, *lives),
            (*_BYSTANDERS, Expected("sibling_thread_denied", 0), Expected("host_changed", 0)),
            (*controls, written),
            _ROUTES,
            _DOOR,
        )
    yield wall(
        "thread",
        _Host("a thread"),
        made,
        (Expected("host_died", 0), Expected("sibling_thread_alive", 1), Expected("sibling_thread_denied", 0)),
        (Expected("control_alive", 1),),
        _ROUTES,
    )


# What the first version of the probe told, of the causes and hosts that it knew.
_FIRST_DIED = (Expected("did_not_crash", 0), Expected("signal", "expected_signal"))
_FIRST = {
    "process": (
        (*_FIRST_DIED, Expected("code_expected", 1), Expected("address_expected", 1)),
        (
            Expected("parent_survived", 1),
            Expected("parent_changed", 0),
            Expected("parent_checksum_after", "parent_checksum_before"),
            Expected("sibling_alive", 1),
            Expected("sibling_answered", 1),
            Expected("sibling_changed", 0),
            Expected("descriptors_intact", 1),
        ),
        (Expected("control_died", 1),),
    ),
    "thread": (
        (Expected("did_not_crash", 0),),
        (Expected("host_died", 0), Expected("sibling_thread_alive", 1)),
        (Expected("control_alive", 1),),
    ),
}
_FIRST_CAUSES = frozenset({"segv_unmapped", "segv_readonly", "segv_kernel", "bus", "ill", "fpe", "abort"})


def _first(name: str, host: str, title: str) -> Wall | None:
    if name not in _FIRST_CAUSES or host not in _FIRST:
        return None
    return Wall(f"crash.{name}", host, title, *_FIRST[host])


# The same fault, by what the task holds, without and with a core of it.
_DUMP_SIZES = ("", "_1MiB", "_16MiB", "_64MiB")
_DUMP_TIMINGS = tuple(f"{which}_core{size}" for size in _DUMP_SIZES for which in ("without", "with"))
_CORE_DUMP = Wall(
    name="crash.core_dump",
    host="process",
    title="what a core dump adds to the time until a crash is known",
    happened=(
        Expected("did_not_crash", 0),
        Expected("other_endings", 0),
        Expected("dumped_without_core", 0),
        Expected("dumped_with_core", "falls"),
        Expected("holds_core", 1),
    ),
    attack_fails=(),
    control=(),
    reports=True,
    timings=_DUMP_TIMINGS,
    samples=len(_DUMP_TIMINGS),
    seconds=0.15,
    deadline_s=30.0,
)

WALLS = (*(wall for cause in CAUSES for wall in _crash(cause)), _CORE_DUMP)
