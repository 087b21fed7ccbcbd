"""The part of the text report on what documents say."""

import itertools

from rich.console import Console

from partywall.model import Verdict, VerdictKind
from partywall.report.layout import interval, plain, table
from partywall.report.verdict_rows import bounds_of, explanations, together, unit_of

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
        documented = bounds_of(first)
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
                row.append(plain(interval(verdict.value, verdict.low, verdict.high, unit_of(verdict))))
            rows.add_row(*row)
        console.print(rows)
        for line in explanations(members):
            console.print(plain(f"  {line}", style="dim"))
    console.print()
    for line in together(verdicts):
        console.print(plain(line, style="dim"))
    console.print()
