"""hyperfine's JSON: a result per cell, and one of its times per run."""

from typing import Any

import numpy as np

from partywall.export.exported import Exported, as_json
from partywall.export.timed import Timed, timed_cells
from partywall.session import Session

__all__ = ["export_hyperfine"]


def export_hyperfine(session: Session) -> Exported:
    """The session in the shape of ``hyperfine --export-json``, the first version of it.

    A time is the median of one run, seconds per op.  User and system time are not told apart by the kernel for one
    op, and are null.  ``partywall`` holds what hyperfine has no place for: the typical figure's interval, the state.
    """
    timed, left_out = timed_cells(session)
    return Exported(text=as_json({"results": [_result(one) for one in timed]}), left_out=left_out)


def _result(one: Timed) -> dict[str, Any]:
    times = [summary.median for summary in one.runs.values()]
    typical = one.estimates.typical
    return {
        "command": one.cell.id,
        "mean": float(np.mean(times)),
        "stddev": float(np.std(times, ddof=1)) if len(times) > 1 else None,
        "median": float(np.median(times)),
        "user": None,
        "system": None,
        "min": min(times),
        "max": max(times),
        "times": times,
        # A worker that ended with another status gave no run.
        "exit_codes": [0] * len(times),
        "parameters": dict(one.cell.factors),
        "partywall": {
            "primitive": one.cell.primitive,
            "reading": one.cell.reading,
            "state": one.cell.state.value,
            "unit": typical.unit,
            "typical": typical.value,
            "low": typical.low,
            "high": typical.high,
            "confidence": typical.confidence,
        },
    }
