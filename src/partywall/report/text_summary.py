"""What a report begins with: every claim in one line."""

import itertools
from collections.abc import Sequence

from rich.console import Console

from partywall.model import Verdict, VerdictKind
from partywall.report.layout import plain, table
from partywall.report.text_verdicts import STYLE
from partywall.units import format_quantity

__all__ = ["print_summary"]

_SHORT = {VerdictKind.HOLDS_WITH_EXCEPTIONS: "HOLDS, EXCEPT"}
_GAPS = 8
_LEAST_WORDS = 12


def print_summary(console: Console, verdicts: tuple[Verdict, ...]) -> None:
    """Print a line for each claim: its verdict and words, the range, what was measured, and how many say the same.

    Verdict and interval are those of the leading quantity: the first of the claim that has a figure, or else the first.
    """
    if not verdicts:
        return
    rows = [_row(list(group)) for _, group in itertools.groupby(verdicts, key=lambda verdict: verdict.claim)]
    names = ("verdict", "claim", "range", "measured", "agree")
    widths = [max(len(names[place]), *(len(row[place]) for row in rows)) for place in range(len(names))]
    room = max(_LEAST_WORDS, console.width - sum(widths) + widths[1] - _GAPS)
    found = table(*((name, "right" if name == "agree" else "left") for name in names))
    for verdict, words, *rest in rows:
        style = next((STYLE[kind] for kind in STYLE if _SHORT.get(kind, kind.value) == verdict), "yellow")
        found.add_row(plain(verdict, style=style), plain(_cut(words, room)), *map(plain, rest))
    console.print(plain("Verdicts, a line for each claim; details below", style="bold"))
    console.print(found)
    console.print()


def _row(members: Sequence[Verdict]) -> tuple[str, str, str, str, str]:
    leading = next((verdict for verdict in members if verdict.value is not None), members[0])
    same = sum(verdict.verdict == leading.verdict for verdict in members)
    return (
        _SHORT.get(leading.verdict, leading.verdict.value),
        leading.says,
        _span(*leading.bounds, leading.unit),
        _span(leading.low, leading.high, leading.unit) if leading.value is not None else "",
        f"{same}/{len(members)}",
    )


def _span(low: float | None, high: float | None, unit: str) -> str:
    """Two numbers with their unit once, if it is one; "<" or ">" where there is one number."""
    first, last = (None if x is None else format_quantity(x, "x" if unit == "1" else unit) for x in (low, high))
    if first is None or last is None:
        return f"> {first}" if first else f"< {last}" if last else ""
    number, _, scale = first.partition(" ")
    alike = scale and last.endswith(f" {scale}") and not last.startswith("-")
    return f"{number}-{last}" if alike and not first.startswith("-") else f"{first} to {last}"


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else words[: room - 2].rstrip(" ,.") + ".."
