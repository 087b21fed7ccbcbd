"""What the reports say of each wall, whatever they are set in."""

from collections.abc import Iterable, Iterator

from partywall.model import Estimate, Outcome, WallResult

__all__ = ["detection", "reasons_of"]

_EXPLAINED = (Outcome.INVALID, Outcome.UNSUPPORTED)
# By a wait for the end as such, whatever other routes there are.
_DETECTION = ("waitpid", "detection")


def detection(wall: WallResult | None) -> Estimate | None:
    """The time from the fault to when it is known; None where that was not taken."""
    found = (wall.evidence.get(name) for name in _DETECTION) if wall else ()
    return next((value for value in found if isinstance(value, Estimate)), None)


def reasons_of(walls: Iterable[WallResult]) -> Iterator[str]:
    """Each reason once, whatever number of walls shares it."""
    said: dict[str, list[WallResult]] = {}
    for wall in walls:
        if wall.reason and wall.outcome in _EXPLAINED:
            said.setdefault(wall.reason.removeprefix(f"{wall.id}: "), []).append(wall)
        if wall.exception:
            said.setdefault(wall.exception, []).append(wall)
    for text, members in said.items():
        hosts = ", ".join(dict.fromkeys(wall.host for wall in members))
        more = f" and {len(members) - 1} more" if len(members) > 1 else ""
        yield f"{members[0].id}{more} ({hosts}): {text}"
