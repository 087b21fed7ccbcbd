"""From a plan to a record: pilot, randomised blocks of fresh workers, journal, resume."""

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from numpy.typing import NDArray

from partywall import _build, design, host, native
from partywall.batches import dither_share
from partywall.budget import OVERRUN, deadline_seconds, fit_budget
from partywall.calibration import check_clock
from partywall.catalog import PRIMITIVES
from partywall.collected import Begun, CellDone, Collected, Confirmed, Extended, WallDone
from partywall.errors import MeasureError, PartywallError, SessionError, UnsupportedError
from partywall.interference import flag_trial
from partywall.journal import Frame, Journal, journal_path
from partywall.kernel_counters import Reader
from partywall.model import Clock, Plan, Trial
from partywall.precision import PILOT
from partywall.proving import prove_wall
from partywall.record import Record
from partywall.request import order_of
from partywall.stopping import after_pilot
from partywall.store import read, remove_leftovers, write
from partywall.trying import try_cells, with_readings_alike
from partywall.units import format_duration

__all__ = ["Extend", "Progress", "Told", "measure_plan", "resume_session", "tool_facts"]

Progress = Callable[[str, int, int], None]
"""Called as (what, done, total) before each trial."""

Extend = Callable[[Record], Plan]
"""Given what was measured, the plan with what is to be measured as well, at its end."""

Told = Callable[[str], None]
"""Called with a line once the pilot has shown how much is left to measure."""

_NS = 1e9
_COUNTERS = Reader()

_Frame = Begun | Confirmed | Extended | CellDone | WallDone
_Columns = Iterable[NDArray[Any]]


