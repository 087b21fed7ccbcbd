"""What the doctor says of one thing."""

from enum import StrEnum

import msgspec

__all__ = ["Finding", "Gravity", "good", "unknown"]


class Gravity(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"
    UNKNOWN = "unknown"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at.

    Attributes:
        name: what was looked at.
        gravity: whether it makes figures worse.
        observed: what was found, with units where it was measured.
        effect: what it does to figures; empty where it is good.
        remedy: what a person could do about it; empty where nothing need or can be done.
        command: the same as one line for a shell; empty where there is no such line.
    """

    name: str
    gravity: Gravity
    observed: str
    effect: str = ""
    remedy: str = ""
    command: str = ""


def good(name: str, observed: str) -> Finding:
    """A thing that makes no figure worse."""
    return Finding(name=name, gravity=Gravity.GOOD, observed=observed)


def unknown(name: str, observed: str) -> Finding:
    """A thing that this machine does not tell."""
    return Finding(name=name, gravity=Gravity.UNKNOWN, observed=observed)
