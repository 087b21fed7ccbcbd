"""The part of the text report on what documents say."""

import itertools

from rich.console import Console

from partywall.model import Verdict, VerdictKind
from partywall.report.layout import interval, plain, table
from partywall.units import format_quantity

__all__ = ["STYLE", "print_verdicts"]

STYLE = {
    VerdictKind.WITHIN: "green",
    VerdictKind.HOLDS: "green",
    VerdictKind.HOLDS_WITH_EXCEPTIONS: "cyan",
    VerdictKind.BELOW: "cyan",
    VerdictKind.ABOVE: "red",
    VerdictKind.BROKEN: "red",
}


def _unit(verdict: Verdict) -> str:
    return "x" if verdict.unit == "1" else verdict.unit


def _bounds(verdict: Verdict) -> str:
    low, high = verdict.bounds
    unit = _unit(verdict)
    if low is None and high is None:
        return ""
    if high is None:
        return f"more than {format_quantity(low or 0.0, unit)}"
    if low is None:
        return f"less than {format_quantity(high, unit)}"
    return f"{format_quantity(low, unit)} to {format_quantity(high, unit)}"


_EXPECTED = {VerdictKind.WITHIN: "100.0", VerdictKind.BELOW: "0.0", VerdictKind.ABOVE: "0.0"}


def _inside(verdict: Verdict) -> str:
    """The share of single ops in the range, where it says more than the verdict itself."""
    if verdict.inside is None:
        return ""
    value, low, high = (
        f"{100 * share:.1f}" for share in (verdict.inside.value, verdict.inside.low, verdict.inside.high)
    )
    return "" if value == _EXPECTED.get(verdict.verdict) else f"{value} % [{low}, {high}]"


def print_verdicts(console: Console, verdicts: tuple[Verdict, ...]) -> None:
    """Print the verdicts claim by claim, why they are so, and which of them were decided together."""
    if not verdicts:
        return
    console.print(plain("What the documents say, and what this machine says", style="bold"))
    for _, group in itertools.groupby(verdicts, key=lambda verdict: verdict.claim):
        members = list(group)
        first = members[0]
        console.print()
        documented = _bounds(first)
        said = f'"{first.says}"' + (f"  documented: {documented}" if documented else "")
        console.print(plain(said, style="italic"))
        # Numbers have a column of their own; walls have none.
        if any(verdict.value is not None for verdict in members):
            columns = [("verdict", "left"), ("of", "left"), ("measured [95 % interval]", "left")]
        else:
            columns = [("verdict", "left"), ("of", "left")]
        told = any(map(_inside, members))
        rows = table(*columns, *([("single ops inside", "left")] if told else []))
        for verdict in members:
            style = STYLE.get(verdict.verdict, "yellow")
            row = [plain(verdict.verdict.value, style=style), plain(verdict.quantity)]
            if len(columns) == 3:
                row.append(plain(interval(verdict.value, verdict.low, verdict.high, _unit(verdict))))
            rows.add_row(*row, *([plain(_inside(verdict))] if told else []))
        console.print(rows)
        for kind, why in dict.fromkeys((verdict.verdict, verdict.why) for verdict in members):
            if why and kind != VerdictKind.HOLDS:
                console.print(plain(f"  {kind.value}: {why}", style="dim"))
        for exception in dict.fromkeys(exception for verdict in members for exception in verdict.exceptions):
            console.print(plain(f"  except {exception}", style="dim"))
    console.print()
    _together(console, verdicts)


def _together(console: Console, verdicts: tuple[Verdict, ...]) -> None:
    """How many verdicts on each document were decided together, and what would decide the rest."""
    for source, group in itertools.groupby(verdicts, key=lambda verdict: verdict.source):
        tested = [verdict for verdict in group if verdict.together]
        if len(tested) < 2:
            continue
        console.print(plain(f"{len(tested)} verdicts decided together at 95 % (Holm): {source}", style="dim"))
        missing = [verdict.runs_to_decide for verdict in tested if verdict.verdict == VerdictKind.INDETERMINATE]
        if missing:
            needed = "more than a million" if None in missing else f"about {max(n for n in missing if n):,}"
            console.print(plain(f"{len(missing)} of them are open; {needed} runs would decide", style="dim"))
    console.print()
