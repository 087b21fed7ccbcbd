"""What the reports say of each verdict, whatever they are set in."""

import itertools
from collections.abc import Iterator, Sequence

from partywall.model import Verdict, VerdictKind
from partywall.units import format_quantity

__all__ = ["bounds_of", "explanations", "runs_wanted", "together", "unit_of"]


def unit_of(verdict: Verdict) -> str:
    """The unit in which its numbers are told: of a ratio "x"."""
    return "x" if verdict.unit == "1" else verdict.unit


def bounds_of(verdict: Verdict) -> str:
    """What the document says, in words; empty where it gives no bounds."""
    low, high = verdict.bounds
    unit = unit_of(verdict)
    if low is None and high is None:
        return ""
    if high is None:
        return f"more than {format_quantity(low or 0.0, unit)}"
    if low is None:
        return f"less than {format_quantity(high, unit)}"
    return f"{format_quantity(low, unit)} to {format_quantity(high, unit)}"


def explanations(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Why the verdicts on one claim are so, and what is excepted; each once."""
    for kind, why in dict.fromkeys((verdict.verdict, verdict.why) for verdict in verdicts):
        if why and kind != VerdictKind.HOLDS:
            yield f"{kind.value}: {why}"
    for exception in dict.fromkeys(exception for verdict in verdicts for exception in verdict.exceptions):
        yield f"except {exception}"


def together(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many verdicts on each document were decided together, and what would decide the rest."""
    for source, group in itertools.groupby(verdicts, key=lambda verdict: verdict.source):
        tested = [verdict for verdict in group if verdict.together]
        if len(tested) < 2:
            continue
        yield f"{len(tested)} verdicts decided together at 95 % (Holm): {source}"
        count, needed = runs_wanted(tested)
        if count:
            yield f"{count} of them are open; {needed} runs would decide"


def runs_wanted(verdicts: Sequence[Verdict]) -> tuple[int, str]:
    """How many verdicts are open, and in words how many runs would decide all of them."""
    missing = [verdict.runs_to_decide for verdict in verdicts if verdict.verdict == VerdictKind.INDETERMINATE]
    known = [runs for runs in missing if runs is not None]
    return len(missing), f"about {max(known, default=0):,}" if len(known) == len(missing) else "more than a million"
