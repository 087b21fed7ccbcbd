"""The causes of crashes: one for each fault of the core, with what is to be said of it in words."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CAUSES", "Cause", "Effect"]


class Effect(StrEnum):
    """What becomes of the task that commits a fault, as `csrc/faults/faults.h` has it."""

    DEATH = "death"
    EXIT = "exit"
    THREAD = "thread"
    REFUSAL = "refusal"
    STOP = "stop"
    DEAF = "deaf"


@dataclass(frozen=True)
class Cause:
    """One fatal cause: how it comes about and what it does.

    ``recorded`` says that a handler can see the signal, and so its si_code and address; ``slow_s`` are
    the seconds that one takes, where they count.
    """

    name: str
    title: str
    effect: Effect = Effect.DEATH
    recorded: bool = True
    slow_s: float = 0.0

    @property
    def detected(self) -> bool:
        """Whether the time from the fault to the end of its process says something."""
        return self.effect in (Effect.DEATH, Effect.EXIT) and not self.slow_s


# CPU time cannot be limited to less than a second.
_LEAST_CPU_S = 1.1

CAUSES = (
    Cause("segv_unmapped", "a load from an unmapped page"),
    Cause("segv_readonly", "a store to a read-only page"),
    Cause("segv_exec", "a jump into a page that may not be executed"),
    Cause("segv_kernel", "a load of a kernel address"),
    Cause("segv_noncanonical", "a load of a non-canonical address"),
    Cause("segv_pkey", "a load that a memory protection key denies"),
    Cause("stack_overflow", "a stack overflow"),
    Cause("bus", "a load past the end of a mapped file"),
    Cause("bus_alignment", "an unaligned load where alignment is checked"),
    Cause("ill", "an illegal instruction"),
    Cause("privileged", "a privileged instruction"),
    Cause("fpe", "an integer division by zero"),
    Cause("trap", "a breakpoint without a debugger"),
    Cause("abort", "abort()"),
    Cause("heap_corruption", "a write past the end of a heap chunk"),
    Cause("double_free", "a second free of one heap chunk"),
    Cause("stack_smash", "a write past the end of an array on the stack"),
    Cause("seccomp_process", "a system call for which seccomp kills the process", recorded=False),
    Cause("seccomp_thread", "a system call for which seccomp kills the thread", Effect.THREAD, recorded=False),
    Cause("rlimit_cpu", "the limit of CPU time", slow_s=_LEAST_CPU_S),
    Cause("rlimit_as", "the limit of address space", Effect.REFUSAL, recorded=False),
    Cause("kill", "SIGKILL", recorded=False),
    Cause("exit", "_exit(3)", Effect.EXIT, recorded=False),
    Cause("stopped", "a stop, ended by SIGKILL", Effect.STOP, recorded=False),
    Cause("deaf", "a loop that SIGTERM does not end, ended by SIGKILL", Effect.DEAF, recorded=False),
)
