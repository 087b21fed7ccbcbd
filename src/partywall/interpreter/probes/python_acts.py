"""The acts in Python: run in a sub-interpreter, or in a function as their control."""

from partywall.interpreter.probes.sacrifice import FORKS, SECRET, SIZE, Caller

__all__ = ["SOURCES", "source"]

# Python has no pointers: by address it reads and writes through /proc/self/mem.
SOURCES = {
    "null_deref": "import faulthandler\nfaulthandler._read_null()",
    "abort": "os.abort()",
    "exit": "os._exit(0)",
    "infinite_loop": "turns = 0\nwhile True:\n    turns += 1\n    tell({count}, turns)",
    "eat_memory": "held = bytearray({size})\nfor at in range(0, {size}, 4096): held[at] = 1\ntell({count}, {size})",
    "read_secret": "os.pwrite(memory, os.pread(memory, {length}, {secret}), {loot})",
    "read_via_kernel": "other = os.open('/proc/{caller}/mem', os.O_RDONLY)\n"
    "os.pwrite(memory, os.pread(other, {length}, {secret}), {loot})",
    "write_neighbour": "old = os.pread(memory, {length}, {neighbour})\n"
    "os.pwrite(memory, bytes(255 - b for b in old), {neighbour})",
    "open_file": "file = os.open({path!r}, os.O_RDONLY)\nos.pwrite(memory, os.read(file, {length}), {loot})",
    "open_socket": "import socket\nsocket.create_connection(('127.0.0.1', {port})).close()",
    "kill_caller": "os.kill({caller}, 9)",
    "fork_bomb": "made = 0\nwhile made < {forks}:\n"
    "    os.waitpid(os.posix_spawn({target!r}, [{target!r}], {{}}), 0)\n    made += 1\n    tell({count}, made)",
}

_FRAME = """
import os, sys
memory = os.open('/proc/self/mem', os.O_RDWR)
def tell(place, value):
    os.pwrite(memory, value.to_bytes(8, 'little'), place)
tell({confined}, int(not hasattr(sys, {mark!r})))
tell({entered}, 1)
try:
{act}
    tell({returned}, 1)
except Exception as error:
    tell({error}, getattr(error, 'errno', None) or 5)
"""


def source(act: str, caller: Caller, pid: int, target: str, mark: str) -> str:
    """The act against that caller; who is in another interpreter does not find ``mark`` in sys."""
    place = caller.report.place
    numbers = {name: place(name) for name in ("confined", "entered", "returned", "error", "count")}
    text = SOURCES[act].format(
        **numbers,
        size=SIZE,
        length=SECRET,
        secret=caller.secret_address,
        neighbour=caller.neighbour_address,
        loot=caller.report.loot_address,
        caller=pid,
        path=caller.path,
        port=caller.port,
        forks=FORKS,
        target=target,
    )
    return _FRAME.format(**numbers, mark=mark, act="\n".join("    " + line for line in text.split("\n")))
