"""The machine compared with itself: pairs of identical cells, interleaved, each with trials and workers of its own."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from partywall import api, design
from partywall.errors import PartywallError
from partywall.judge import judge
from partywall.model import Cell, Claim, ClaimKind, Grid, Plan, Profile, Quantity, State, Verdict
from partywall.record import Record
from partywall.selftest.checks import Check, Demand, Tally

__all__ = ["PAIRED", "PairSize", "Progress", "check_pairs", "compare_arms", "plan_pairs"]

Progress = Callable[[str, int, int], None]

PAIRED: tuple[tuple[str, dict[str, str]], ...] = (
    ("null_syscall", {}),
    ("pipe_pingpong", {"peer": "process", "placement": "same-cpu"}),
    ("fork_wait", {}),
)
"""What is compared with itself: short and alone, two parties that share a CPU, one that creates a process."""

_DOUBTFUL = (State.NOISY, State.NOT_STEADY)
_NOTHING = {"spin": "0ns"}
"""A spin of no time is no spin: the arm that has this level does the same, and can be told from the other."""


class PairSize(msgspec.Struct, frozen=True):
    """``sessions`` of ``pairs`` pairs of each cell, ``runs`` runs with trials of ``trial_s`` seconds."""

    sessions: int
    pairs: int
    runs: int
    trial_s: float

    def profile(self) -> Profile:
        """The profile under which the pairs are measured."""
        return Profile(name="selftest", runs=self.runs, trial_s=self.trial_s, warmup_s=self.trial_s / 3)


def plan_pairs(cases: Sequence[tuple[str, dict[str, str]]], pairs: int, profile: Profile, seed: int) -> Plan:
    """A session of so many pairs of each case, beside the reference arms: the arms of a pair differ in name only."""
    grids: list[Grid] = []
    for name, factors in cases:
        levels: dict[str, tuple[str, ...]] = {factor: (level,) for factor, level in factors.items()}
        grids.append(Grid(names=(name,), factors=levels))
    plan = design.plan_session(grids, profile, seed)
    cells = list(plan.cells)
    for name, factors in cases:
        cell = next(c for c in plan.cells if c.primitive == name and factors.items() <= c.factors.items())
        for number in range(pairs):
            cells.append(msgspec.structs.replace(cell, id=f"{cell.id}#{number}a"))
            cells.append(msgspec.structs.replace(cell, id=f"{cell.id}#{number}b", factors=cell.factors | _NOTHING))
    return msgspec.structs.replace(plan, cells=tuple(cells))


def check_pairs(part: str, size: PairSize, seed: int, progress: Progress) -> Iterator[Check]:
    """How often the interval of the difference of two identical cells leaves out zero; for each of `PAIRED`.

    A pair with a cell that is flagged as noisy, or otherwise without an answer, counts as refused.  What its
    interval would have said is told as well.
    """
    tallies = {name: Tally() for name, _ in PAIRED}
    regardless = {name: Tally() for name, _ in PAIRED}
    reasons: dict[str, str] = {}
    for session in range(size.sessions):
        try:
            planned = plan_pairs(PAIRED, size.pairs, size.profile(), seed + session)
            done = api.carry_out(planned, progress=_Part(progress, part, session, size.sessions))
        except PartywallError as error:
            reasons = {name: str(error) for name in tallies}
            break
        for first, second in _pairs(planned, done.cells):
            if first.state == State.UNSUPPORTED:
                reasons[first.primitive] = first.reason
                continue
            _count(compare_arms(done.record, first, second, _NOTHING), tallies[first.primitive])
            first, second = _without_flags(first), _without_flags(second)
            _count(compare_arms(done.record, first, second, _NOTHING), regardless[first.primitive])
    for name in tallies:
        for tally, what, demand in (
            (tallies[name], "false alarm", Demand.AT_MOST),
            (regardless[name], "false alarm, flags ignored", Demand.TOLD),
        ):
            yield tally.check(
                part=part,
                what=what,
                condition=f"{name} and itself",
                runs=size.runs,
                demand=demand,
                nominal=0.05,
                unsupported=reasons.get(name, ""),
            )


def _count(verdict: Verdict, tally: Tally) -> None:
    if verdict.low is None or verdict.high is None:
        tally.refuse(verdict.why)
    else:
        tally.count(not verdict.low <= 0 <= verdict.high)


def _without_flags(cell: Cell) -> Cell:
    """The cell as if nothing had disturbed it."""
    return msgspec.structs.replace(cell, state=State.OK) if cell.state in _DOUBTFUL else cell


def _pairs(plan: Plan, cells: tuple[Cell, ...]) -> Iterator[tuple[Cell, Cell]]:
    found = {cell.id: cell for cell in cells}
    for cell in plan.cells:
        if "#" in cell.id and cell.id.endswith("a"):
            yield found[cell.id], found[f"{cell.id[:-1]}b"]


def compare_arms(record: Record, first: Cell, second: Cell, minus: dict[str, str]) -> Verdict:
    """The contrast of two cells of a session, as `judge` makes it.

    ``minus`` holds the factors in which the second differs from the first.
    """
    quantity = Quantity(primitive=first.primitive, factors=first.factors, minus=minus)
    claim = Claim(id="difference", says="", kind=ClaimKind.RANGE, source="", quantities=(quantity,), low=0.0)
    verdicts = judge(record, (first, second), (), (claim,))
    return next(verdict for verdict in verdicts if verdict.cell == first.id)


class _Part:
    """The progress of one of several sessions, as a share of all of them."""

    def __init__(self, progress: Progress, part: str, session: int, sessions: int) -> None:
        self._progress, self._part = progress, part
        self._session, self._sessions = session, sessions

    def __call__(self, what: str, done: int, total: int) -> None:
        self._progress(f"{self._part}: {what}", self._session * total + done, self._sessions * total)
