"""The only importer of the C core: Python values in, raw ticks out, failures as exceptions."""

import errno
import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partywall import _core
from partywall.errors import MeasureError, UnsupportedError
from partywall.interpreter import launch
from partywall.interpreter.worker import run_forked
from partywall.model import Counters

__all__ = [
    "Order",
    "Raw",
    "carry_out",
    "clock_anchor",
    "clock_available",
    "clock_steps",
    "primitives",
    "readings",
    "walls",
]

_ffi: Any = _core.ffi
_lib: Any = _core.lib

_NS = 1e9
_PEERS = {"": "PW_PEER_NONE", "process": "PW_PEER_PROCESS", "thread": "PW_PEER_THREAD"}
_IMAGES = {
    "pristine": "PW_IMAGE_PRISTINE",
    "caller": "PW_IMAGE_CALLER",
    "interpreter": "PW_IMAGE_INTERPRETER",
}
_CLOCKS = {
    "tsc": "PW_CLOCK_TSC",
    "monotonic_raw": "PW_CLOCK_MONOTONIC_RAW",
    "cntvct": "PW_CLOCK_CNTVCT",
}
# The kernel refuses or has not enough of something: a limit of this machine, not a failed measurement.
_LIMITS = frozenset(
    {
        errno.EPERM,
        errno.EACCES,
        errno.ENOSYS,
        errno.EAGAIN,
        errno.ENOMEM,
        errno.EMFILE,
        errno.ENFILE,
        errno.EOPNOTSUPP,
        errno.ENODEV,
        errno.ENXIO,
        errno.ENOSPC,
        errno.EUSERS,
        errno.EMSGSIZE,
        errno.ENOBUFS,
        errno.EAFNOSUPPORT,
        errno.EADDRNOTAVAIL,
        errno.ENETUNREACH,
    }
)


@dataclass(frozen=True)
class Order:
    """What one worker is asked to do; times in seconds, sizes in bytes, CPUs by number (-1: any).

    ``language`` is "c", or "python" for an op of `partywall.interpreter`; ``image`` is "pristine" for the
    former and "interpreter" for the latter, or "caller".  ``settings`` are the levels of further factors,
    each a word and its value; ``period`` (of an open
    loop), ``spin`` and ``spin_outside`` are in ticks of the clock.
    """

    subject: str
    clock: str
    language: str = "c"
    prove: bool = False
    image: str = "pristine"
    peer: str = ""
    driver_cpu: int = -1
    peer_cpu: int = -1
    batch: int = 1
    dither: int = 0
    chunk: int = 1
    samples: int = 1
    warmup_s: float = 0.0
    budget_s: float = 0.0
    seed: int = 1
    parties: int = 0
    readings: bool = False
    period: int = 0
    spin: int = 0
    spin_outside: int = 0
    settings: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    target: str = "static"
    directory: str = "/tmp"
    deadline_s: float = 10.0


@dataclass(frozen=True, eq=False)
class Raw:
    """What a worker left behind.

    ``ticks`` (shape (count,), clock ticks per sample) and ``ops`` (shape (count,)) are views of the
    shared sample buffer, not copies; the buffer lives as long as they do.  ``readings`` has shape
    (count, number of readings), in ticks, bytes or numbers.
    """

    ticks: NDArray[np.uint64]
    ops: NDArray[np.uint32]
    readings: NDArray[np.int64]
    cold_ticks: int
    driver: Counters
    party: Counters
    facts: dict[str, int]
    begin_ns: int
    end_ns: int


@cache
def primitives() -> dict[str, bool]:
    """Names of the primitives in the C core, and whether each has a peer."""
    return {
        _ffi.string(_lib.pw_primitive_name(i)).decode(): bool(_lib.pw_primitive_has_peer(i))
        for i in range(_lib.pw_primitive_count())
    }


@cache
def readings(name: str) -> dict[str, str]:
    """Readings of a primitive in the C core, each with its unit "s", "1" or "B", in their order."""
    units = {
        _lib.PW_READING_TICKS: "s",
        _lib.PW_READING_SPAN: "s",
        _lib.PW_READING_COUNT: "1",
        _lib.PW_READING_BYTES: "B",
    }
    index = list(primitives()).index(name)
    found: dict[str, str] = {}
    while pointer := _lib.pw_primitive_reading(index, len(found)):
        found[_ffi.string(pointer).decode()] = units[_lib.pw_primitive_reading_kind(index, len(found))]
    return found


