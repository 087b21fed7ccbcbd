"""The judgement of claims that something holds, from the outcomes of walls and doors."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from partywall.model import Claim, Control, Outcome, Quantity, Verdict, VerdictKind, WallResult

__all__ = ["rule_walls"]


def rule_walls(claim: Claim, quantity: Quantity, walls: Iterable[WallResult]) -> Iterator[Verdict]:
    """One verdict on all walls that the quantity's pattern and host match; none if there is no such wall.

    BROKEN if one is broken, else INVALID if one could not be proved, UNSUPPORTED if none could be probed here,
    HOLDS-WITH-EXCEPTIONS if a door that the pattern matches is open here, of whatever host, and otherwise HOLDS.
    The exceptions name those doors; walls that this machine cannot probe are named too.
    """
    matching = [wall for wall in walls if fnmatchcase(wall.id, quantity.wall)]
    doors = [wall for wall in matching if wall.outcome == Outcome.OPEN]
    probed = [wall for wall in matching if fnmatchcase(wall.host, quantity.host) and wall.outcome not in _NO_WALLS]
    if not probed:
        return
    kind, why = _rule(probed, doors)
    yield Verdict(
        claim=claim.id,
        says=claim.says,
        cell=quantity.wall,
        quantity=f"{quantity.wall}, {quantity.host}",
        verdict=kind,
        why=quantity.why.get(kind.value, why),
        source=claim.source,
        unit="1",
        exceptions=tuple(_exceptions(doors)),
    )


def _exceptions(doors: list[WallResult]) -> Iterator[str]:
    """Each rule once, with all whom it lets through."""
    by_rule: dict[str, list[WallResult]] = {}
    for door in doors:
        by_rule.setdefault(door.exception, []).append(door)
    for rule, members in by_rule.items():
        names = list(dict.fromkeys(door.id for door in members))
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"{names[0]}{more} ({', '.join(dict.fromkeys(door.host for door in members))}): {rule}"


_NO_WALLS = (Outcome.OPEN, Outcome.SHUT, Outcome.REPORTED)


def _rule(walls: list[WallResult], doors: list[WallResult]) -> tuple[VerdictKind, str]:
    by_outcome = {outcome: [wall for wall in walls if wall.outcome == outcome] for outcome in Outcome}
    # Whatever a session says of its outcome: nothing holds that a blind probe has looked at.
    blind = [wall for wall in by_outcome[Outcome.HOLDS] if wall.control != Control.DETECTED]
    holding = len(by_outcome[Outcome.HOLDS]) - len(blind)
    if broken := by_outcome[Outcome.BROKEN]:
        return VerdictKind.BROKEN, _named(broken, "the attack came through")
    if invalid := by_outcome[Outcome.INVALID]:
        return VerdictKind.INVALID, _named(invalid, "the attack did not take place")
    if blind:
        return VerdictKind.INVALID, _named(blind, "the positive control saw nothing, so the probe may be blind")
    missing = by_outcome[Outcome.UNSUPPORTED]
    if not holding:
        return VerdictKind.UNSUPPORTED, _named(missing, "this machine cannot run the probe")
    held = f"{holding} of {len(walls)} held against every attack, and their positive controls saw the breach"
    if missing:
        held += f"; not probed here: {', '.join(wall.id for wall in missing)}"
    return (VerdictKind.HOLDS_WITH_EXCEPTIONS if doors else VerdictKind.HOLDS), held


def _named(walls: list[WallResult], otherwise: str) -> str:
    first = walls[0]
    more = f", and {len(walls) - 1} more" if len(walls) > 1 else ""
    return f"{first.id} ({first.host}): {first.reason or otherwise}{more}"
