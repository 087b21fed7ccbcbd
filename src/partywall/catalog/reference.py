"""Reference arms: they tell how the clock and the machine were, block by block."""

from partywall.catalog.declaration import IMAGE, SPIN, SPIN_OUTSIDE, Primitive
from partywall.model import Family

__all__ = ["PRIMITIVES"]

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
)
