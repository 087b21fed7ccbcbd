"""The Python API: measure, contrast, run, load, prove."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from partywall import design, host, store
from partywall.catalog import Primitive, find_primitive, find_wall
from partywall.comparison import Comparison, compare_records
from partywall.crossings import count_checks, wanted_checks
from partywall.errors import InputError, MeasureError, UnsupportedError
from partywall.judge import judge
from partywall.model import (
    Cell,
    Claim,
    ClaimKind,
    Estimate,
    Measurement,
    Plan,
    Quantity,
    State,
    VerdictKind,
    WallResult,
)
from partywall.prepare import Claims, claims_from, prepare, seed_or_fresh
from partywall.proofs import judge_walls
from partywall.record import Record
from partywall.runner import Extend, Progress, Told, measure_plan, resume_session
from partywall.session import Session

__all__ = ["carry_out", "compare", "contrast", "load", "measure", "plan", "prove", "render", "resume", "run"]


def measure(
    primitive: str,
    *,
    profile: str = "quick",
    seed: int | None = None,
    precision: float | None = None,
    **factors: str,
) -> Measurement:
    """Measure one cell: fresh workers, interleaved with the empty and the null-syscall arm.

    Args:
        primitive: its name, see ``partywall list``.
        profile: how much is measured.
        seed: of every random choice; a fresh one if None.
        precision: as for ``plan``: 0.01 for an interval of typical +- 1 %.
        factors: levels such as ``peer="process"``; the first default level elsewhere.

    Returns:
        Estimates per op, in seconds, with 95 % intervals across runs.

    Raises:
        InputError: an unknown primitive, factor or level.
        UnsupportedError: this machine cannot do it.
        MeasureError: the measurement failed or is invalid.
    """
    declared = find_primitive(primitive)
    chosen = _chosen(declared, factors)
    levels = {name: [level] for name, level in chosen.items()}
    session = run([primitive], profile=profile, seed=seed, factors=levels, precision=precision)
    cell = next(c for c in session.cells if c.primitive == primitive and c.factors == chosen and not c.reading)
    _usable(cell)
    return Measurement(cell=cell, clock=session.record.clock)


def _chosen(declared: Primitive, given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        declared.factor(name)
    levels = {
        f.name: f.parse(given.get(f.name, _first_level(f.name, f.default)), declared.name)
        for f in declared.factors
        if f.name in given or not f.optional
    }
    return declared.canonical(levels)


def _first_level(name: str, levels: Sequence[str]) -> str:
    present = host.placements() if name == "placement" else levels
    return next((level for level in levels if level in present), levels[0])


def _usable(cell: Cell) -> None:
    if cell.state == State.UNSUPPORTED:
        raise UnsupportedError(f"{cell.id}: {cell.reason}")
    if cell.estimates is None:
        raise MeasureError(f"{cell.id}: {cell.reason}")


def contrast(primitive: str, *, vary: str, profile: str = "quick", seed: int | None = None, **factors: str) -> Estimate:
    """How much the first level of a factor costs over the second, from interleaved trials.

    Args:
        primitive: its name.
        vary: the factor with two levels, such as "peer" (process minus thread).
        profile: how much is measured.
        seed: of every random choice.
        factors: fixed levels of the other factors.

    Returns:
        Seconds per op, as the Hodges-Lehmann estimate and exact signed-rank interval of the paired
        differences of run medians, widened by the clock's part.

    Raises:
        InputError: the factor does not have two levels here.
        UnsupportedError, MeasureError: as ``measure``.
    """
    declared = find_primitive(primitive)
    levels = declared.factor(vary).default
    if len(levels) != 2:
        raise InputError(f"{primitive}: {vary} has {len(levels)} default levels; a contrast needs two")
    if vary in factors:
        raise InputError(f"{primitive}: {vary} cannot both vary and be {factors[vary]!r}")
    fixed = _chosen(declared, factors)
    first, second = ({**fixed, vary: declared.factor(vary).parse(level, primitive)} for level in levels)
    chosen = {name: list(dict.fromkeys((first[name], second[name]))) for name in fixed}
    session = run([primitive], profile=profile, seed=seed, factors=chosen)
    quantity = Quantity(primitive=primitive, factors=first, minus={vary: second[vary]})
    claim = Claim(id="contrast", says="", kind=ClaimKind.RANGE, source="", quantities=(quantity,), low=0.0)
    (verdict,) = judge(session.record, session.cells, (), (claim,))
    if verdict.value is None or verdict.low is None or verdict.high is None:
        failure = UnsupportedError if verdict.verdict == VerdictKind.UNSUPPORTED else MeasureError
        raise failure(verdict.why)
    return Estimate(value=verdict.value, low=verdict.low, high=verdict.high)


def plan(
    names: Sequence[str] = (),
    *,
    profile: str | None = None,
    seed: int | None = None,
    factors: Mapping[str, Sequence[str]] | None = None,
    budget_s: float | None = None,
    precision: float | None = None,
    pooled: bool = False,
    claims: Claims = None,
) -> Plan:
    """Everything that ``run`` would measure, without measuring it.

    Args:
        names: families, primitives and walls (all by default); or one plan, a TOML file or "plan:NAME".
        profile: "quick" (the default), "standard" or "rigorous"; a plan names its own.
        seed: of every random choice; the plan's own or a fresh one if None.
        factors: levels per factor, for each primitive that takes it; not with a plan.
        budget_s: seconds of measuring at most; cuts runs, then time per trial.
        precision: half of the interval of every cell's typical over its value, for example 0.02.  The runs are then
            a pilot, from which follows how many more are measured; the profile says how long they are.
        pooled: the pilot's runs count as well: fewer are measured, and intervals cover a little less than they say.
        claims: a claims file of your own instead of the plan's or the shipped one: what it compares is measured so
            that it can be, and what it wants checked is allowed for.

    Raises:
        InputError: a name, factor, budget, precision, plan or claims file that cannot be meant.
    """
    return prepare(
        names,
        profile=profile,
        seed=seed,
        factors=factors,
        budget_s=budget_s,
        precision=precision,
        pooled=pooled,
        claims=claims,
    ).plan


def run(
    names: Sequence[str] = (),
    *,
    profile: str | None = None,
    seed: int | None = None,
    factors: Mapping[str, Sequence[str]] | None = None,
    budget_s: float | None = None,
    precision: float | None = None,
    pooled: bool = False,
    output: Path | str | None = None,
    claims: Claims = None,
    progress: Progress | None = None,
) -> Session:
    """Measure and prove everything named (families, primitives, walls; all by default), or what a plan says.

    Where the model of a sweep meets a bound of a claim, the cell at that level is measured too, after all others.

    Args:
        names: as for ``plan``.
        profile: as for ``plan``.
        seed: as for ``plan``; stored in the session.
        factors: as for ``plan``.
        budget_s: as for ``plan``.
        precision: as for ``plan``.
        pooled: as for ``plan``.
        output: session file to write; without one the samples go to a temporary file while they are wanted.
        claims: a claims file of your own instead of the plan's or the shipped one.
        progress: called as (what, done, total).

    Raises:
        InputError: a name, factor, budget, precision, plan or claims file that cannot be meant.
        PartywallError: the session cannot be written.
    """
    prepared = prepare(
        names,
        profile=profile,
        seed=seed,
        factors=factors,
        budget_s=budget_s,
        precision=precision,
        pooled=pooled,
        claims=claims,
    )
    return carry_out(prepared.plan, output=output, claims=prepared.claims, progress=progress)


def carry_out(
    planned: Plan,
    *,
    output: Path | str | None = None,
    claims: Claims = None,
    progress: Progress | None = None,
    told: Told | None = None,
) -> Session:
    """Measure a plan.

    Args:
        planned: from ``plan``.
        output: session file to write; without one the samples go to a temporary file while they are wanted.
        claims: a claims file of your own instead of the shipped one.
        progress: called as (what, done, total).
        told: called with a line once a pilot has shown how much is left.

    Raises:
        InputError: the claims file, the output or the budget cannot be meant.
        PartywallError: the session cannot be written.
    """
    claim_set = claims_from(claims)
    extend = _checks(claim_set) if count_checks(planned, claim_set) else None
    target = None if output is None else Path(output)
    if target is not None:
        store.check_target(target)
    return Session(measure_plan(planned, target, progress, extend, told), claim_set)


def _checks(claim_set: tuple[Claim, ...]) -> Extend:
    """What measures again where the models of a session meet the bounds of its claims."""

    def extend(record: Record) -> Plan:
        session = Session(record, claim_set)
        return design.extend_plan(record.plan, wanted_checks(session.samples, session.fitted, session.claims))

    return extend


def render(session: Session, kind: str = "html") -> str:
    """The session as a document: "html" for a page that opens anywhere and fetches nothing, or another format.

    These are "csv", "json", "latex", "markdown" and "text".  Raises InputError if there is no such format.
    """
    from partywall.report import render as render_result

    return render_result(kind, session.result, lambda: session.distributions)


def resume(
    output: Path | str, *, claims: Claims = None, progress: Progress | None = None, told: Told | None = None
) -> Session:
    """Finish the session that was to be written to ``output``; SessionError if there is nothing to finish."""
    claim_set = claims_from(claims)
    return Session(resume_session(Path(output), progress, _checks(claim_set), told), claim_set)


def load(path: Path | str, *, claims: Claims = None) -> Session:
    """Read a session file; works on any machine.  SessionError if it is not one."""
    claim_set = claims_from(claims)
    return Session(store.read(Path(path)), claim_set)


def compare(
    before: Session | Path | str | Sequence[Session | Path | str],
    after: Session | Path | str | Sequence[Session | Path | str],
    *,
    band: float = 0.02,
    estimate: str = "typical",
) -> Comparison:
    """Compare two sessions, or two groups of at least four each, cell by cell; works on any machine.

    Args:
        before, after: sessions or their files.
        band: relative change that does not matter.
        estimate: "typical", "mean", "trimmed", "floor", "p99" or "p999".

    Raises:
        InputError: a band or numbers of sessions that cannot be meant.
        SessionError: a file is not a session.
    """
    return compare_records(_records(before), _records(after), band, estimate)


def _records(side: Session | Path | str | Sequence[Session | Path | str]) -> list[Record]:
    members: Sequence[Session | Path | str] = [side] if isinstance(side, Session | Path | str) else side
    return [member.record if isinstance(member, Session) else store.read(Path(member)) for member in members]


def prove(wall: str, *, host: str = "process", runs: int = 9, seed: int | None = None) -> WallResult:
    """Prove one wall, with its positive control, in ``runs`` fresh workers.

    Raises:
        InputError: no such wall or host.
    """
    find_wall(wall, host)
    profile = msgspec.structs.replace(design.PROFILES["quick"], runs=runs)
    planned = Plan(seed=seed_or_fresh(seed), profile=profile, walls=((wall, host),))
    return judge_walls(measure_plan(planned))[0]
