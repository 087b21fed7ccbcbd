"""A process that is called upon to suffer an act, and the memory in which it and the act tell how that went."""

import ctypes
import mmap
import os
import resource
import signal
import socket
import time

# typing is large; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORKS", "SECRET", "SIZE", "Caller", "Report", "sacrifice"]

SIZE = 24 << 20
"""Bytes that are taken by who takes too many."""
FORKS = 12
SECRET = 64
_LOOT = 1024
_PATIENCE_S = 0.02
_DEADLINE_S = 5.0


class _Told(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "entered",
            "returned",
            "error",
            "count",
            "confined",
            "back",
            "stopped",
            "leaked",
            "changed",
            "connected",
        )
    ]


class Report:
    """Shared with the processes forked from here on; an act writes to it by address alone."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.told = _Told.from_buffer(self._memory)
        self.address = ctypes.addressof(self.told)
        self.loot_address = self.address + _LOOT

    def place(self, name: str) -> int:
        """The address of one of its numbers."""
        return self.address + int(getattr(_Told, name).offset)

    def loot(self) -> bytes:
        """What the act brought home."""
        return self._memory[_LOOT : _LOOT + SECRET]


class Caller:
    """What a caller has to lose: a secret, a neighbour in memory, a file and a port."""

    def __init__(self, report: Report) -> None:
        self.report = report
        # A file that is gone with its last descriptor, and that has a path as long as it is there.
        self._file = os.memfd_create("partywall-secret", os.MFD_CLOEXEC)
        self.path = f"/proc/{os.getpid()}/fd/{self._file}"
        self._pages = [mmap.mmap(-1, SECRET, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(2)]
        addresses = [ctypes.addressof(ctypes.c_char.from_buffer(page)) for page in self._pages]
        self.secret_address, self.neighbour_address = addresses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._neighbour = b""

    def fill(self) -> None:
        """Once whatever holds the act is there, so that no copy was made."""
        secret, neighbour = self._pages
        secret[:] = os.urandom(SECRET)
        neighbour[:] = self._neighbour = os.urandom(SECRET)
        os.pwrite(self._file, secret[:], 0)

    def holds_secret(self, memory: bytes) -> bool:
        """Whether that memory has the secret anywhere."""
        return bytes(self._pages[0][:]) in memory

    def look(self) -> None:
        """Say what was lost, and that control has come back."""
        told = self.report.told
        told.leaked = max(told.leaked, SECRET * (self.report.loot() == self._pages[0][:]))
        told.changed = sum(a != b for a, b in zip(self._pages[1][:], self._neighbour, strict=True))
        try:
            self._listener.accept()[0].close()
            told.connected = 1
        except BlockingIOError:
            pass
        told.back = 1


def sacrifice(body: "Callable[[Caller], None]", die_with: "Callable[[int], None]", endless: bool) -> Report:
    """Run the body in a process of its own, and return what was told; ``endless`` says that it may not come back."""
    report, parent = Report(), os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            die_with(parent)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            caller = Caller(report)
            body(caller)
            caller.look()
        finally:
            os._exit(0)
    end = time.monotonic() + _DEADLINE_S
    entered = 0.0
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        now = time.monotonic()
        entered = entered or (now if report.told.entered else 0.0)
        if now > end or (endless and entered and now > entered + _PATIENCE_S and not report.told.back):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.0005)
    return report
