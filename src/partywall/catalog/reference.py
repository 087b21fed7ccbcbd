"""Reference arms: they tell how the clock and the machine were, block by block."""

from partywall.catalog.declaration import (
    IMAGE,
    PHASES,
    PYTHON_IMAGE,
    SAME_CPU,
    SPIN,
    SPIN_OUTSIDE,
    TWO_PARTY_PLACEMENTS,
    Primitive,
    Reading,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["ARMS", "EMPTY", "PAIR_ARM", "PRIMITIVES"]

EMPTY = {"c": "empty", "python": "py_empty"}
"""The arm whose op is nothing, by language: a sample of one such op is what timing a sample costs."""

ARMS = ("null_syscall", "fixed_spin")
"""The arms of every block that tell one regime of the machine from another: the kernel's speed, the CPU's."""

PAIR_ARM = "cache_line"
"""The one beside them for every two CPUs that a plan uses: how far apart they are."""

PRIMITIVES = (
    Primitive(
        name="empty",
        family=Family.REFERENCE,
        title="empty body",
        one_op="One turn of an empty loop: what the harness itself costs.",
    ),
    Primitive(
        name="null_syscall",
        family=Family.REFERENCE,
        title="null system call",
        one_op="One getppid through syscall(2): into the kernel and back.",
        factors=(IMAGE, SPIN, SPIN_OUTSIDE),
    ),
    Primitive(
        name="fixed_spin",
        family=Family.REFERENCE,
        title="fixed spin",
        one_op="A chain of 20,000 dependent multiplications in a register: how fast the CPU runs.",
    ),
    Primitive(
        name="cache_line",
        family=Family.REFERENCE,
        title="cache line between CPUs",
        one_op="A round trip of one cache line between two CPUs that spin: how far apart they are.",
        factors=(
            IMAGE,
            peer("process", "thread"),
            placement(*(p for p in TWO_PARTY_PLACEMENTS if p != SAME_CPU)),
            PHASES,
        ),
        readings=(
            Reading("came", "s", "the line has come, by the peer's clock"),
            Reading("went", "s", "the peer gives it back, by its clock"),
        ),
    ),
    Primitive(
        name="py_empty",
        family=Family.REFERENCE,
        title="empty body in Python",
        one_op="One turn of an empty loop in Python: the way from the timed loop into Python and back.",
        factors=(PYTHON_IMAGE,),
        language="python",
    ),
)
