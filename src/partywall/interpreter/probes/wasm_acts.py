"""The acts in WebAssembly: an instance that tries them, with the limits that an embedder sets."""

import threading

from partywall.interpreter.probes.sacrifice import SECRET, SIZE, Caller
from partywall.interpreter.wasm import WASMTIME, Compiled

__all__ = ["TEXTS", "commit"]

_PAGE = 65536
_LIMIT = 1 << 20


def _runs(code: str) -> str:
    return f'(module (memory (export "memory") 1) (func (export "act") (result i32) {code}))'


def _imports(module: str, name: str) -> str:
    return (
        f'(module (import "{module}" "{name}" (func $wanted (param i32) (result i32))) (memory (export "memory") 1) '
        f'(func (export "act") (result i32) (call $wanted (i32.const 9))))'
    )


# An address is an offset into the instance's own memory, and checked; what is outside has to be imported.
TEXTS = {
    "null_deref": _runs("(i32.store (i32.const -16) (i32.const 1)) (i32.const 0)"),
    "abort": _runs("unreachable"),
    "exit": _imports("wasi_snapshot_preview1", "proc_exit"),
    "infinite_loop": _runs("(loop $again (br $again)) (i32.const 0)"),
    "eat_memory": _runs(f"(memory.grow (i32.const {SIZE // _PAGE}))"),
    "read_secret": _runs("(i32.load (i32.const {secret}))"),
    "read_via_kernel": _imports("env", "process_vm_readv"),
    "write_neighbour": _runs("(i32.store (i32.const {neighbour}) (i32.const 0)) (i32.const 0)"),
    "open_file": _imports("wasi_snapshot_preview1", "path_open"),
    "open_socket": _imports("wasi_snapshot_preview1", "sock_accept"),
    "kill_caller": _imports("wasi_snapshot_preview1", "proc_raise"),
    "fork_bomb": _imports("wasi", "thread-spawn"),
}


def commit(act: str, caller: Caller, imports: str = "") -> None:
    """Try it, and tell how it ended; ``imports`` is an import that is given all the same, for a test."""
    told = caller.report.told
    addresses = {"secret": caller.secret_address, "neighbour": caller.neighbour_address}
    text = TEXTS[act]
    for name, address in addresses.items():
        # The low half is all that an address has room for.
        text = text.replace("{" + name + "}", str(address & 0xFFFFFFFF))
    compiled = Compiled(text, interruptible=True)
    store = WASMTIME.Store(compiled.engine)
    store.set_limits(memory_size=_LIMIT)
    store.set_epoch_deadline(1)
    caller.fill()
    linker = WASMTIME.Linker(compiled.engine)
    if imports:
        kind = WASMTIME.FuncType([WASMTIME.ValType.i32()], [WASMTIME.ValType.i32()])
        linker.define_func(*imports.split("."), kind, lambda number: _grant(caller, number))
    told.confined = told.entered = 1
    # By a thread of the caller: the loop itself hears nothing.
    watch = threading.Timer(0.005, compiled.engine.increment_epoch)
    if act == "infinite_loop":
        watch.start()
    try:
        exports = linker.instantiate(store, compiled.module).exports(store)
        answer = exports["act"](store)
        told.returned = 1
    except (WASMTIME.WasmtimeError, WASMTIME.Trap):
        told.stopped = 1
        return
    finally:
        watch.cancel()
    memory = exports["memory"]
    told.count = memory.data_len(store)
    # What it loaded was in bounds; nothing in there may be the caller's.
    held = bytes(memory.read(store, 0, memory.data_len(store))) + int(answer & 0xFFFFFFFF).to_bytes(4, "little")
    told.leaked = max(told.leaked, SECRET * caller.holds_secret(held))


def _grant(caller: Caller, number: int) -> int:
    """What an import that is given may do to its caller: everything."""
    caller.report.told.leaked = SECRET
    return number
