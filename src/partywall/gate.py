"""Whether claims hold, as a gate asks: what each verdict amounts to, and which of them decides."""

from collections.abc import Iterable
from enum import StrEnum

from partywall.estimate import Frozen
from partywall.judge import unanswered
from partywall.model import Cell, Claim, Quantity, Verdict, VerdictKind, WallResult
from partywall.record import Record

__all__ = ["Checked", "Gate", "Standing", "open_gate", "standing_of"]


class Standing(StrEnum):
    """What a verdict amounts to for who only wants to know whether it is so, the worst first."""

    FAILS = "fails"
    UNDECIDED = "undecided"
    UNSUPPORTED = "unsupported"
    HOLDS = "holds"


_STANDINGS = {
    VerdictKind.BROKEN: Standing.FAILS,
    VerdictKind.ABOVE: Standing.FAILS,
    VerdictKind.BELOW: Standing.FAILS,
    VerdictKind.INVALID: Standing.UNDECIDED,
    VerdictKind.TIMER_LIMITED: Standing.UNDECIDED,
    VerdictKind.NOT_STEADY: Standing.UNDECIDED,
    VerdictKind.NOISY: Standing.UNDECIDED,
    VerdictKind.INDETERMINATE: Standing.UNDECIDED,
    VerdictKind.UNSUPPORTED: Standing.UNSUPPORTED,
    VerdictKind.HOLDS_WITH_EXCEPTIONS: Standing.HOLDS,
    VerdictKind.HOLDS: Standing.HOLDS,
    VerdictKind.WITHIN: Standing.HOLDS,
}
_WORST_FIRST = list(_STANDINGS)
_EXIT_CODES = {Standing.FAILS: 1, Standing.UNDECIDED: 3, Standing.UNSUPPORTED: 4, Standing.HOLDS: 0}


def standing_of(verdict: Verdict) -> Standing:
    """What one verdict amounts to: a bound is met, missed, undecided, or nothing that this machine can say."""
    return _STANDINGS[verdict.verdict]


class Checked(Frozen, frozen=True):
    """One claim with its verdicts, the worst first; there is at least one."""

    claim: Claim
    verdicts: tuple[Verdict, ...]

    @property
    def standing(self) -> Standing:
        """That of the worst verdict."""
        return standing_of(self.verdicts[0])


class Gate(Frozen, frozen=True):
    """Every claim that was checked, the worst first; of equals in the order of the document."""

    checked: tuple[Checked, ...]

    def count(self, standing: Standing) -> int:
        """How many claims stand so."""
        return sum(one.standing == standing for one in self.checked)

    def exit_code(self, allowed: Iterable[Standing] = ()) -> int:
        """1 if a claim fails, else 3 if one is undecided, else 4 if one is unsupported, else 0.

        Those ``allowed`` count as holding.
        """
        found = {one.standing for one in self.checked} - set(allowed)
        return next((_EXIT_CODES[standing] for standing in Standing if standing in found), 0)


def open_gate(
    record: Record,
    cells: tuple[Cell, ...],
    walls: tuple[WallResult, ...],
    claims: tuple[Claim, ...],
    verdicts: tuple[Verdict, ...],
) -> Gate:
    """Put the verdicts of `judge` in order, claim by claim.

    A quantity of which the record has nothing gets an INVALID verdict: what was not looked at does not hold.
    Claims of nothing but crossings are left out; a crossing is told, not judged.
    """
    found: dict[str, list[Verdict]] = {claim.id: [] for claim in claims if claim.quantities}
    for verdict in verdicts:
        found[verdict.claim].append(verdict)
    for claim, quantity in unanswered(record, cells, walls, claims):
        found[claim.id].append(_missing(claim, quantity))
    by_id = {claim.id: claim for claim in claims}
    checked = [Checked(claim=by_id[name], verdicts=tuple(sorted(of, key=_rank))) for name, of in found.items()]
    return Gate(checked=tuple(sorted(checked, key=lambda one: _rank(one.verdicts[0]))))


def _rank(verdict: Verdict) -> int:
    return _WORST_FIRST.index(verdict.verdict)


def _missing(claim: Claim, quantity: Quantity) -> Verdict:
    factors = ", ".join(f"{name}={level}" for name, level in quantity.factors.items())
    other = quantity.minus or quantity.over
    named = f"{quantity.primitive}[{factors}]" if quantity.primitive else f"{quantity.wall} ({quantity.host})"
    if other:
        named += f" {'minus' if quantity.minus else 'over'} " + ", ".join(other.values())
    return Verdict(
        claim=claim.id,
        says=claim.says,
        cell="",
        quantity=named,
        verdict=VerdictKind.INVALID,
        why="the session has nothing of it",
        source=claim.source,
        unit="1" if quantity.over or quantity.wall else "s",
        bounds=(claim.low, claim.high),
    )
