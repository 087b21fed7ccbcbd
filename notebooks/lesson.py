"""What all lessons share: where their sessions come from, and how cells become a table.

Sessions are measured when a notebook runs.  If PARTYWALL_SESSIONS names a directory, what is in it is loaded instead,
and what is not in it is measured and kept there.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

import partywall as pw
from partywall.model import Cell

__all__ = ["cell_of", "kept", "machine", "session", "table"]

alt.renderers.enable("svg")


@alt.theme.register("lesson", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    # Room for browsers whose letters are wider than those that a chart was laid out with.
    return alt.theme.ThemeConfig({"config": {"padding": {"left": 25, "top": 5, "right": 50, "bottom": 5}}})


def kept(name: str) -> Path | None:
    """Where a file of this name is kept; None if nothing is."""
    directory = os.environ.get("PARTYWALL_SESSIONS")
    return Path(directory, name) if directory else None


def session(name: str, names: list[str], **what: Any) -> pw.Session:
    """``pw.run(names, **what)``, or the session of that name which is kept."""
    path = kept(f"{name}.parquet")
    if path and path.exists():
        return pw.load(path, claims=what.get("claims"))
    return pw.run(names, output=path, **what)


def machine(measured: pw.Session) -> str:
    """Where a session was measured, and how often."""
    host, profile = measured.record.host, measured.record.plan.profile
    return f"{host['cpu']}, {len(host['cpus_allowed'])} CPUs, {host['kernel']}; {profile.runs} runs of each cell"


def cell_of(measured: pw.Session, primitive: str, reading: str = "", **factors: str) -> Cell | None:
    """The cell with these factors, or the first of them; None if this machine has no figures for it."""
    return next(
        (
            cell
            for cell in measured.cells
            if (cell.primitive, cell.reading) == (primitive, reading)
            and cell.estimates
            and factors.items() <= cell.factors.items()
        ),
        None,
    )


def table(cells: Iterable[Cell], scale: float = 1e6) -> pd.DataFrame:
    """A row for each cell with figures: its factors; value, low and high times ``scale``; and all of it as text."""
    return pd.DataFrame(
        {
            "primitive": cell.primitive,
            **cell.factors,
            "reading": cell.reading,
            "value": cell.estimates.typical.value * scale,
            "low": cell.estimates.typical.low * scale,
            "high": cell.estimates.typical.high * scale,
            "typical [95 %]": str(cell.estimates.typical),
            "state": str(cell.state),
        }
        for cell in cells
        if cell.estimates
    )
