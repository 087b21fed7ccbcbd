"""From a plan to a record: pilot, randomised blocks of fresh workers, journal, resume."""

import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from partywall import _build, design, host, native
from partywall.budget import deadline_seconds, is_slow
from partywall.calibration import check_clock
from partywall.catalog import EMPTY, PRIMITIVES
from partywall.catalog.declaration import LOAD
from partywall.collected import Begun, CellDone, Collected, Extended, WallDone
from partywall.errors import MeasureError, PartywallError, SessionError, UnsupportedError
from partywall.interference import flag_trial
from partywall.journal import Frame, Journal, journal_path
from partywall.kernel_counters import Reader
from partywall.model import Clock, Plan, PlannedCell, State, Trial
from partywall.proving import prove_wall
from partywall.record import Record
from partywall.store import read, remove_leftovers, write

__all__ = ["Extend", "Progress", "measure_plan", "resume_session", "tool_facts"]

Progress = Callable[[str, int, int], None]
"""Called as (what, done, total) before each trial."""

Extend = Callable[[Record], Plan]
"""Given what was measured, the plan with what is to be measured as well, at its end."""

_PILOT_S = 0.002
_PILOT_SAMPLES = 200
_PILOT_BATCH = 512
_NS = 1e9
_PILOT_CHUNK = {"c": 10, "python": 1}
_COUNTERS = Reader()


_Frame = Begun | Extended | CellDone | WallDone
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


def measure_plan(
    plan: Plan, target: Path | None = None, progress: Progress | None = None, extend: Extend | None = None
) -> Record:
    """Pilot every cell, measure all blocks, and write the session to ``target`` if there is one.

    ``extend`` is asked once, after the last block, for cells to measure in blocks of their own.

    The samples lie in that file, or in a temporary one without a name.  A cell that the machine cannot do
    becomes ``unsupported``, one that fails keeps the error in its trials; the others go on.  MeasureError
    only if the clock arm itself fails; PartywallError if nothing can be written, what was measured being kept.
    """
    clock, anchor = host.calibrate_clock()
    clock = check_clock(clock, plan)
    plan = _pilot(plan, clock, progress or _silent, 0)
    begun = Begun(plan=plan, host=host.fingerprint(), clock=clock, tool=tool_facts())
    if target is None:
        journal = Journal.create()
        return _finish(begun, Collected(), anchor, progress, journal, extend)
    with Journal.create(journal_path(target)) as journal:
        journal.append(begun)
        return _save(_finish(begun, Collected(), anchor, progress, journal, extend), target, journal)


def resume_session(target: Path, progress: Progress | None = None, extend: Extend | None = None) -> Record:
    """Finish a session that was interrupted, from the journal beside ``target``.

    ``extend`` is asked as `measure_plan` does, unless it was before the interruption.

    SessionError if there is no journal, or if it was begun on another machine or with another clock.
    """
    path = journal_path(target)
    collected = Collected()
    begun: Begun | None = None
    extended: Extended | None = None
    decoder = msgspec.msgpack.Decoder(_Frame)

    def take(frame: Frame) -> None:
        nonlocal begun, extended
        try:
            head = decoder.decode(frame.head)
        except msgspec.MsgspecError as error:
            raise SessionError(f"{path}: a frame is not of this version: {error}") from None
        if isinstance(head, Begun):
            begun = head
        elif isinstance(head, Extended):
            extended = head
        else:
            collected.add(head, frame.columns)

    with Journal.reopen(path, take) as journal:
        if begun is None:
            raise SessionError(f"{path} holds no plan: nothing was measured yet")
        if extended:
            begun, extend = _with_cells(begun, extended), None
        if target.exists():
            return _found_finished(begun, target, journal)
        _check_machine(begun, path)
        remove_leftovers(target)
        anchor = native.clock_anchor(begun.clock.source)
        return _save(_finish(begun, collected, anchor, progress, journal, extend), target, journal)


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


_PLACED = frozenset({"image", "peer", "placement", "target"})


def _order(cell: PlannedCell, clock: Clock, seed: int, **more: Any) -> native.Order:
    factors = cell.factors
    primitive = PRIMITIVES[cell.primitive]
    numbers = {name: primitive.factor(name).number(level) for name, level in factors.items()}
    # The peer of the create family is the thing created, not a second party of the harness.
    peer = factors.get("peer", "") if native.primitives().get(cell.primitive) else ""
    rate = primitive.offered_rate(factors)
    return native.Order(
        subject=cell.primitive,
        clock=clock.source,
        language=primitive.language,
        image=factors.get("image", "pristine"),
        peer=peer,
        parties=numbers.get("tasks", 2) if peer else 1,
        readings=primitive.reads(factors),
        period=round(clock.hertz / rate) if rate else 0,
        spin=round(numbers.get("spin", 0) * clock.hertz / _NS),
        spin_outside=round(numbers.get("spin_outside", 0) * clock.hertz / _NS),
        driver_cpu=cell.driver_cpu,
        peer_cpu=cell.peer_cpu,
        seed=seed,
        settings={name: (level, numbers[name]) for name, level in factors.items() if name not in _PLACED},
        target=factors.get("target", "static"),
        directory=tempfile.gettempdir(),
        **more,
    )


