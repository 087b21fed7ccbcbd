"""Private memory: which facts say that it was attacked, that the attack failed, and that the probe is not blind."""

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

# Every access was made, and none ended for another reason than the one that is the wall.
_MADE = (Expected("other_endings", 0),)
_REFUSED = (Expected("accesses_passed", 0), Expected("accesses_refused", "accesses_reached"))

WALLS = (
    Wall(
        name="mem.prot",
        host="process",
        title="a page is used as its protection forbids: load, store, jump",
        happened=(*_MADE, Expected("accesses_reached", 3)),
        attack_fails=(
            *_REFUSED,
            Expected("passed_load", 0),
            Expected("passed_store", 0),
            Expected("passed_exec", 0),
        ),
        control=(Expected("control_load", 1), Expected("control_store", 1), Expected("control_exec", 1)),
        timings=(),
    ),
    Wall(
        name="mem.kernel",
        host="process",
        title="a process loads the kernel's memory by its address",
        happened=(*_MADE, Expected("accesses_reached", "addresses")),
        attack_fails=_REFUSED,
        control=(Expected("control_loaded", 1),),
        timings=(),
    ),
    Wall(
        name="mem.fork_policy",
        host="process",
        title="a forked child reads what MADV_DONTFORK or MADV_WIPEONFORK keeps from it",
        happened=(
            *_MADE,
            Expected("accesses_reached", 1),
            Expected("wiped_read", 1),
            Expected("parent_kept_not_forked", "bytes"),
            Expected("parent_kept_wiped", "bytes"),
        ),
        attack_fails=(*_REFUSED, Expected("wiped_bytes_seen", 0)),
        control=(Expected("control_inherited", "bytes"),),
        timings=(),
    ),
    Wall(
        name="mem.frames",
        host="process",
        title="a page written after fork stays in the frame that both sides had",
        happened=(Expected("equal_before", "pages"),),
        attack_fails=(Expected("equal_after", 0),),
        control=(Expected("control_shared_before", "pages"), Expected("control_shared_after", "pages")),
        timings=(),
    ),
)
