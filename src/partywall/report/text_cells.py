"""The section of the report on cells: a table for each family, and every figure of each cell if asked for."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from partywall.model import Cell, Estimates, Family, State
from partywall.report.cell_rows import figures_of, modes_of, name_of, reasons_of
from partywall.report.layout import plain, span, table
from partywall.report.sketch import REACH, WIDTH

__all__ = ["print_cells"]


def print_cells(console: Console, cells: tuple[Cell, ...], full: bool, sketches: Mapping[str, str]) -> None:
    """Print the cells, family by family, with their sketches.

    If ``full``, below each table what else is known of its cells.
    """
    for family in Family:
        members = [cell for cell in cells if cell.family == family]
        if not members:
            continue
        drawn = any(sketches.get(cell.id) for cell in members)
        console.print(plain(f"{family.value}: time of one op, median over fresh workers", style="bold"))
        if drawn:
            console.print(
                plain(f"  samples: from the median / {REACH} to the median x {REACH}, beyond at the ends", style="dim")
            )
        rows = table(
            ("primitive", "left"),
            ("conditions", "left"),
            ("typical [95 % interval]", "left"),
            ("op p99", "right"),
            *([("samples", "left")] if drawn else []),
            ("state", "left"),
        )
        for cell in members:
            rows.add_row(*map(plain, name_of(cell)), *_figures(cell, sketches if drawn else None))
        console.print(rows)
        for line in reasons_of(members):
            console.print(plain(f"  {line}", style="dim"))
        if full:
            for cell in members:
                _details(console, cell)
        console.print()


def _figures(cell: Cell, sketches: Mapping[str, str] | None) -> tuple[Text, ...]:
    typical, p99, state = figures_of(cell)
    drawn = () if sketches is None else (plain(sketches.get(cell.id, "").ljust(WIDTH)),)
    return plain(typical), plain(p99), *drawn, plain(state, style="" if cell.state == State.OK else "yellow")


def _details(console: Console, cell: Cell) -> None:
    if cell.estimates is None:
        return
    console.print()
    console.print(plain(cell.id, style="italic"))
    rows = table(("", "left"), ("", "left"))
    rows.show_header = False
    for what, said in _lines(cell, cell.estimates):
        rows.add_row(plain(f"  {what}"), plain(said))
    console.print(rows)


def _lines(cell: Cell, estimates: Estimates) -> Iterator[tuple[str, str]]:
    what = "" if cell.per_op else f" in batches of {cell.batch} or more"
    yield "samples", f"{cell.samples:,} of {cell.runs} runs{what}"
    if cell.warm_up:
        yield "left out", f"{100 * cell.warm_up:.1f} % as warm-up"
    yield "typical", span(estimates.typical)
    if cell.clean:
        yield "undisturbed", span(cell.clean)
    of = "" if cell.per_op else " of batches"
    for name, estimate in (
        ("first op", estimates.cold),
        ("mean", estimates.mean),
        ("trimmed", estimates.trimmed),
        (f"p1{of}", estimates.floor),
        ("p99", estimates.p99),
        ("p99.9", estimates.p999),
    ):
        if estimate is not None:
            yield name, span(estimate)
    if estimates.no_mean:
        yield "no mean", estimates.no_mean
    if cell.modes:
        yield "modes", modes_of(cell)
    if cell.shares and sum((cell.shares.run, cell.shares.trial, cell.shares.sample)) > 0:
        parts = (("runs", cell.shares.run), ("trials", cell.shares.trial), ("samples", cell.shares.sample))
        yield "varies by", ", ".join(f"{name} {100 * share:.0f} %" for name, share in parts if share > 0)
