"""The section on all cells: every figure, and how the samples are distributed."""

from collections.abc import Mapping
from dataclasses import dataclass

from partywall.distributions import Distribution
from partywall.model import Cell, Family, Result
from partywall.report.cell_rows import modes_of, state_of
from partywall.report.charts.distributions import distribution_charts
from partywall.report.html.words import MISSING, Drawing, Figure, draw_all, figure_of
from partywall.report.layout import conditions
from partywall.report.pairs import title_of

__all__ = ["CellView", "FamilyView", "family_views"]

_MEANS = {
    Family.REFERENCE: "What everything else is compared with.",
    Family.CREATE: "Making a task and ending it.",
    Family.SWITCH: "From one task to the other.",
    Family.TALK: "Data from one task to the other.",
    Family.KEEP: "What tasks that are there take.",
}


@dataclass(frozen=True)
class CellView:
    """Every figure of one cell."""

    id: str
    primitive: str
    title: str
    conditions: str
    typical: Figure
    mean: Figure
    p99: Figure
    p999: Figure
    cold: Figure
    state: str
    reason: str
    runs: str
    notes: str


@dataclass(frozen=True)
class FamilyView:
    """The cells of one family."""

    name: str
    means: str
    cells: tuple[CellView, ...]
    drawings: tuple[Drawing, ...]


def family_views(result: Result, distributions: Mapping[str, Distribution]) -> tuple[FamilyView, ...]:
    """The families that have cells; those that were added to check a crossing are with the models."""
    drawings = draw_all(distribution_charts(result, distributions))
    found = []
    for family in Family:
        cells = tuple(_cell(cell) for cell in result.asked if cell.family == family)
        if cells:
            own = [drawn for name, drawn in drawings.items() if name.startswith(f"distributions-{family.value}")]
            found.append(FamilyView(family.value, _MEANS[family], cells, tuple(own)))
    return tuple(found)


def _cell(cell: Cell) -> CellView:
    known = cell.estimates
    return CellView(
        id=cell.id,
        primitive=cell.primitive,
        title=title_of(cell),
        conditions=conditions(cell.factors),
        typical=figure_of(known.typical, counted=True) if known else MISSING,
        mean=figure_of(known.mean, counted=True) if known else MISSING,
        p99=figure_of(known.p99, counted=True) if known else MISSING,
        p999=figure_of(known.p999, counted=True) if known else MISSING,
        cold=figure_of(known.cold, counted=True) if known else MISSING,
        state=state_of(cell),
        reason=cell.reason,
        runs=f"{cell.runs} runs, {cell.samples:,} samples" + ("" if cell.per_op else f" of {cell.batch} ops or more"),
        notes="; ".join(_notes(cell)),
    )


def _notes(cell: Cell) -> list[str]:
    found = []
    if cell.modes:
        found.append(modes_of(cell))
    if cell.estimates and cell.estimates.no_mean:
        found.append(f"no mean: {cell.estimates.no_mean}")
    if cell.warm_up:
        found.append(f"{100 * cell.warm_up:.1f} % left out as warm-up")
    if cell.clean and cell.state.value != "ok":
        clean = figure_of(cell.clean)
        found.append(f"undisturbed {clean.value} {clean.interval}")
    return found
