"""contain.*: what a sub-interpreter or a WebAssembly instance does to the one that called it.

Control: the same act, in Python, in a function that is called.  Every caller is a process of its own.
"""

import os
import sys
import threading
import time

from partywall.interpreter.probes.sacrifice import FORKS, SECRET, SIZE, Caller, Report, sacrifice

# typing is large; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROBE", "harmed"]

_MARK = "partywall_main_interpreter"


def harmed(act: str, report: Report) -> bool:
    """Whether the act came through, by what the caller lost."""
    told = report.told
    if act in ("read_secret", "read_via_kernel", "open_file"):
        return bool(told.leaked >= SECRET)
    return bool(
        {
            "infinite_loop": not (told.back and told.stopped),
            "eat_memory": told.count >= SIZE,
            "write_neighbour": told.changed,
            "open_socket": told.connected,
            "fork_bomb": told.count >= FORKS,
        }.get(act, not told.back)
    )


def _in_function(act: str, target: str) -> "Callable[[Caller], None]":
    from partywall.interpreter.probes.python_acts import source

    def body(caller: Caller) -> None:
        caller.fill()
        exec(source(act, caller, os.getpid(), target, _MARK), {})

    return body


def _in_subinterpreter(act: str, target: str) -> "Callable[[Caller], None]":
    from partywall.interpreter import subinterpreters
    from partywall.interpreter.probes.python_acts import source

    def body(caller: Caller) -> None:
        setattr(sys, _MARK, True)
        made = subinterpreters.create()
        caller.fill()
        text = source(act, caller, os.getpid(), target, _MARK)
        if act != "infinite_loop":
            subinterpreters.run(made, text)
            return
        threading.Thread(target=subinterpreters.run, args=(made, text), daemon=True).start()
        told = caller.report.told
        # Who does not let go of the lock may keep another interpreter from ever starting (Python 3.11).
        while not told.entered:
            time.sleep(0.001)
        try:
            # One that runs cannot be destroyed, and nothing interrupts it.
            subinterpreters.destroy(made)
            told.stopped = 1
        except RuntimeError:
            told.stopped = 0

    return body


def _in_wasm(act: str, _target: str) -> "Callable[[Caller], None]":
    from partywall.interpreter.probes.wasm_acts import commit

    return lambda caller: commit(act, caller)


_HOSTS = {"subinterpreter": _in_subinterpreter, "wasm": _in_wasm}


def PROBE(subject: str, host: str, target: str, die_with: "Callable[[int], None]") -> dict[str, int]:  # noqa: N802
    """The facts of one wall in one host."""
    act = subject.partition(".")[2]
    report = sacrifice(_HOSTS[host](act, target), die_with, False)
    control = sacrifice(_in_function(act, target), die_with, act == "infinite_loop")
    told = report.told
    return {
        **{name: int(getattr(told, name)) for name in ("entered", "confined", "returned", "error", "count", "leaked")},
        "harm": int(harmed(act, report)),
        "caller_back": int(told.back),
        "caller_changed": int(told.changed),
        "control_entered": int(control.told.entered),
        "control_harm": int(harmed(act, control)),
    }
