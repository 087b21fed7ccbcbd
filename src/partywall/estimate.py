"""The base of every frozen value, and the value that never comes without its interval."""

import msgspec

from partywall.units import format_quantity

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

    def __str__(self) -> str:
        """Such as "66.1 us [65.8 us, 66.8 us]"."""
        value, low, high = (format_quantity(one, self.unit) for one in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"
