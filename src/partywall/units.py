"""Quantities with units as people write them: times, sizes, and their printing."""

import re

from partywall.errors import InputError

__all__ = [
    "format_duration",
    "format_quantity",
    "format_seconds",
    "format_share",
    "format_size",
    "parse_count",
    "parse_rate",
    "parse_seconds",
    "parse_share",
    "parse_size",
]

# In nanoseconds: whole numbers keep "10 us" exactly 1e-5 s.
_NANOSECONDS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "MB": 1000**2, "GB": 1000**3}
_HERTZ = {"Hz": 1, "kHz": 1000, "MHz": 10**6}
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-zµ%]*)\s*")


def _parse(text: str, units: dict[str, int], what: str, default: str) -> float:
    match = _QUANTITY.fullmatch(text)
    unit = (match[2] or default) if match else ""
    if not match or unit not in units:
        raise InputError(f"{what} {text!r} is not a number with one of the units {', '.join(units)}")
    return float(match[1]) * units[unit]


def parse_seconds(text: str) -> float:
    """Turn "10 ms" into 0.01; a unit is required.  InputError if it is not a time."""
    return _parse(text, _NANOSECONDS, "time", "") / 1e9


def parse_size(text: str) -> int:
    """Turn "64 KiB" into 65536; no unit means bytes.  InputError if it is not a whole size."""
    size = _parse(text, _BYTES, "size", "B")
    if size != int(size):
        raise InputError(f"size {text!r} is not a whole number of bytes")
    return int(size)


def parse_count(text: str) -> int:
    """Turn "1000" into 1000; InputError if it is not a whole number without a unit."""
    if not re.fullmatch(r"[0-9]{1,12}", text.strip()):
        raise InputError(f"count {text!r} is not a whole number")
    return int(text)


def parse_rate(text: str) -> float:
    """Turn "10kHz" into 10000.0 a second; a unit is required.  InputError if it is no whole number above zero."""
    rate = _parse(text, _HERTZ, "rate", "")
    if rate < 1 or rate != int(rate):
        raise InputError(f"rate {text!r} is not a whole number of Hz above zero")
    return rate


def parse_share(text: str) -> float:
    """Turn "2%" into 0.02; the sign is required.  InputError if it is not a percentage."""
    match = _QUANTITY.fullmatch(text)
    if not match or match[2] != "%":
        raise InputError(f"{text!r} is not a percentage such as 2%")
    return float(match[1]) / 100


def format_quantity(value: float, unit: str) -> str:
    """Print a value of unit "s", "B", "1", "x" (a ratio), or a rate such as "s/B", with three significant digits.

    What is counted per byte is printed per MiB.
    """
    if unit == "s":
        return format_seconds(value)
    counted, slash, per = unit.partition("/")
    if slash and per == "B":
        return f"{format_quantity(value * _BYTES['MiB'], counted)}/MiB"
    if slash:
        return f"{format_quantity(value, counted)}/{per}"
    if unit == "B":
        for name, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
            if abs(value) >= scale * 0.9995:
                return f"{_three_digits(value / scale)} {name}"
        return f"{_three_digits(value)} B"
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{text}x" if unit == "x" else text


def format_seconds(value: float) -> str:
    """Three significant digits with the unit that suits: 0.00123 becomes "1.23 ms"."""
    magnitude = abs(value)
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if magnitude >= scale * 0.9995:
            return f"{_three_digits(value / scale)} {unit}"
    return f"{_three_digits(value / 1e-9)} ns"


def format_share(value: float) -> str:
    """Three significant digits at most, as a percentage: 0.02345 becomes "2.35 %"."""
    return f"{100 * value:.3g} %" if abs(value) < 9.995 else f"{100 * value:,.0f} %"


def format_duration(seconds: float) -> str:
    """How long something takes, as one says it: 200 becomes "3 min 20 s"."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _three_digits(value: float) -> str:
    magnitude = abs(value)
    return f"{value:.{2 if magnitude < 9.995 else 1 if magnitude < 99.95 else 0}f}"


def format_size(value: int) -> str:
    """Print 65536 as "64KiB"; a size that is no whole multiple stays in bytes."""
    for unit in ("GiB", "MiB", "KiB"):
        if value and value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return f"{value}B"
