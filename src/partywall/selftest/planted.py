"""Effects of known size planted on the machine: does the interval of the difference hold them, and are they seen?

Both arms spin twice for each op: one for a nanosecond inside and the planted time outside of the timed region,
the other the other way round.  So both pay for the clock reads of a spin, and two tasks that share a CPU, which are
scheduled by what they use of it, see no difference.
"""

from collections.abc import Iterable

import msgspec

from partywall import api, design
from partywall.errors import PartywallError
from partywall.model import Cell, Estimate, Grid, Profile
from partywall.selftest.checks import Check, Demand, Tally
from partywall.selftest.pairs import Progress, compare_arms
from partywall.session import Session

__all__ = ["CASES", "SHARES", "Found", "PlantedSize", "check_planted", "plant"]

SHARES = (0.01, 0.03, 0.10)

CASES: tuple[tuple[str, dict[str, str]], ...] = (
    ("null_syscall", {}),
    ("fork_wait", {}),
    ("pipe_pingpong", {"peer": "process", "placement": "same-cpu"}),
    ("vfork_wait", {}),
    ("thread_create_join", {}),
    ("futex_pingpong", {"peer": "process", "placement": "same-cpu"}),
)


class PlantedSize(msgspec.Struct, frozen=True):
    """``sessions`` of each of the first ``cases`` of `CASES`, with ``runs`` runs of ``trial_s`` seconds."""

    sessions: int
    cases: int
    runs: int
    trial_s: float


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One planted effect, in nanoseconds per op: what was planted, and what was found if anything was.

    ``step`` is that of the clock, shared among the ops of a sample: a spin of less cannot be told.
    """

    primitive: str
    share: float
    typical: float
    planted: float
    step: float
    found: Estimate | None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the interval, widened by one step of the clock, holds what was planted."""
        found = self.found
        return found is not None and found.low - self.step <= self.planted <= found.high + self.step

    @property
    def seen(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.found is not None and not self.found.low <= 0 <= self.found.high


def plant(
    primitive: str, factors: dict[str, str], profile: Profile, seed: int, progress: Progress | None = None
) -> tuple[Found, ...]:
    """Plant each of `SHARES` of an op's typical time into the op, all arms interleaved in one session.

    Raises:
        UnsupportedError, MeasureError: this machine cannot do the op, or it failed.
    """
    typical = api.measure(primitive, seed=seed, precision=None, **factors).typical.value * 1e9
    planted = {share: round(share * typical) or 1 for share in SHARES}
    arms = [(1 + t, 1) for t in planted.values()] + [(1, 1 + t) for t in planted.values()]
    fixed: dict[str, tuple[str, ...]] = {name: (level,) for name, level in factors.items()}
    grids = [
        Grid(names=(primitive,), factors=fixed | {"spin": (f"{inside}ns",), "spin_outside": (f"{outside}ns",)})
        for inside, outside in dict.fromkeys(arms)
    ]
    session = api.carry_out(design.plan_session(grids, profile, seed), progress=progress)
    step = session.record.clock.resolution_s * 1e9
    return tuple(_find(session, primitive, share, typical, t, step) for share, t in planted.items())


def _find(session: Session, primitive: str, share: float, typical: float, planted: int, step: float) -> Found:
    inside = _arm(session.cells, primitive, f"{1 + planted}ns", "1ns")
    outside = _arm(session.cells, primitive, "1ns", f"{1 + planted}ns")
    verdict = compare_arms(
        session.record, inside, outside, {name: outside.factors[name] for name in ("spin", "spin_outside")}
    )
    estimate = None
    if verdict.value is not None and verdict.low is not None and verdict.high is not None:
        estimate = Estimate(value=verdict.value * 1e9, low=verdict.low * 1e9, high=verdict.high * 1e9, unit="ns")
    return Found(
        primitive=primitive,
        share=share,
        typical=typical,
        planted=planted,
        step=step / max(inside.batch, 1),
        found=estimate,
        why=verdict.why,
    )


def _arm(cells: Iterable[Cell], primitive: str, spin: str, outside: str) -> Cell:
    wanted = {"spin": spin, "spin_outside": outside}
    return next(
        cell
        for cell in cells
        if cell.primitive == primitive and not cell.reading and wanted.items() <= cell.factors.items()
    )


def check_planted(size: PlantedSize, seed: int, progress: Progress) -> tuple[Check, ...]:
    """Two checks for each of `SHARES`: how often its interval holds it, and how often it is seen."""
    covered = {share: Tally() for share in SHARES}
    seen = {share: Tally() for share in SHARES}
    reason = ""
    profile = Profile(name="selftest", runs=size.runs, trial_s=size.trial_s, warmup_s=size.trial_s / 5)
    work = [(session, case) for session in range(size.sessions) for case in CASES[: size.cases]]
    for done, (session, (primitive, factors)) in enumerate(work):
        progress(f"planted effects, {primitive}", done, len(work))
        try:
            found = plant(primitive, factors, profile, seed + session)
        except PartywallError as error:
            reason = str(error)
            continue
        for one in found:
            if one.found is None:
                covered[one.share].refuse(one.why)
                seen[one.share].refuse(one.why)
                continue
            seen[one.share].count(one.seen)
            covered[one.share].add(one.found.low - one.step, one.found.high + one.step, one.planted)
    return tuple(
        check
        for share in SHARES
        for check in (
            _check("planted effect held", share, size, covered[share], Demand.COVERAGE, reason),
            _check("planted effect seen", share, size, seen[share], Demand.TOLD, reason),
        )
    )


def _check(what: str, share: float, size: PlantedSize, tally: Tally, demand: Demand, reason: str) -> Check:
    return tally.check(
        part="machine",
        what=what,
        condition=f"{share:.0%} of an op",
        runs=size.runs,
        demand=demand,
        width=tally.width,
        unsupported=reason,
    )
