"""The inside of a worker that is a Python interpreter: from a shared mapping to a finished trial."""

import errno
import os
from importlib import import_module

from partywall import _core
from partywall.interpreter.op import MissingError, Op, Settings

# typing is large, and would be part of the image; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = ["die_with", "main", "run_forked"]

_ffi: "Any" = _core.ffi
_lib: "Any" = _core.lib

_NOT_OURS = 2


def main() -> "NoReturn":
    """A fresh interpreter: carry out the trial on the worker's descriptor, and exit."""
    status = _NOT_OURS
    try:
        shared = _lib.pw_shared_attach(_lib.PW_WORKER_FD)
        if shared:
            status = _carry_out(shared)
    finally:
        # Nothing is left to clean up, and what exit handlers do is no part of a trial.
        os._exit(status)


def run_forked(shared: "Any", parent: int) -> "NoReturn":
    """A child that process ``parent`` has just forked: carry out the trial, and exit."""
    status = 1
    try:
        if _lib.pw_worker_enter(parent) == 0:
            _detach()
            status = _carry_out(shared)
    finally:
        # The parent's exit handlers and unwritten output are not ours.
        os._exit(status)


def die_with(parent: int) -> None:
    """Bind this process to the life of its parent; OSError if that is already gone."""
    number = _lib.pw_task_bind_to_parent(parent)
    if number < 0:
        raise OSError(-number, os.strerror(-number))


def _detach() -> None:
    import signal

    # The way a fresh interpreter has them.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_IGN)
    # What children flush of the parent's buffers, or complain of, must not reach its terminal.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)


def _carry_out(shared: "Any") -> int:
    trial = _Trial(shared)
    subject = _ffi.string(shared.trial.subject).decode()
    if shared.trial.task == _lib.PW_TASK_PROVE:
        return _prove(trial, shared, subject)
    try:
        trial.make = _find(subject)
    except BaseException as error:
        trial.fail(error, _lib.PW_STAGE_ATTACH)
        return 1
    _ffi.def_extern(name="pw_python_open", error=-errno.EIO)(trial.open)
    _ffi.def_extern(name="pw_python_drive", error=-errno.EIO)(trial.drive)
    _ffi.def_extern(name="pw_python_close")(trial.close)
    hooks = _ffi.new("struct pw_hooks *", (_lib.pw_python_open, _lib.pw_python_drive, _lib.pw_python_close))
    failed = _lib.pw_worker_interpret(shared, hooks)
    # After a failure the core leaves the op open.
    trial.close(None)
    return 1 if failed or shared.result.stage else 0


def _prove(trial: "_Trial", shared: "Any", subject: str) -> int:
    """Probe a wall, and note the facts; what fails is a failure of the probe."""
    asked, result = shared.trial, shared.result
    words = {_ffi.string(s.name): _ffi.string(s.word).decode() for s in asked.settings[0 : asked.setting_count]}
    try:
        if asked.driver_cpu >= 0:
            os.sched_setaffinity(0, {asked.driver_cpu})
        family = import_module(f"partywall.interpreter.probes.{subject.partition('.')[0]}")
        _anchor(asked.clock, result.begin)
        facts = family.PROBE(subject, words[b"host"], os.fsdecode(_ffi.string(asked.target)), die_with)
        _anchor(asked.clock, result.end)
    except BaseException as error:
        trial.fail(error, _lib.PW_STAGE_PROBE)
        return 1
    for place, (name, value) in enumerate(facts.items()):
        result.facts[place].name, result.facts[place].value = name.encode(), value
    result.fact_count = len(facts)
    result.finished = 1
    return 0


def _anchor(clock: int, where: "Any") -> None:
    number = _lib.pw_clock_anchor(clock, _ffi.addressof(where))
    if number < 0:
        raise OSError(-number, os.strerror(-number))


def _find(subject: str) -> type[Op]:
    name = f"partywall.interpreter.ops.{subject}"
    try:
        found: type[Op] = import_module(name).OP
    except ModuleNotFoundError as error:
        if error.name == name:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
        raise
    return found


class _Trial:
    """The three hooks around one op, and what becomes of their exceptions."""

    def __init__(self, shared: "Any") -> None:
        self._result = shared.result
        self.make = Op
        self._op: Op | None = None

    def open(self, _state: "Any", trial: "Any") -> int:
        try:
            target, directory = (os.fsdecode(_ffi.string(path)) for path in (trial.target, trial.directory))
            self._op = self.make(Settings(target, _lib.PW_TARGET_STATUS, directory))
        except BaseException as error:
            return -self._note(error)
        return 0

    def drive(self, _state: "Any", ops: int) -> int:
        try:
            self._op.drive(ops)  # type: ignore[union-attr]  # the core opens first
        except BaseException as error:
            return -self._note(error)
        return 0

    def close(self, _state: "Any") -> None:
        op, self._op = self._op, None
        try:
            if op:
                op.close()
        except BaseException as error:
            if not self._result.stage:
                self.fail(error, _lib.PW_STAGE_REAP)

    def fail(self, error: BaseException, stage: int) -> None:
        self._result.error = self._note(error)
        self._result.stage = stage

    def _note(self, error: BaseException) -> int:
        """The error number of an exception; its own words are kept where the number says too little."""
        number = _number(error)
        if isinstance(error, MissingError):
            self._result.reason = str(error).encode()[: _lib.PW_REASON_MAX - 1]
        elif number == errno.EIO:
            words = f"{type(error).__name__}: {error}".split("\n")[0].encode(errors="replace")
            self._result.reason = words[: _lib.PW_REASON_MAX - 1]
        return number


def _number(error: BaseException) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, ImportError):
        return errno.ENOSYS
    # What threading makes of EAGAIN.
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return errno.EAGAIN
    return errno.EIO
