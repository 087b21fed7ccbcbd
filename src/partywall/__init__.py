"""partywall: what a process costs and what it protects, measured on your own machine.

import partywall as pw
pw.measure("pipe_pingpong", peer="process", placement="same-cpu").typical
pw.contrast("pipe_pingpong", vary="peer")
pw.run(profile="quick").verdicts
pw.plan(["plan:fork-size"]).cells
pw.compare("before.parquet", "after.parquet").changes
pw.prove("crash.segv_unmapped", host="process").outcome
pw.render(pw.load("session.parquet"), "html")
"""

# typing is large, and this module is part of every interpreter that is measured; to type checkers this name is true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from partywall.api import carry_out, compare, contrast, load, measure, plan, prove, render, resume, run
    from partywall.errors import InputError, MeasureError, PartywallError, SessionError, UnsupportedError
    from partywall.session import Session

__all__ = [
    "InputError",
    "MeasureError",
    "PartywallError",
    "Session",
    "SessionError",
    "UnsupportedError",
    "carry_out",
    "compare",
    "contrast",
    "load",
    "measure",
    "plan",
    "prove",
    "render",
    "resume",
    "run",
]

_ORIGINS = {"Session": "partywall.session"} | {name: "partywall.errors" for name in __all__ if name.endswith("Error")}


# Lazy, so that `partywall version` and `import partywall` do not pay for numpy and scipy.
def __getattr__(name: str) -> "Any":
    if name not in __all__:
        raise AttributeError(f"module 'partywall' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ORIGINS.get(name, "partywall.api")), name)


def __dir__() -> list[str]:
    return list(__all__)
