"""Interpreters beside the main one, by whatever name this Python has the module that makes them."""

from partywall.interpreter.op import MissingError

# typing is large, and would be part of the image; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    import _interpreters as _module  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        import _xxsubinterpreters as _module  # type: ignore[import-not-found,no-redef,unused-ignore]
    except ImportError:
        raise MissingError("this Python has no interpreters beside the main one") from None

__all__ = ["count", "create", "destroy", "run"]

_made: "Any" = _module


def create() -> "Any":
    """A new one."""
    return _made.create()


def destroy(which: "Any") -> None:
    """End it; RuntimeError if it runs."""
    _made.destroy(which)


def run(which: "Any", code: str) -> None:
    """Run code in its main module, and come back when that is done; RuntimeError for what it did not catch."""
    # Since Python 3.13 an exception is returned, before it is raised.
    if (failed := _made.run_string(which, code)) is not None:
        raise RuntimeError(str(failed))


def count() -> int:
    """How many there are, the main one among them."""
    return len(_made.list_all())
