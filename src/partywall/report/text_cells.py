"""The section of the report on cells: a table for each family, and every figure of each cell if asked for."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

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
        console.print(plain(f"{family.value}: time of one op, median over fresh workers", style="bold"))
        rows = _rows(members, sketches)
        # An interval on one line is worth more than a sketch beside it.
        drawn = any(sketches.get(cell.id) for cell in members) and _fits(console, rows)
        if drawn:
            scale = f"  samples: from the median / {REACH} to the median x {REACH}, beyond at the ends"
            console.print(plain(scale, style="dim"))
        console.print(rows if drawn else _rows(members, None))
        for line in reasons_of(members):
            console.print(plain(f"  {line}", style="dim"))
        if full:
            for cell in members:
                _details(console, cell)
        console.print()


def _rows(cells: list[Cell], sketches: Mapping[str, str] | None) -> Table:
    tail = any(cell.estimates and cell.estimates.p99 for cell in cells)
    rows = table(
        ("primitive", "left"),
        ("conditions", "left"),
        ("typical [95 % interval]", "left"),
        *([("op p99", "right")] if tail else []),
        *([("samples", "left")] if sketches is not None else []),
        ("state", "left"),
    )
    for cell in cells:
        typical, p99, state = figures_of(cell)
        rows.add_row(
            *map(plain, name_of(cell)),
            plain(typical),
            *([plain(p99)] if tail else []),
            *([plain(sketches.get(cell.id, "").ljust(WIDTH))] if sketches is not None else []),
            plain(state, style="" if cell.state == State.OK else "yellow"),
        )
    return rows


def _fits(console: Console, rows: Table) -> bool:
    # Measured on a console that has room, as a table never measures more than there is.
    return rows.__rich_measure__(console, console.options.update(width=10 * console.width)).maximum <= console.width


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
