"""The section on processes beside threads."""

from collections.abc import Sequence
from dataclasses import dataclass

from partywall.model import Cell, Family
from partywall.report.charts.peers import peer_charts
from partywall.report.html.words import Drawing, Figure, draw_all, figure_of
from partywall.report.pairs import Pair

__all__ = ["ContrastView", "PairView", "contrast_views"]


@dataclass(frozen=True)
class PairView:
    """One op with a process and with a thread, and how many times the one takes of the other."""

    title: str
    against: str
    process: Figure
    thread: Figure
    ratio: Figure
    states: str


@dataclass(frozen=True)
class ContrastView:
    """The pairs of one family."""

    family: str
    pairs: tuple[PairView, ...]
    drawings: tuple[Drawing, ...]


def contrast_views(pairs: Sequence[Pair]) -> tuple[ContrastView, ...]:
    """Families that have any pair."""
    drawings = draw_all(peer_charts(pairs))
    found = []
    for family in Family:
        members = tuple(_pair(pair) for pair in pairs if pair.process.family == family)
        if members:
            own = tuple(drawing for name, drawing in drawings.items() if name.startswith(f"peers-{family.value}"))
            found.append(ContrastView(family.value, members, own))
    return tuple(found)


def _pair(pair: Pair) -> PairView:
    states = ", ".join(
        f"{kind} {cell.state.value}"
        for kind, cell in (("process", pair.process), ("thread", pair.thread))
        if cell.state.value != "ok"
    )
    return PairView(
        title=pair.title,
        against=pair.against,
        process=_typical(pair.process),
        thread=_typical(pair.thread),
        ratio=figure_of(pair.ratio),
        states=states,
    )


def _typical(cell: Cell) -> Figure:
    return figure_of(cell.estimates.typical if cell.estimates else None, counted=True)
