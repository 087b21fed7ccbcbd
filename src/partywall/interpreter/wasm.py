"""WebAssembly by wasmtime: the one module whose instances are made and called."""

from partywall.interpreter.op import MissingError

# typing is large, and would be part of the image; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    import wasmtime as _wasmtime
except ImportError:
    raise MissingError("wasmtime is not installed: pip install 'partywall[walls]'") from None

__all__ = ["WASMTIME", "Compiled"]

WASMTIME: "Any" = _wasmtime

_TEXT = """
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "call") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls)))
"""


class Compiled:
    """The engine, and a module of it; both serve any number of instances.

    ``interruptible`` has a store's code look, at every loop and call, whether its time is over.
    """

    def __init__(self, text: str = _TEXT, interruptible: bool = False) -> None:
        config = WASMTIME.Config()
        config.epoch_interruption = interruptible
        self.engine = WASMTIME.Engine(config)
        self.module = WASMTIME.Module(self.engine, text)

    def instantiate(self) -> "tuple[Any, Any]":
        """A store of its own, and an instance in it."""
        store = WASMTIME.Store(self.engine)
        return store, WASMTIME.Instance(store, self.module, [])
