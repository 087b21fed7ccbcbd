"""The section on what documents say."""

import itertools
from collections import Counter
from dataclasses import dataclass

from partywall.model import Result, Verdict, VerdictKind
from partywall.report.charts.claims import claim_chart
from partywall.report.html.words import Drawing, Figure, draw, figure, tone
from partywall.report.verdict_rows import bounds_of, runs_wanted

__all__ = ["ClaimView", "VerdictView", "claim_views"]


@dataclass(frozen=True)
class VerdictView:
    """One verdict: its word and tone, what it is about, and the figure it was made of."""

    word: str
    tone: str
    quantity: str
    figure: Figure
    why: str


@dataclass(frozen=True)
class ClaimView:
    """One claim: in words, as documented, and what became of it here.

    ``first`` is the verdict that answers it in one line, ``counts`` how many there are of each.
    """

    anchor: str
    says: str
    documented: str
    source: str
    first: VerdictView
    counts: tuple[tuple[str, str, int], ...]
    verdicts: tuple[VerdictView, ...]
    reasons: tuple[tuple[str, str], ...]
    exceptions: tuple[str, ...]
    crossings: tuple[str, ...]
    together: str
    drawing: Drawing | None


def claim_views(result: Result) -> tuple[ClaimView, ...]:
    """Every claim that was judged, in the order of the session."""
    groups = itertools.groupby(result.verdicts, key=lambda verdict: verdict.claim)
    return tuple(_claim(result, i, claim, list(group)) for i, (claim, group) in enumerate(groups))


def _claim(result: Result, place: int, claim: str, verdicts: list[Verdict]) -> ClaimView:
    views = tuple(_verdict(verdict) for verdict in verdicts)
    counted = Counter((view.word, view.tone) for view in views)
    shared = Counter((verdict.verdict, verdict.why) for verdict in verdicts if verdict.why)
    # A reason is told once; that a wall holds needs none.
    reasons = [(kind.value, why) for kind, why in shared if kind != VerdictKind.HOLDS]
    return ClaimView(
        anchor=f"claim-{place}",
        says=verdicts[0].says,
        documented=bounds_of(verdicts[0]),
        source=verdicts[0].source,
        first=next((view for view in views if view.figure.interval), views[0]),
        counts=tuple((word, tone, count) for (word, tone), count in counted.items()),
        verdicts=views,
        reasons=tuple(reasons),
        exceptions=tuple(dict.fromkeys(text for verdict in verdicts for text in verdict.exceptions)),
        crossings=tuple(crossing.sentence for crossing in result.crossings if crossing.claim == claim),
        together=_together(verdicts),
        drawing=draw(claim_chart(claim, verdicts)),
    )


def _verdict(verdict: Verdict) -> VerdictView:
    found = figure(verdict.value, verdict.low, verdict.high, verdict.unit)
    return VerdictView(verdict.verdict.value, tone(verdict.verdict), verdict.quantity, found, verdict.why)


def _together(verdicts: list[Verdict]) -> str:
    count = max((verdict.together for verdict in verdicts), default=0)
    missing, needed = runs_wanted(verdicts)
    text = (
        f"Decided together with {count - 1} other verdicts on the same document, at 95 % (Holm)." if count > 1 else ""
    )
    if missing:
        text += f" {missing} open; {needed} runs would decide."
    return text.strip()
