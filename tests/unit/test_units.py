"""Times and sizes as people write them."""

import pytest

from partywall.errors import InputError
from partywall.units import (
    format_duration,
    format_quantity,
    format_seconds,
    format_share,
    format_size,
    parse_rate,
    parse_seconds,
    parse_share,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10 ms", 0.01), ("1.5us", 1.5e-6), (" 2 µs ", 2e-6), ("100 ns", 1e-7), ("2 min", 120.0), ("0 s", 0.0)],
)
def test_parse_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("text", ["", "10", "ms", "-1 ms", "1 ms ms", "1e3 s", "1 hour", "nan s"])
def test_not_a_time(text: str) -> None:
    with pytest.raises(InputError, match="time"):
        parse_seconds(text)


@pytest.mark.parametrize(("text", "size"), [("64", 64), ("64 KiB", 65536), ("1.5kB", 1500), ("1GiB", 1 << 30)])
def test_parse_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0.5 B", "64 bits", "-1"])
def test_not_a_size(text: str) -> None:
    with pytest.raises(InputError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(("text", "rate"), [("10kHz", 1e4), ("1 Hz", 1.0), ("1.5kHz", 1500.0), ("2MHz", 2e6)])
def test_parse_rate(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


# A rate that is cut to 0 would be a closed loop by another name.
@pytest.mark.parametrize("text", ["", "10", "0Hz", "0.5Hz", "1.5Hz", "0.0001kHz", "-1kHz", "1GHz"])
def test_not_a_rate(text: str) -> None:
    with pytest.raises(InputError, match="rate"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00123, "1.23 ms"),
        (1.52e-6, "1.52 us"),
        (9.9999e-4, "1.00 ms"),
        (123.4e-9, "123 ns"),
        (-2e-6, "-2.00 us"),
    ],
)
def test_format_seconds(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize("size", [0, 1, 63, 64, 1024, 65536, 65537, 1 << 20, 3 << 30])
def test_sizes_survive_the_round_trip(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (25e-6 / (1 << 20), "s/B", "25.0 us/MiB"),
        (-1e-9 / (1 << 20), "s/B", "-1.00 ns/MiB"),
        (3 << 30, "B/s", "3.00 GiB/s"),
        (500e-9, "s/mapping", "500 ns/mapping"),
        (150_000, "B/task", "146 KiB/task"),
        (0.25 / (1 << 10), "1/B", "256/MiB"),
        (2, "1/thread", "2/thread"),
    ],
)
def test_rates(value: float, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


@pytest.mark.parametrize(("text", "value"), [("2%", 0.02), ("0.5 %", 0.005), (" 100% ", 1.0)])
def test_percentages(text: str, value: float) -> None:
    assert parse_share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["2", "", "%", "-1%", "2 ms", "1e3%", "nan%"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(InputError, match="percentage such as 2%"):
        parse_share(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (4.26, "4.3 s"),
        (42.4, "42 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
    ],
)
def test_durations_as_one_says_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("share", "text"), [(0.02, "2 %"), (0.01234, "1.23 %"), (0.5, "50 %"), (12.34, "1,234 %")])
def test_shares_as_one_says_them(share: float, text: str) -> None:
    assert format_share(share) == text
