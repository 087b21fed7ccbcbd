"""The part of the text report on what documents say."""

import itertools

from rich.console import Console

from partywall.model import Verdict, VerdictKind
from partywall.report.layout import interval, plain, table
from partywall.report.verdict_rows import bounds_of, explanations, together, unit_of

__all__ = ["STYLE", "print_verdicts"]

STYLE = {
    VerdictKind.WITHIN: "green",
    VerdictKind.HOLDS: "green",
    VerdictKind.HOLDS_WITH_EXCEPTIONS: "cyan",
    VerdictKind.BELOW: "cyan",
    VerdictKind.ABOVE: "red",
    VerdictKind.BROKEN: "red",
}


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
        documented = bounds_of(first)
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
                row.append(plain(interval(verdict.value, verdict.low, verdict.high, unit_of(verdict))))
            rows.add_row(*row, *([plain(_inside(verdict))] if told else []))
        console.print(rows)
        for line in explanations(members):
            console.print(plain(f"  {line}", style="dim"))
    console.print()
    for line in together(verdicts):
        console.print(plain(line, style="dim"))
    console.print()
