"""A console that writes into memory, and the tables that are printed on it."""

import io
import os
import shutil

from rich.console import Console
from rich.table import Table

__all__ = ["colour_wanted", "new_console", "new_table", "text_of"]

_WIDTH_WITHOUT_TERMINAL = 110


def new_console(colour: bool, width: int | None) -> Console:
    """An empty console; ``width`` in columns, the terminal's (or 110 without one) by default."""
    columns = width or shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    return Console(
        file=io.StringIO(),
        width=max(columns, 60),
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )


def text_of(console: Console) -> str:
    """What was written to a console of `new_console`, without trailing blanks."""
    output = console.file
    assert isinstance(output, io.StringIO)
    lines = (line.rstrip() for line in output.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def new_table(*columns: tuple[str, str]) -> Table:
    """A table without borders; each column is a heading and "left" or "right"."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return table


def colour_wanted(stream_is_terminal: bool) -> bool:
    """Colour only on a terminal and without NO_COLOR (no-color.org)."""
    return stream_is_terminal and not os.environ.get("NO_COLOR")