def walls() -> tuple[str, ...]:
    """Names of the walls in the C core."""
    return tuple(_ffi.string(_lib.pw_wall_name(i)).decode() for i in range(_lib.pw_wall_count()))


def clock_available(source: str) -> bool:
    """Whether this build can read the clock source "tsc", "cntvct" or "monotonic_raw"."""
    return bool(_lib.pw_clock_available(getattr(_lib, _CLOCKS[source])))


def clock_anchor(source: str) -> tuple[int, int, int]:
    """One (ticks, MONOTONIC_RAW ns, width of the bracket in ticks); UnsupportedError if unreadable."""
    anchor = _ffi.new("struct pw_anchor *")
    _check(_lib.pw_clock_anchor(getattr(_lib, _CLOCKS[source]), anchor), "clock", source)
    return anchor.ticks, anchor.raw_ns, anchor.width


def clock_steps(source: str, n: int) -> NDArray[np.int64]:
    """Differences between two reads in a row, in ticks, shape (n,)."""
    steps = np.empty(n, np.int64)
    pointer = _ffi.from_buffer("int64_t[]", steps)
    _check(_lib.pw_clock_steps(getattr(_lib, _CLOCKS[source]), pointer, n), "clock", source)
    return steps


def carry_out(order: Order) -> Raw:
    """Start one worker, wait for it with a deadline, reap it, and return what it measured.

    Raises:
        UnsupportedError: the kernel refused, or a limit was met; the message is the reason.
        MeasureError: the trial failed, timed out, or the worker died.
        KeyboardInterrupt: on Ctrl-C; the worker and all of its children are gone by then.
    """
    count = len(readings(order.subject)) if order.readings else 0
    size = _lib.pw_shared_size(order.samples, count)
    try:
        fd = os.memfd_create("partywall-samples", os.MFD_CLOEXEC)
    except OSError as error:
        raise _failure(order.subject, "start", error.errno or 0) from None
    try:
        buffer = _mapping(fd, size, order.subject)
        shared = _ffi.from_buffer("struct pw_shared *", buffer, require_writable=True)
        _check(_lib.pw_shared_init(shared, size, order.samples, count), "attach", order.subject)
        _fill(shared.trial, order)
        code, status = _run(shared, fd, order)
    finally:
        os.close(fd)
    _raise_failure(shared.result, order, code, status)
    return _raw(shared, buffer)


def _mapping(fd: int, size: int, subject: str) -> mmap.mmap:
    try:
        os.ftruncate(fd, size)
        return mmap.mmap(fd, size)
    except OSError as error:
        raise _failure(subject, "start", error.errno or 0) from None


def _fill(trial: Any, order: Order) -> None:
    trial.task = _lib.PW_TASK_PROVE if order.prove else _lib.PW_TASK_MEASURE
    trial.clock = getattr(_lib, _CLOCKS[order.clock])
    trial.subject = order.subject.encode()
    trial.peer = getattr(_lib, _PEERS[order.peer])
    trial.warmup_ns = int(order.warmup_s * _NS)
    trial.budget_ns = int(order.budget_s * _NS)
    trial.target = os.fsencode(_target(order.target))
    trial.directory = os.fsencode(order.directory)
    for name in (
        "driver_cpu",
        "peer_cpu",
        "batch",
        "dither",
        "chunk",
        "samples",
        "seed",
        "parties",
        "readings",
        "period",
        "spin",
        "spin_outside",
    ):
        setattr(trial, name, getattr(order, name))
    trial.setting_count = len(order.settings)
    for i, (name, (word, number)) in enumerate(order.settings.items()):
        setting = trial.settings[i]
        setting.name, setting.word, setting.number = name.encode(), word.encode(), number


def _target(kind: str) -> str:
    """The program that is exec'd: ours by its way of linking, "python" for the running interpreter, or none."""
    if kind == "none":
        return ""
    if kind != "python":
        return _executable(f"exec_target_{kind}")
    if not sys.executable:
        raise UnsupportedError("this Python does not know the path of its interpreter")
    return sys.executable


def _executable(name: str) -> str:
    return str(files("partywall") / "bin" / name)