def _pilot(plan: Plan, clock: Clock, progress: Progress, first: int) -> Plan:
    """The plan with the batches of the cells from place ``first`` on."""
    empty = next((cell for cell in plan.cells if cell.primitive == "empty"), None)
    if empty is None:
        return plan
    # By the id of the empty arm; that of Python is measured once a cell needs it.
    overheads = {empty.id: _sample_s(empty, clock, 1)}
    cells = list(plan.cells[:first])
    for i, cell in enumerate(plan.cells[first:], first):
        progress(f"pilot {cell.id}", i, len(plan.cells))
        cells.append(_piloted(cell, plan, clock, overheads) if design.is_measured(cell) else cell)
    # What a cell reads shares its fate.
    for i, cell in enumerate(cells[first:], first):
        if cell.of >= 0:
            source = cells[cell.of]
            cells[i] = msgspec.structs.replace(
                cell, samples=source.samples, chunk=source.chunk, state=source.state, reason=source.reason
            )
    return msgspec.structs.replace(plan, cells=tuple(cells))


def _piloted(cell: PlannedCell, plan: Plan, clock: Clock, overheads: dict[str, float]) -> PlannedCell:
    try:
        sample_s = _sample_s(cell, clock, 1)
        arm = _empty_arm(cell, plan)
        if arm.id not in overheads:
            overheads[arm.id] = _sample_s(arm, clock, 1)
        overhead_s = overheads[arm.id]
        op_s = sample_s - overhead_s
        if op_s < design.PER_OP_OVERHEADS * overhead_s:
            op_s = (_sample_s(cell, clock, _PILOT_BATCH) - overhead_s) / _PILOT_BATCH
    except UnsupportedError as error:
        return msgspec.structs.replace(cell, state=State.UNSUPPORTED, reason=str(error))
    except MeasureError as error:
        return msgspec.structs.replace(cell, state=State.INVALID, reason=str(error))
    return design.with_batch(cell, op_s, overhead_s, clock, design.profile_of(plan, cell))


def _empty_arm(cell: PlannedCell, plan: Plan) -> PlannedCell:
    """The empty arm of the cell's language, in its image if the plan has it there."""
    name = EMPTY[PRIMITIVES[cell.primitive].language]
    arms = [arm for arm in plan.cells if arm.primitive == name]
    return next((arm for arm in arms if arm.factors.get("image") == cell.factors.get("image")), arms[0])


def _sample_s(cell: PlannedCell, clock: Clock, batch: int) -> float:
    language = PRIMITIVES[cell.primitive].language
    # In a closed loop: what one op takes is asked, not how long it waits for the one before.
    order = _order(
        msgspec.structs.replace(cell, factors={k: v for k, v in cell.factors.items() if k != LOAD.name}),
        clock,
        1,
        batch=batch,
        samples=_PILOT_SAMPLES,
        chunk=1 if is_slow(cell) else _PILOT_CHUNK[language],
        warmup_s=_PILOT_S / 2,
        budget_s=_PILOT_S,
        deadline_s=deadline_seconds(cell, _PILOT_S),
    )
    return float(np.median(native.carry_out(order).ticks)) / clock.hertz


def _finish(
    begun: Begun,
    collected: Collected,
    anchor: tuple[int, int, int],
    progress: Progress | None,
    journal: Journal,
    extend: Extend | None,
) -> Record:
    report = progress or _silent
    _measure_remaining(begun, collected, report, journal)
    if extend:
        first = len(begun.plan.cells)
        plan = extend(_record(begun, collected, anchor, journal))
        if len(plan.cells) > first:
            extended = Extended(cells=_pilot(plan, begun.clock, report, first).cells[first:])
            journal.append(extended)
            begun = _with_cells(begun, extended)
            _measure_remaining(begun, collected, report, journal)
    return _record(begun, collected, anchor, journal)


def _with_cells(begun: Begun, extended: Extended) -> Begun:
    plan = msgspec.structs.replace(begun.plan, cells=begun.plan.cells + extended.cells)
    return msgspec.structs.replace(begun, plan=plan)


def _measure_remaining(begun: Begun, collected: Collected, progress: Progress, journal: Journal) -> None:
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
    for run, entries in enumerate(blocks):
        for kind, index, seed in entries:
            position += 1
            if (kind, index, run) in collected.done:
                continue
            if kind == "wall":
                progress(" ".join(plan.walls[index]), position - 1, total)
                yield prove_wall(plan, begun.clock, index, run, seed), ()
            else:
                progress(plan.cells[index].id, position - 1, total)
                yield _measure(plan, begun.clock, index, run, position, seed)


def _measure(plan: Plan, clock: Clock, index: int, run: int, position: int, seed: int) -> tuple[CellDone, _Columns]:
    cell = plan.cells[index]
    profile = design.profile_of(plan, cell)
    trial = Trial(cell=index, run=run, position=position, seed=seed)
    rate = PRIMITIVES[cell.primitive].offered_rate(cell.factors)
    order = _order(
        cell,
        clock,
        seed,
        batch=cell.batch,
        dither=int(cell.batch * design.dither_share(cell.batch)),
        samples=cell.samples,
        chunk=cell.chunk,
        warmup_s=profile.warmup_s,
        budget_s=1.5 * profile.trial_s,
        deadline_s=deadline_seconds(cell, profile.trial_s) + (cell.samples / rate if rate else 0.0),
    )
    cpus = {cell.driver_cpu, cell.peer_cpu}
    before = _COUNTERS.read(cpus)
    try:
        raw = native.carry_out(order)
    except (MeasureError, UnsupportedError) as error:
        failed = msgspec.structs.replace(trial, error=str(error), unsupported=isinstance(error, UnsupportedError))
        return CellDone(trial=failed), ()
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
    return CellDone(trial=trial), _columns(raw, _NS / clock.hertz, scales) if trial.count else ()


def _columns(raw: native.Raw, scale: float, reading_scales: list[float]) -> Iterator[NDArray[Any]]:
    """Values, ops, and the values of each reading; one at a time, as a trial may be large."""
    yield raw.ticks * scale
    yield raw.ops
    for i, reading_scale in enumerate(reading_scales):
        yield raw.readings[:, i] * reading_scale
