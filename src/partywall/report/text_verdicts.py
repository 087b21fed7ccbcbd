"""The part of the text report on what documents say."""

import itertools

from rich.console import Console

from partywall.model import Verdict, VerdictKind
from partywall.report.layout import bounds, interval, plain, shown_unit, table

__all__ = ["print_verdicts"]

_STYLE = {
    VerdictKind.WITHIN: "green",
    VerdictKind.HOLDS: "green",
    VerdictKind.HOLDS_WITH_EXCEPTIONS: "cyan",
    VerdictKind.BELOW: "cyan",
    VerdictKind.ABOVE: "red",
    VerdictKind.BROKEN: "red",
}


def print_verdicts(console: Console, verdicts: tuple[Verdict, ...]) -> None:
    """Print the verdicts claim by claim, why they are so, and which of them were decided together."""
    if not verdicts:
        return
    console.print(plain("What the documents say, and what this machine says", style="bold"))
    for _, group in itertools.groupby(verdicts, key=lambda verdict: verdict.claim):
        members = list(group)
        first = members[0]
        console.print()
        documented = bounds(first)
        said = f'"{first.says}"' + (f"  documented: {documented}" if documented else "")
        console.print(plain(said, style="italic"))
        # Numbers have a column of their own; walls have none.
        if any(verdict.value is not None for verdict in members):
            rows = table(("verdict", "left"), ("of", "left"), ("measured [95 % interval]", "left"))
        else:
            rows = table(("verdict", "left"), ("of", "left"))
        for verdict in members:
            style = _STYLE.get(verdict.verdict, "yellow")
            row = [plain(verdict.verdict.value, style=style), plain(verdict.quantity)]
            if len(rows.columns) == 3:
                row.append(plain(interval(verdict.value, verdict.low, verdict.high, shown_unit(verdict))))
            rows.add_row(*row)
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