def _run(shared: Any, fd: int, order: Order) -> tuple[int, int]:
    worker = _ffi.new("struct pw_worker *")
    ended = _ffi.new("struct pw_exit *")
    force = 1
    try:
        start = _fork if order.language == "python" and order.image == "caller" else _launch
        _check(start(shared, fd, order, worker), _stage(worker.stage), order.subject)
        _await(worker.pidfd, order)
        force = 0
    finally:
        if worker.pid > 0:
            _lib.pw_worker_reap(worker, force, ended)
    return ended.code, ended.status


def _launch(shared: Any, fd: int, order: Order, worker: Any) -> int:
    if order.language == "python":
        command = launch.command(order.subject)
    else:
        command = (os.fsencode(_executable("partywall-worker")),)
    words = [_ffi.new("char[]", word) for word in command]
    argv = _ffi.new("char *[]", [*words, _ffi.NULL])
    # The size of the environment moves the stack, and with it what shares a cache set.
    padding = _ffi.new("char[]", b"PARTYWALL_PADDING=" + b"x" * (order.seed % 4096))
    request = _ffi.new("struct pw_launch *")
    request.image = getattr(_lib, _IMAGES[order.image])
    request.shared_fd = fd
    request.shared = shared
    request.argv = argv
    request.padding = padding
    return int(_lib.pw_worker_start(request, worker))


def _fork(shared: Any, _fd: int, order: Order, worker: Any) -> int:
    """Python's own fork, in whose child Python goes on."""
    launch.check_may_fork(order.subject)
    parent = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # An exception between fork and adoption would leave a child behind that nobody knows.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pid = os.fork()
        if pid == 0:
            run_forked(shared, parent)
        return int(_lib.pw_worker_adopt(pid, worker))
    except OSError as error:
        raise _failure(order.subject, "start", error.errno or 0) from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _await(pidfd: int, order: Order) -> None:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    end = time.monotonic() + order.deadline_s
    # In slices, so that a signal handler of the caller is never late by more than one.
    while (left := end - time.monotonic()) > 0:
        if poll.poll(min(left, 0.5) * 1000):
            return
    raise MeasureError(f"{order.subject}: no answer within {order.deadline_s:g} s; the worker was killed", "drive")


def _check(code: int, stage: str, subject: str) -> None:
    if code < 0:
        raise _failure(subject, stage, -code)


def _failure(subject: str, stage: str, number: int, said: str = "") -> UnsupportedError | MeasureError:
    reason = said or f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"
    message = f"{subject}: {stage} failed: {reason}"
    if number in _LIMITS:
        return UnsupportedError(message)
    return MeasureError(message, stage, number)


def _stage(stage: int) -> str:
    return str(_ffi.string(_lib.pw_stage_name(stage)).decode())


def _raise_failure(result: Any, order: Order, code: int, status: int) -> None:
    if result.stage:
        said = _ffi.string(result.reason).decode(errors="replace")
        raise _failure(order.subject, _stage(result.stage), result.error, said)
    if code != os.CLD_EXITED:
        name = signal.Signals(status).name
        if status == signal.SIGSYS:
            raise UnsupportedError(f"{order.subject}: a seccomp filter forbids a system call it needs ({name})")
        raise MeasureError(f"{order.subject}: the worker was killed by {name}", "drive")
    if not result.finished:
        raise MeasureError(f"{order.subject}: the worker ended early with status {status}", "attach")


def _raw(shared: Any, buffer: mmap.mmap) -> Raw:
    result = shared.result
    count = int(result.count)
    ticks = np.frombuffer(buffer, np.uint64, count, shared.ticks_offset)
    ops = np.frombuffer(buffer, np.uint32, count, shared.ops_offset)
    width = int(shared.reading_count)
    readings = np.frombuffer(buffer, np.int64, count * width, shared.readings_offset).reshape(count, width)
    return Raw(
        ticks=ticks,
        ops=ops,
        readings=readings,
        cold_ticks=result.cold_ticks,
        driver=_counters(result.driver),
        party=_counters(result.party),
        facts={_ffi.string(f.name).decode(): f.value for f in _facts(result)},
        begin_ns=result.begin.raw_ns,
        end_ns=result.end.raw_ns,
    )


def _facts(result: Any) -> Sequence[Any]:
    return [result.facts[i] for i in range(result.fact_count)]


def _counters(c: Any) -> Counters:
    return Counters(**{name: int(getattr(c, name)) for name in Counters.__struct_fields__})
