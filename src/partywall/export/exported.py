"""What an export is: a text, and what of the session is not in it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from partywall.estimate import Frozen

__all__ = ["Exported", "LeftOut", "as_json"]


class LeftOut(Frozen, frozen=True):
    """A cell that a format cannot hold, and why."""

    cell: str
    reason: str


class Exported(Frozen, frozen=True):
    """A session in the format of another tool, and the cells that are not in it."""

    text: str
    left_out: tuple[LeftOut, ...] = ()


def as_json(document: Mapping[str, Any]) -> str:
    """An indented JSON document that ends in a newline; what is no finite number is null."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
