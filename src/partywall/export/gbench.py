"""Google Benchmark's JSON: each run as a repetition, and the aggregates over them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from partywall.export.exported import Exported, as_json
from partywall.export.timed import Timed, cpu_seconds, timed_cells
from partywall.model import Estimate
from partywall.session import Session

__all__ = ["export_gbench"]

_NS = 1e9


def export_gbench(session: Session) -> Exported:
    """The session as a file of Google Benchmark.

    ``real_time`` of a repetition is the median of a run in ns per op, ``cpu_time`` the CPU time that the driver took
    for an op, 0 where the kernel did not say.  Beside the median, which is the typical figure, stands its
    interval, in ns as well.
    """
    timed, left_out = timed_cells(session)
    cpu = cpu_seconds(session, timed)
    benchmarks = [entry for number, one in enumerate(timed) for entry in _entries(number, one, cpu[one.index])]
    return Exported(text=as_json({"context": _context(session), "benchmarks": benchmarks}), left_out=left_out)


def _context(session: Session) -> dict[str, Any]:
    host, record = session.record.host, session.record
    return {
        "executable": "partywall",
        "num_cpus": len(host.get("cpus_allowed") or []),
        "cpu_model": str(host.get("cpu", "")),
        "cpu_scaling_enabled": str(host.get("governor", "")) not in ("", "not reported", "performance"),
        "caches": [],
        "library_build_type": "release",
        "partywall_version": str(record.tool.get("version", "")),
        "partywall_kernel": str(host.get("kernel", "")),
        "partywall_seed": str(record.plan.seed),
        "partywall_profile": record.plan.profile.name,
        "partywall_clock": record.clock.source,
        "partywall_real_time": "median of one run; median over runs with its interval in the aggregate",
    }


def _entries(number: int, one: Timed, cpu: Mapping[int, float]) -> Iterator[dict[str, Any]]:
    medians = {run: summary.median * _NS for run, summary in one.runs.items()}
    times = [cpu.get(run, 0.0) * _NS for run in medians]
    entry = {
        "family_index": number,
        "per_family_instance_index": 0,
        "run_name": one.cell.id,
        "repetitions": len(medians),
        "threads": 1,
    }
    unit = {"time_unit": "ns"}
    for place, ((run, median), cpu_time) in enumerate(zip(medians.items(), times, strict=True)):
        yield {
            "name": one.cell.id,
            **entry,
            "run_type": "iteration",
            "repetition_index": place,
            "iterations": one.runs[run].samples * max(one.planned.batch, 1),
            "real_time": median,
            "cpu_time": cpu_time,
            **unit,
        }
    for name, (measure, share) in _AGGREGATES.items():
        yield {
            "name": f"{one.cell.id}_{name}",
            **entry,
            "run_type": "aggregate",
            "aggregate_name": name,
            "aggregate_unit": "percentage" if share else "time",
            "iterations": len(medians),
            "real_time": measure(list(medians.values())),
            "cpu_time": measure(times),
            **unit,
            **(_interval(one.estimates.typical) if name == "median" else {}),
        }


def _interval(estimate: Estimate) -> dict[str, float]:
    # Further numbers of an entry are what Google Benchmark calls counters.
    return {"low": estimate.low * _NS, "high": estimate.high * _NS, "confidence": estimate.confidence}


def _deviation(x: Sequence[float]) -> float:
    return float(np.std(x, ddof=1)) if len(x) > 1 else 0.0


def _variation(x: Sequence[float]) -> float:
    mean = float(np.mean(x))
    return _deviation(x) / mean if mean else 0.0


_AGGREGATES: dict[str, tuple[Callable[[Sequence[float]], float], bool]] = {
    "mean": (lambda x: float(np.mean(x)), False),
    "median": (lambda x: float(np.median(x)), False),
    "stddev": (_deviation, False),
    "cv": (_variation, True),
}
