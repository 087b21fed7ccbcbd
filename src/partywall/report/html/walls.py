"""The section on walls: a matrix of what was tried by where, and the facts behind each place of it."""

from collections import Counter
from dataclasses import dataclass

from partywall.catalog import WALLS
from partywall.estimate import Estimate
from partywall.model import Outcome, Result, WallResult
from partywall.report.html.words import Figure, figure_of

__all__ = ["EvidenceView", "MatrixView", "WallsView", "walls_view"]

_TONES = {Outcome.HOLDS: "good", Outcome.BROKEN: "bad", Outcome.SHUT: "other", Outcome.REPORTED: "other"}
_MARKS = {
    "holds": ("✓", "the attack failed, and its control shows that it would have been seen"),
    "broken": ("✗", "the attack came through, or whoever shares the host fell with it"),
    "open": ("○", "a documented exception, demonstrated here"),
    "shut": ("●", "a documented exception that this machine does not show"),
    "reported": ("i", "nothing is attacked; what was seen is told"),
    "unsupported": ("\N{EN DASH}", "this machine cannot try it; the evidence says why"),
    "invalid": ("?", "the control saw nothing, or the attack did not happen: not proved"),
}


@dataclass(frozen=True)
class EvidenceView:
    """All that is known of one wall and one host."""

    anchor: str
    wall: str
    host: str
    title: str
    outcome: str
    mark: str
    tone: str
    control: str
    reason: str
    exception: str
    facts: tuple[tuple[str, str], ...]
    times: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True)
class MatrixView:
    """The walls of one family: for each the places of all hosts, None where there is no such wall."""

    family: str
    hosts: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[EvidenceView | None, ...]], ...]


@dataclass(frozen=True)
class WallsView:
    """Matrices, what their marks mean, and how often each outcome is there."""

    matrices: tuple[MatrixView, ...]
    marks: tuple[tuple[str, str, str, str, int], ...]
    evidence: tuple[EvidenceView, ...]


def walls_view(result: Result) -> WallsView:
    """Every wall of the session."""
    evidence = tuple(_evidence(i, wall) for i, wall in enumerate(result.walls))
    families: dict[str, list[EvidenceView]] = {}
    for one in evidence:
        families.setdefault(one.wall.partition(".")[0], []).append(one)
    counted = Counter(one.outcome for one in evidence)
    tones = {one.outcome: one.tone for one in evidence}
    marks = tuple((m, word, text, tones[word], counted[word]) for word, (m, text) in _MARKS.items() if word in counted)
    return WallsView(tuple(_matrix(name, members) for name, members in families.items()), marks, evidence)


def _matrix(family: str, members: list[EvidenceView]) -> MatrixView:
    hosts = tuple(dict.fromkeys(one.host for one in members))
    found = {(one.wall, one.host): one for one in members}
    rows = tuple(
        (name, next(one.title for one in members if one.wall == name), tuple(found.get((name, host)) for host in hosts))
        for name in dict.fromkeys(one.wall for one in members)
    )
    return MatrixView(family, hosts, rows)


def _evidence(place: int, wall: WallResult) -> EvidenceView:
    declared = WALLS.get((wall.id, wall.host))
    times = [(name, value) for name, value in wall.evidence.items() if isinstance(value, Estimate)]
    facts = [(name, str(value)) for name, value in wall.evidence.items() if not isinstance(value, Estimate)]
    return EvidenceView(
        anchor=f"wall-{place}",
        wall=wall.id,
        host=wall.host,
        title=declared.title if declared else wall.id,
        outcome=wall.outcome.value,
        mark=_MARKS[wall.outcome.value][0],
        tone=_TONES.get(wall.outcome, "open"),
        control=wall.control.value,
        reason=wall.reason,
        exception=wall.exception,
        facts=tuple(facts),
        times=tuple((name, figure_of(value)) for name, value in times),
    )