def tool_facts() -> dict[str, Any]:
    """Version and build of this partywall, as recorded in every session."""
    return {
        "version": version("partywall"),
        "compiler": _build.COMPILER,
        "buildtype": _build.BUILDTYPE,
        "static_worker": _build.STATIC_WORKER,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


@dataclass(frozen=True)
class _Calls:
    """Whom a run tells what, and whom it asks; and when it began, by the monotonic clock."""

    progress: Progress
    told: Told
    extend: Extend | None
    began: float


def measure_plan(
    plan: Plan,
    target: Path | None = None,
    progress: Progress | None = None,
    extend: Extend | None = None,
    told: Told | None = None,
) -> Record:
    """Try every cell, measure all blocks, and write the session to ``target`` if there is one.

    Of a plan with a target the blocks are a pilot: what follows from it is fixed once, and measured (`stopping`).
    ``extend`` is asked once, after the last block, for cells to measure in blocks of their own.

    The samples lie in that file, or in a temporary one without a name.  A cell that the machine cannot do
    becomes ``unsupported``, one that fails keeps the error in its trials; the others go on.  MeasureError
    only if the clock arm itself fails; InputError if the plan's budget turns out to be too short, once it is known how
    long the ops take; PartywallError if nothing can be written, what was measured being kept.
    """
    began = time.monotonic()
    calls = _Calls(progress or _silent, told or _tell_nobody, extend, began)
    clock, anchor = host.calibrate_clock()
    clock = check_clock(clock, plan)
    plan = try_cells(plan, clock, calls.progress)
    if plan.budget_s is not None:
        plan = with_readings_alike(fit_budget(plan, plan.budget_s, spent_s=time.monotonic() - began))
    begun = Begun(plan=plan, host=host.fingerprint(), clock=clock, tool=tool_facts())
    if target is None:
        journal = Journal.create()
        return _finish(begun, Collected(), anchor, journal, calls)
    with Journal.create(journal_path(target)) as journal:
        journal.append(begun)
        return _save(_finish(begun, Collected(), anchor, journal, calls), target, journal)


def resume_session(
    target: Path, progress: Progress | None = None, extend: Extend | None = None, told: Told | None = None
) -> Record:
    """Finish a session that was interrupted, from the journal beside ``target``.

    What follows from a pilot is fixed, and ``extend`` is asked, as `measure_plan` does, unless that was done before
    the interruption.

    SessionError if there is no journal, or if it was begun on another machine or with another clock.
    """
    path = journal_path(target)
    collected = Collected()
    begun: Begun | None = None
    extended = False
    decoder = msgspec.msgpack.Decoder(_Frame)

    def take(frame: Frame) -> None:
        nonlocal begun, extended
        try:
            head = decoder.decode(frame.head)
        except msgspec.MsgspecError as error:
            raise SessionError(f"{path}: a frame is not of this version: {error}") from None
        if isinstance(head, Begun):
            begun = head
        elif isinstance(head, Confirmed | Extended):
            extended = extended or isinstance(head, Extended)
            begun = _with_cells(begun, head) if begun else None
        else:
            collected.add(head, frame.columns)

    with Journal.reopen(path, take) as journal:
        if begun is None:
            raise SessionError(f"{path} holds no plan: nothing was measured yet")
        if target.exists():
            return _found_finished(begun, target, journal)
        _check_machine(begun, path)
        remove_leftovers(target)
        anchor = native.clock_anchor(begun.clock.source)
        asked = None if extended else extend
        calls = _Calls(progress or _silent, told or _tell_nobody, asked, time.monotonic())
        return _save(_finish(begun, collected, anchor, journal, calls), target, journal)


def _check_machine(begun: Begun, path: Path) -> None:
    here = host.fingerprint()
    for name in ("machine", "kernel", "cpu", "cpus_allowed"):
        if here[name] != begun.host.get(name):
            raise SessionError(f"{path} was begun where {name} is {begun.host.get(name)!r}; here it is {here[name]!r}")
    _check_python(begun, path)


def _found_finished(begun: Begun, target: Path, journal: Journal) -> Record:
    """The session, if it was written and only its journal was left; SessionError if it is another file."""
    try:
        record: Record | None = read(target)
    except SessionError:
        record = None
    if record is None or record.plan != begun.plan:
        raise SessionError(f"{target} exists and is not the session of {journal.path}: move one of the two away")
    journal.remove()
    return record


def _save(record: Record, target: Path, journal: Journal) -> Record:
    """Write the session and remove its journal; the samples are then those of the file."""
    try:
        write(record, target)
        record = read(target)
    except PartywallError as error:
        raise PartywallError(f"{error}; what was measured is kept for --resume in {journal.path}") from None
    journal.remove()
    return record


def _check_python(begun: Begun, path: Path) -> None:
    here = tool_facts()["python"]
    found = begun.tool.get("python")
    if found != here and any(PRIMITIVES[cell.primitive].language == "python" for cell in begun.plan.cells):
        raise SessionError(f"{path} was begun with {found}, which it measures; this is {here}")


def _silent(what: str, done: int, total: int) -> None:
    pass


def _tell_nobody(line: str) -> None:
    pass


def _finish(
    begun: Begun, collected: Collected, anchor: tuple[int, int, int], journal: Journal, calls: _Calls
) -> Record:
    _measure_remaining(begun, collected, journal, calls.progress)
    if begun.plan.target and not any(cell.confirmation for cell in begun.plan.cells):
        record = _record(begun, collected, anchor, journal)
        plan, seconds = after_pilot(record, time.monotonic() - calls.began)
        begun = _append(begun, Confirmed(cells=plan.cells), journal)
        calls.told(f"the pilot is done; what follows takes about {format_duration(seconds)}")
        _measure_remaining(begun, collected, journal, calls.progress)
    if calls.extend:
        first = len(begun.plan.cells)
        plan = calls.extend(_record(begun, collected, anchor, journal))
        if len(plan.cells) > first:
            tried = try_cells(plan, begun.clock, calls.progress, first)
            begun = _append(begun, Extended(cells=tried.cells[first:]), journal)
            _measure_remaining(begun, collected, journal, calls.progress)
    return _record(begun, collected, anchor, journal)


def _append(begun: Begun, head: Confirmed | Extended, journal: Journal) -> Begun:
    journal.append(head)
    return _with_cells(begun, head)


def _with_cells(begun: Begun, head: Confirmed | Extended) -> Begun:
    before = () if isinstance(head, Confirmed) else begun.plan.cells
    return msgspec.structs.replace(begun, plan=msgspec.structs.replace(begun.plan, cells=before + head.cells))


def _measure_remaining(begun: Begun, collected: Collected, journal: Journal, progress: Progress) -> None:
    for head, columns in _remaining(begun, collected, progress):
        collected.add(head, journal.append(head, columns).columns)


def _record(begun: Begun, collected: Collected, anchor: tuple[int, int, int], journal: Journal) -> Record:
    return Record(
        plan=begun.plan,
        host=begun.host,
        clock=host.refine_clock(begun.clock, anchor),
        tool=begun.tool,
        trials=tuple(collected.trials),
        wall_trials=tuple(collected.walls),
        samples=collected.samples(journal),
    )


def _remaining(
    begun: Begun, collected: Collected, progress: Progress
) -> Iterator[tuple[CellDone | WallDone, _Columns]]:
    plan = begun.plan
    blocks = design.blocks(plan)
    total = sum(map(len, blocks))
    position = 0
    since = time.monotonic()
    for run, entries in enumerate(blocks):
        parts: Counter[tuple[str, int]] = Counter()
        for kind, index, seed in entries:
            position += 1
            part = parts[kind, index]
            parts[kind, index] += 1
            if (kind, index, run, part) in collected.done:
                continue
            if kind == "wall":
                progress(" ".join(plan.walls[index]), position - 1, total)
                yield prove_wall(plan, begun.clock, index, run, seed), ()
                since = time.monotonic()
            else:
                progress(plan.cells[index].id, position - 1, total)
                trial = Trial(cell=index, run=run, position=position, seed=seed, part=part, phase=_phase(plan, run))
                # What it takes to keep a trial is part of the next one's time.
                done, columns = _measure(plan, begun.clock, trial)
                since, before = time.monotonic(), since
                yield CellDone(trial=msgspec.structs.replace(done, took_s=since - before)), columns


def _phase(plan: Plan, run: int) -> str:
    return PILOT if plan.target and run < plan.profile.runs else ""


def _measure(plan: Plan, clock: Clock, trial: Trial) -> tuple[Trial, _Columns]:
    index = trial.cell
    cell = design.in_run(plan, plan.cells[index], trial.run)
    profile = design.profile_of(plan, cell)
    rate = PRIMITIVES[cell.primitive].offered_rate(cell.factors)
    order = order_of(
        cell,
        clock,
        trial.seed,
        batch=cell.batch,
        dither=int(cell.batch * dither_share(cell.batch)),
        samples=cell.samples,
        chunk=cell.chunk,
        warmup_s=profile.warmup_s,
        budget_s=OVERRUN * profile.trial_s,
        deadline_s=deadline_seconds(cell, profile.trial_s) + (cell.samples / rate if rate else 0.0),
    )
    cpus = {cell.driver_cpu, cell.peer_cpu}
    before = _COUNTERS.read(cpus)
    try:
        raw = native.carry_out(order)
    except (MeasureError, UnsupportedError) as error:
        failed = msgspec.structs.replace(trial, error=str(error), unsupported=isinstance(error, UnsupportedError))
        return failed, ()
    trial = msgspec.structs.replace(
        trial,
        count=raw.ticks.size,
        cold_ns=raw.cold_ticks * _NS / clock.hertz,
        seconds=(raw.end_ns - raw.begin_ns) / _NS,
        driver=raw.driver,
        party=raw.party if order.peer else None,
        around=_COUNTERS.since(before, cpus),
    )
    trial = msgspec.structs.replace(trial, flags=flag_trial(trial, cell))
    scales = [_NS / clock.hertz if c.unit == "s" else 1.0 for c in plan.cells if c.of == index]
    return trial, _columns(raw, _NS / clock.hertz, scales) if trial.count else ()


def _columns(raw: native.Raw, scale: float, reading_scales: list[float]) -> Iterator[NDArray[Any]]:
    """Values, ops, and the values of each reading; one at a time, as a trial may be large."""
    yield raw.ticks * scale
    yield raw.ops
    for i, reading_scale in enumerate(reading_scales):
        yield raw.readings[:, i] * reading_scale
