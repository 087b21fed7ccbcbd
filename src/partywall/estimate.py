"""The base of every frozen value, and the value that never comes without its interval."""

import msgspec

__all__ = ["Estimate", "Frozen"]


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A value that is never changed; its fields are given by name."""


class Estimate(Frozen, frozen=True):
    """A value with its interval; never one without the other."""

    value: float
    low: float
    high: float
    unit: str = "s"
    confidence: float = 0.95
