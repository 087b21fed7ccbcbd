"""Reference arms: they tell how the clock and the machine were, block by block."""

from partywall.catalog.declaration import IMAGE, PYTHON_IMAGE, SPIN, SPIN_OUTSIDE, Primitive
from partywall.model import Family

__all__ = ["EMPTY", "PRIMITIVES"]

EMPTY = {"c": "empty", "python": "py_empty"}
"""The arm whose op is nothing, by language: a sample of one such op is what timing a sample costs."""

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
        name="py_empty",
        family=Family.REFERENCE,
        title="empty body in Python",
        one_op="One turn of an empty loop in Python: the way from the timed loop into Python and back.",
        factors=(PYTHON_IMAGE,),
        language="python",
    ),
)
