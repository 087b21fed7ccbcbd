"""Every figure of every cell, a row each: the same table that the report makes."""

from partywall.export.exported import Exported
from partywall.report.csv import render_csv
from partywall.session import Session

__all__ = ["export_csv"]


def export_csv(session: Session) -> Exported:
    """The session's figures as CSV; cells that have none are rows without values."""
    return Exported(text=render_csv(session.result, {}))
