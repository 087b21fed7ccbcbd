"""Crashes: which facts say that the attack happened, that it failed, and that the probe is not blind."""

from typing import Any

from partywall.catalog.crash_causes import CAUSES, Cause, Effect
from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

# A second of CPU time may take long where the CPU is shared.
_SLOW_DEADLINE_S = 60.0
_HAPPENED = (Expected("did_not_crash", 0), Expected("other_endings", 0))
_CAUSE = (Expected("signal", "expected_signal"), Expected("code_expected", 1), Expected("address_expected", 1))
_STATUS = Expected("exit_status", "expected_exit_status")
_SUBDUED = Expected("subdued", 1)
# What is to be seen of each effect beside, in a process that fell; older sessions know deaths only.
_EFFECTS: dict[Effect, tuple[Expected, ...]] = {
    Effect.EXIT: (_STATUS,),
    Effect.REFUSAL: (_STATUS,),
    Effect.STOP: (_SUBDUED,),
    Effect.DEAF: (_SUBDUED,),
}
_INTACT = (
    Expected("parent_survived", 1),
    Expected("parent_changed", 0),
    Expected("parent_checksum_after", "parent_checksum_before"),
    Expected("sibling_alive", 1),
    Expected("sibling_answered", 1),
    Expected("sibling_changed", 0),
    Expected("descriptors_intact", 1),
)


def _process(cause: Cause) -> Wall:
    seen = _EFFECTS.get(cause.effect, ())
    unseen = () if cause.recorded else (Expected("recorded", 0),)
    refused = cause.effect == Effect.REFUSAL
    return Wall(
        name=f"crash.{cause.name}",
        host="process",
        title=f"{cause.title}, in a child process",
        happened=(*_HAPPENED, *_CAUSE, *seen, *unseen),
        attack_fails=(*_INTACT, Expected("parent_denied", 0)) if refused else _INTACT,
        control=(Expected("control_denied" if refused else "control_died", 1),),
        # Once in the child, and once in the thread of the control.
        **_pace(cause, 2 * cause.slow_s),
    )


def _thread(cause: Cause) -> Wall:
    alive = (Expected("host_died", 0), Expected("sibling_thread_alive", 1))
    refused = cause.effect == Effect.REFUSAL
    return Wall(
        name=f"crash.{cause.name}",
        host="thread",
        title=f"{cause.title}, in a thread",
        happened=_HAPPENED,
        attack_fails=(*alive, Expected("sibling_thread_denied", 0)) if refused else alive,
        control=(Expected("control_alive", 1),),
        **_pace(cause, cause.slow_s),
    )


def _pace(cause: Cause, seconds: float) -> dict[str, Any]:
    return {"runs": 1, "seconds": seconds, "deadline_s": _SLOW_DEADLINE_S} if cause.slow_s else {}


WALLS = tuple(wall for cause in CAUSES for wall in (_process(cause), _thread(cause)))
