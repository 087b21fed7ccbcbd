"""pyperf's JSON: a benchmark per cell, a run per run, and as many values in each."""

from typing import Any

from partywall.errors import InputError
from partywall.export.exported import Exported, LeftOut, as_json
from partywall.export.timed import Timed, quantiles_of_runs, timed_cells
from partywall.model import Estimate
from partywall.session import Session

__all__ = ["MOST_VALUES", "export_pyperf"]

MOST_VALUES = 51
"""Values of a run at most: enough for its shape, and few enough to be read and plotted."""

_VERSION = "1.0"


def export_pyperf(session: Session) -> Exported:
    """The session as a pyperf benchmark suite.

    The values of a run are quantiles of its steady samples, seconds per op, as
    `partywall.export.timed.quantiles_of_runs` says.  The typical figure and its interval are metadata of the
    benchmark: pyperf itself makes no interval.
    """
    timed, left_out = timed_cells(session)
    benchmarks, refused = [], []
    for one, values in quantiles_of_runs(session, timed, MOST_VALUES):
        if values.min() <= 0:
            refused.append(LeftOut(cell=one.cell.id, reason="some ops took no longer than their timing did"))
        else:
            runs = [_run(one, run, row) for run, row in zip(one.runs, values, strict=True)]
            benchmarks.append({"metadata": _of_cell(one), "runs": runs})
    if not benchmarks:
        raise InputError("the session has no cell all of whose times are above zero, and pyperf takes no others")
    return Exported(
        text=as_json({"version": _VERSION, "metadata": _of_host(session), "benchmarks": benchmarks}),
        left_out=(*left_out, *refused),
    )


def _run(one: Timed, run: int, values: Any) -> dict[str, Any]:
    return {"metadata": {"partywall_run": run}, "values": values.tolist()}


def _of_cell(one: Timed) -> dict[str, Any]:
    named: dict[str, Any] = {
        # pyperf takes no name with blanks at its ends.
        "name": _line(one.cell.id) or "cell",
        "unit": "second",
        # How many ops a value holds is not the same in all samples: the fewest.
        "loops": max(one.planned.batch, 1),
        "partywall_primitive": _line(one.cell.primitive),
        "partywall_state": one.cell.state.value,
        **_interval("typical", one.estimates.typical),
    }
    if one.cell.reading:
        named["partywall_reading"] = _line(one.cell.reading)
    for name, level in one.cell.factors.items():
        named[f"partywall_factor_{_line(name)}"] = _line(level)
    # Metadata that is empty is refused by pyperf.
    return {name: value for name, value in named.items() if value != ""}


def _interval(name: str, estimate: Estimate) -> dict[str, Any]:
    parts = {"": estimate.value, "_low": estimate.low, "_high": estimate.high}
    told: dict[str, Any] = {f"partywall_{name}{end}_s": value for end, value in parts.items()}
    return {**told, f"partywall_{name}_confidence": estimate.confidence}


def _of_host(session: Session) -> dict[str, Any]:
    host, record = session.record.host, session.record
    told = {
        "cpu_model_name": host.get("cpu"),
        "cpu_count": len(host.get("cpus_allowed") or []) or None,
        "platform": host.get("kernel"),
        "timer": f"{record.clock.source}, resolution: {record.clock.resolution_s * 1e9:.3g} ns",
        "partywall_version": record.tool.get("version"),
        "partywall_seed": record.plan.seed,
        "partywall_profile": record.plan.profile.name,
    }
    return {
        name: value if isinstance(value, int) else _line(value) for name, value in told.items() if value is not None
    }


def _line(said: Any) -> str:
    return " ".join(str(said).split())
