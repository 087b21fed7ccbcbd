"""Crashes: which facts say that the attack happened, that it failed, and that the probe is not blind."""

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

_CRASHES = {
    "segv_unmapped": "a load from an unmapped page",
    "segv_readonly": "a store to a read-only page",
    "segv_kernel": "a load of a kernel address",
    "bus": "a load past the end of a mapped file",
    "ill": "an illegal instruction",
    "fpe": "an integer division by zero",
    "abort": "abort()",
}


def _crash(cause: str, title: str) -> tuple[Wall, Wall]:
    died = (Expected("did_not_crash", 0), Expected("signal", "expected_signal"))
    process = Wall(
        name=f"crash.{cause}",
        host="process",
        title=f"{title}, in a child process",
        happened=(*died, Expected("code_expected", 1), Expected("address_expected", 1)),
        attack_fails=(
            Expected("parent_survived", 1),
            Expected("parent_changed", 0),
            Expected("parent_checksum_after", "parent_checksum_before"),
            Expected("sibling_alive", 1),
            Expected("sibling_answered", 1),
            Expected("sibling_changed", 0),
            Expected("descriptors_intact", 1),
        ),
        control=(Expected("control_died", 1),),
    )
    thread = Wall(
        name=f"crash.{cause}",
        host="thread",
        title=f"{title}, in a thread",
        happened=(Expected("did_not_crash", 0),),
        attack_fails=(Expected("host_died", 0), Expected("sibling_thread_alive", 1)),
        control=(Expected("control_alive", 1),),
    )
    return process, thread


WALLS = tuple(wall for cause, title in _CRASHES.items() for wall in _crash(cause, title))
