"""Two sessions, or groups of sessions, beside each other: what became slower, faster, or stayed the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall.cells import MIN_RUNS, measure_overhead, run_summaries, run_values, summarise_cells
from partywall.errors import InputError
from partywall.estimate import Estimate, Frozen
from partywall.model import Cell, State, VerdictKind
from partywall.precision import counted
from partywall.record import Record
from partywall.ruling import LEVEL, compare
from partywall.stats import seen_range
from partywall.stats.nested import Nested, holm, nested_shift

__all__ = ["Change", "Changed", "Comparison", "compare_records"]

FORMAT = "partywall-comparison/1"
_PASSING = frozenset({"left", "limits"})  # what was free then
_LEAST_SESSIONS = 4
_ARMS = ("empty", "null_syscall")


class Changed(StrEnum):
    """What became of a cell: its figure is lower, higher, or the same but for less than matters."""

    LOWER = "lower"
    HIGHER = "higher"
    SAME = "same"
    UNDECIDED = "undecided"
    UNUSABLE = "unusable"
    GONE = "gone"
    NEW = "new"


_CHANGED = {
    VerdictKind.BELOW: Changed.LOWER,
    VerdictKind.ABOVE: Changed.HIGHER,
    VerdictKind.WITHIN: Changed.SAME,
    VerdictKind.INDETERMINATE: Changed.UNDECIDED,
}


class Change(Frozen, frozen=True):
    """One cell before and after.

    ``ratio`` is after over before, with the interval of one comparison alone; ``p`` the probability of such
    a decision were it false, adjusted for all cells compared; ``counts`` how many runs, or sessions, stand on each
    side.  GONE and NEW cells are in one side only; for UNUSABLE ones ``why`` says what forbids it.
    """

    cell: str
    changed: Changed
    unit: str = "s"
    before: Estimate | None = None
    after: Estimate | None = None
    ratio: Estimate | None = None
    p: float | None = None
    counts: tuple[int, int] = (0, 0)
    why: str = ""


class Comparison(Frozen, frozen=True, rename={"format": "schema"}):
    """All cells of two sides.

    ``band`` is the relative change that does not matter, ``level`` at which all decisions together are made,
    ``of`` "runs" or "sessions": what the intervals speak of.  ``hosts`` holds what differs between the
    machines, as (name, before, after); ``arms`` the reference arms, which show how far the machine itself was another.
    """

    format: str
    band: float
    estimate: str
    of: str
    changes: tuple[Change, ...]
    arms: tuple[Change, ...]
    hosts: tuple[tuple[str, str, str], ...]
    level: float = LEVEL


@dataclass(frozen=True)
class _Figure:
    """One cell of one side: its state, the estimate to show, and one value for each run or session."""

    cell: Cell
    estimate: Estimate | None
    values: NDArray[np.float64]
    systematic: float
    reason: str


def compare_records(
    before: Sequence[Record], after: Sequence[Record], band: float = 0.02, estimate: str = "typical"
) -> Comparison:
    """Compare the cells of two sides by their ids.

    With one session on a side the runs are compared; with four or more on each the sessions are, each by its estimate.
    The ratio has the Hodges-Lehmann estimate and exact rank-sum interval of the logarithms, for any numbers of
    runs (see `nested_shift`), widened by what both clocks may be wrong by.  A cell is LOWER or HIGHER if all of the
    interval lies beyond the band from 1 / (1 + band) to 1 + band, SAME if all of it lies inside, and
    UNDECIDED otherwise; what does not stand among all the cells by Holm's method is UNDECIDED as well.
    Runs of a pilot count as little as they do in the sessions' own figures.

    Raises:
        InputError: the band is not between 0 and 1, or a side has two or three sessions, or the sides have both
            one and many.
    """
    if not 0 < band < 1:
        raise InputError(f"a band of {band:g} is not between 0 and 1")
    of = _level(len(before), len(after))
    sides = [_figures(records, estimate, of) for records in (before, after)]
    pairs = [(name, sides[0].get(name), sides[1].get(name)) for name in dict.fromkeys([*sides[0], *sides[1]])]
    found = [_compare(name, a, b, band) for name, a, b in pairs]
    changes = _together([change for change, _ in found], [p for _, p in found])
    arms = [change for change, (_, a, b) in zip(changes, pairs, strict=True) if _is_arm(a or b)]
    return Comparison(
        format=FORMAT,
        band=band,
        estimate=estimate,
        of=of,
        changes=tuple(change for change in changes if change not in arms),
        arms=tuple(arms),
        hosts=_hosts(before[0], after[0]),
    )


def _level(before: int, after: int) -> str:
    if before == after == 1:
        return "runs"
    if min(before, after) >= _LEAST_SESSIONS:
        return "sessions"
    raise InputError(
        f"{before} sessions before and {after} after: one on each side, or {_LEAST_SESSIONS} at least on each, "
        "can be compared"
    )


def _is_arm(figure: _Figure | None) -> bool:
    return figure is not None and figure.cell.primitive in _ARMS


def _figures(records: Sequence[Record], estimate: str, of: str) -> dict[str, _Figure]:
    sessions = [_session(record, estimate) for record in records]
    if of == "runs":
        return sessions[0]
    names = dict.fromkeys(name for session in sessions for name in session)
    return {name: _pooled([session[name] for session in sessions if name in session], len(records)) for name in names}


def _pooled(figures: list[_Figure], sessions: int) -> _Figure:
    """One value for each session: its estimate."""
    reasons = [figure.reason for figure in figures if figure.reason]
    if len(figures) < sessions:
        reasons.append(f"only {len(figures)} of {sessions} sessions have it")
    values = np.array([figure.estimate.value for figure in figures if figure.estimate is not None])
    shown = None
    if values.size and not reasons:
        shown = seen_range(values, figures[0].estimate.unit if figures[0].estimate else "s")
    systematic = max(figure.systematic for figure in figures)
    return _Figure(figures[0].cell, shown, values, systematic, reasons[0] if reasons else "")


def _session(record: Record, estimate: str) -> dict[str, _Figure]:
    record = counted(record)
    summaries = run_summaries(record)
    overhead = measure_overhead(record)
    found = {}
    for index, (planned, cell) in enumerate(zip(record.plan.cells, summarise_cells(record), strict=True)):
        if planned.role:
            continue
        shown: Estimate | None = getattr(cell.estimates, estimate) if cell.estimates else None
        values = np.array(list(run_values(summaries[index], estimate).values()))
        reason = ""
        if cell.state != State.OK:
            reason = f"{cell.state.value}: {cell.reason}" if cell.reason else cell.state.value
        elif shown is None or values.size < MIN_RUNS:
            reason = f"the samples cannot carry {estimate}"
        systematic = 0.0
        if shown is not None and not reason and planned.unit == "s":
            share = 0.0 if planned.reading else overhead.half_width / max(cell.batch, 1)
            systematic = record.clock.uncertainty + share / max(abs(shown.value), 1e-12)
        found[cell.id] = _Figure(cell, shown, values, systematic, reason)
    return found


def _compare(name: str, before: _Figure | None, after: _Figure | None, band: float) -> tuple[Change, float | None]:
    """The change by itself, and the p-value of its decision; None where nothing can be compared."""
    present = before or after
    assert present is not None
    unit = next((f.estimate.unit for f in (before, after) if f is not None and f.estimate is not None), "s")
    change = Change(
        cell=name,
        changed=Changed.UNUSABLE,
        unit=unit,
        before=before.estimate if before else None,
        after=after.estimate if after else None,
    )
    if before is None or after is None:
        return msgspec.structs.replace(change, changed=Changed.NEW if before is None else Changed.GONE), None
    if reason := _unusable(before, after):
        return msgspec.structs.replace(change, why=reason), None
    counts = before.values.size, after.values.size
    if np.ptp(np.concatenate([before.values, after.values])) == 0:
        one = Estimate(value=1.0, low=1.0, high=1.0, unit="1")
        return msgspec.structs.replace(change, changed=Changed.SAME, ratio=one, counts=counts), 0.0
    if min(before.values.min(), after.values.min()) <= 0:
        return msgspec.structs.replace(change, why="a value is not above zero, so there is no ratio"), None
    nested, value = _ratio(before, after)
    interval = nested.at(1 - LEVEL)
    if interval is None:
        return msgspec.structs.replace(change, why=f"{counts[0]} and {counts[1]} runs are too few"), None
    kind, p = _decide(nested, interval, band)
    ratio = Estimate(value=value, low=interval[0], high=interval[1], unit="1")
    return msgspec.structs.replace(change, changed=_CHANGED[kind], ratio=ratio, counts=counts), p


def _unusable(before: _Figure, after: _Figure) -> str:
    return "; ".join(f"{side}: {f.reason}" for side, f in (("before", before), ("after", after)) if f.reason)


def _ratio(before: _Figure, after: _Figure) -> tuple[Nested, float]:
    logs = np.log(after.values), np.log(before.values)
    shift = nested_shift(*logs)
    # Each session has calibrated its clock on its own.
    systematic = np.log1p(before.systematic) + np.log1p(after.systematic)
    return shift.widened(float(systematic)).mapped(np.exp), float(np.exp(shift.middle))


def _decide(nested: Nested, interval: tuple[float, float], band: float) -> tuple[VerdictKind, float]:
    bounds = 1 / (1 + band), 1 + band
    kind = compare(*interval, bounds)
    if kind == VerdictKind.INDETERMINATE:
        return kind, 1.0
    return kind, nested.least_error(lambda low, high: compare(low, high, bounds) == kind)


def _together(changes: list[Change], p_values: Iterable[float | None]) -> list[Change]:
    """The changes with the p-values adjusted; what does not stand among all is UNDECIDED."""
    places = {place: p for place, p in enumerate(p_values) if p is not None}
    done = list(changes)
    for place, adjusted in zip(places, holm(list(places.values())).tolist(), strict=True):
        change = changes[place]
        if adjusted > LEVEL and change.changed != Changed.UNDECIDED:
            why = f"{change.changed.value} by itself, but not among {len(places)} cells"
            change = msgspec.structs.replace(change, changed=Changed.UNDECIDED, why=why)
        done[place] = msgspec.structs.replace(change, p=None if places[place] == 1.0 else adjusted)
    return done


def _hosts(before: Record, after: Record) -> tuple[tuple[str, str, str], ...]:
    names = [name for name in {**before.host, **after.host} if name not in _PASSING]
    rows = [(name, before.host.get(name), after.host.get(name)) for name in names]
    rows.append(("partywall", _tool(before.tool), _tool(after.tool)))
    return tuple((name, _words(a), _words(b)) for name, a, b in rows if a != b)


def _tool(tool: Mapping[str, object]) -> str:
    return " ".join(str(tool[name]) for name in ("version", "compiler", "buildtype") if name in tool)


def _words(value: object) -> str:
    return "not known" if value is None else str(value)
