"""OpenMetrics text, as Prometheus and others read it: a gauge per estimate, beside it both ends of its interval."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from partywall.export.exported import Exported
from partywall.export.timed import split_cells
from partywall.model import Cell, Outcome, State, VerdictKind
from partywall.session import Session
from partywall.tidy import named_estimates

__all__ = ["export_openmetrics"]

_ENDS = {"": "", "_low": ", low end of the interval", "_high": ", high end of the interval"}
_UNITS = {"s": "seconds", "B": "bytes", "1": "ratio"}
_NO_LABEL = re.compile(r"[^a-zA-Z0-9_]")


def export_openmetrics(session: Session) -> Exported:
    """The session as OpenMetrics text: gauges of what was measured, state sets of states, walls and verdicts.

    Times are in seconds, sizes in bytes, pure numbers ratios.  A cell without estimates has a state and no figure.
    """
    _, left_out = split_cells(session)
    lines = [
        *_figures(session.cells),
        *_states(
            "partywall_cell_state",
            "Whether the figures of a cell may be used.",
            State,
            ((_cell_labels(cell), cell.state) for cell in session.cells),
        ),
        *_states(
            "partywall_wall_outcome",
            "What a wall did.",
            Outcome,
            (({"wall": wall.id, "host": wall.host}, wall.outcome) for wall in session.walls),
        ),
        *_states(
            "partywall_claim_verdict",
            "What this machine says of what documents say.",
            VerdictKind,
            (
                ({"claim": verdict.claim, "cell": verdict.cell, "quantity": verdict.quantity}, verdict.verdict)
                for verdict in session.verdicts
            ),
        ),
        "# EOF",
    ]
    return Exported(text="\n".join(lines) + "\n", left_out=tuple(left_out))


def _figures(cells: Iterable[Cell]) -> Iterator[str]:
    """The samples of one metric must lie together: unit by unit, and each end of the intervals by itself."""
    rows: dict[str, list[tuple[dict[str, str], tuple[float, float, float]]]] = {}
    for cell in cells:
        for name, estimate in named_estimates(cell):
            labels = {**_cell_labels(cell), "estimate": name, "confidence": f"{estimate.confidence:g}"}
            unit = _UNITS.get(estimate.unit) or _unit_name(estimate.unit)
            rows.setdefault(unit, []).append((labels, (estimate.value, estimate.low, estimate.high)))
    for unit, members in rows.items():
        for place, (end, said) in enumerate(_ENDS.items()):
            name = f"partywall_op{end}_{unit}"
            yield f"# TYPE {name} gauge"
            yield f"# UNIT {name} {unit}"
            yield f"# HELP {name} {_escape(f'Of one op{said}.')}"
            for labels, values in members:
                yield f"{name}{_labels(labels)} {_number(values[place])}"


def _states(
    name: str, said: str, known: type[StrEnum], members: Iterable[tuple[Mapping[str, str], StrEnum]]
) -> Iterator[str]:
    rows = list(members)
    if not rows:
        return
    yield f"# TYPE {name} stateset"
    yield f"# HELP {name} {_escape(said)}"
    for labels, state in rows:
        for one in known:
            yield f"{name}{_labels({**labels, name: one.value})} {int(one == state)}"


def _cell_labels(cell: Cell) -> dict[str, str]:
    labels = {"cell": cell.id, "primitive": cell.primitive, "family": cell.family.value, "reading": cell.reading}
    for factor, level in cell.factors.items():
        name = f"factor_{_NO_LABEL.sub('_', factor)}"
        while name in labels:
            name += "_"
        labels[name] = level
    # An empty label is the same as none.
    return {name: value for name, value in labels.items() if value}


def _unit_name(unit: str) -> str:
    """A unit that has no name of its own, in letters that a metric's name may have."""
    return "_".join(re.findall(r"[a-zA-Z0-9]+", unit.replace("/", " per "))) or "number"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(text: str) -> str:
    # A line ends at a line feed only, but what reads it may split at others too.
    kept = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return kept.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return repr(float(value))
