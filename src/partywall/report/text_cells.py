"""The section of the report on cells: a table for each family, and every figure of each cell if asked for."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from partywall.model import Cell, Estimates, Family, State
from partywall.report.layout import conditions, plain, span, table
from partywall.report.sketch import REACH, WIDTH
from partywall.units import format_quantity

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
        _reasons(console, members)
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
        name = f"  {cell.reading}" if cell.reading else cell.primitive
        where = "" if cell.reading else conditions(cell.factors)
        typical, p99 = (cell.estimates.typical, cell.estimates.p99) if cell.estimates else (None, None)
        rows.add_row(
            plain(name),
            plain(where),
            plain(span(typical) if typical else "-"),
            *([plain(format_quantity(p99.value, p99.unit) if p99 else "-")] if tail else []),
            *([plain(sketches.get(cell.id, "").ljust(WIDTH))] if sketches is not None else []),
            _state(cell),
        )
    return rows


def _fits(console: Console, rows: Table) -> bool:
    # Measured on a console that has room, as a table never measures more than there is.
    return rows.__rich_measure__(console, console.options.update(width=10 * console.width)).maximum <= console.width


def _state(cell: Cell) -> Text:
    style = "" if cell.state == State.OK else "yellow"
    flags = f" ({', '.join(cell.flags)})" if cell.flags and cell.state != State.OK else ""
    return plain(cell.state.value + flags, style=style)


def _reasons(console: Console, cells: list[Cell]) -> None:
    shared = ""
    for cell in cells:
        # What was read in an op has its reason as well: once is enough.
        if cell.reason and not (cell.reading and cell.reason == shared):
            console.print(plain(f"  {cell.id}: {cell.reason}", style="dim"))
        shared = shared if cell.reading else cell.reason
        # The interval speaks over modes of runs; those within runs are in the full report.
        if cell.modes and cell.modes_of == "runs":
            console.print(plain(f"  {cell.id}: {_modes(cell)}", style="dim"))


def _modes(cell: Cell) -> str:
    unit = cell.estimates.typical.unit if cell.estimates else "s"
    each = ", ".join(f"{format_quantity(mode.value, unit)} ({100 * mode.share:.0f} %)" for mode in cell.modes)
    of = "its runs" if cell.modes_of == "runs" else "the samples in a run"
    return f"{len(cell.modes)} modes of {of}: {each}"


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
        (f"p1{of}", estimates.floor),
        ("p99", estimates.p99),
        ("p99.9", estimates.p999),
    ):
        if estimate is not None:
            yield name, span(estimate)
    if estimates.no_mean:
        yield "no mean", estimates.no_mean
    if cell.modes:
        yield "modes", _modes(cell)
    if cell.shares and sum((cell.shares.run, cell.shares.trial, cell.shares.sample)) > 0:
        parts = (("runs", cell.shares.run), ("trials", cell.shares.trial), ("samples", cell.shares.sample))
        yield "varies by", ", ".join(f"{name} {100 * share:.0f} %" for name, share in parts if share > 0)
