"""One file per format of other tools; each turns a session into a text that the tool reads."""

from collections.abc import Callable

from partywall.export.csv import export_csv
from partywall.export.exported import Exported, LeftOut
from partywall.export.gbench import export_gbench
from partywall.export.hyperfine import export_hyperfine
from partywall.export.openmetrics import export_openmetrics
from partywall.export.pyperf import export_pyperf
from partywall.session import Session

__all__ = ["EXPORTERS", "Exported", "LeftOut"]

EXPORTERS: dict[str, Callable[[Session], Exported]] = {
    "csv": export_csv,
    "gbench": export_gbench,
    "hyperfine": export_hyperfine,
    "openmetrics": export_openmetrics,
    "pyperf": export_pyperf,
}
