"""Python's own way to fall: which facts say that an exception was not caught, and who lived on."""

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

# Two interpreters are started in each trial.
_SECONDS = 0.08
_RUNS = 3


def _exception(host: str, title: str) -> Wall:
    return Wall(
        name="crash.python_exception",
        host=host,
        title=title,
        happened=(Expected("uncaught", 1), Expected("not_made", 0)),
        attack_fails=(Expected("host_lived", 1),),
        control=(Expected("control_uncaught", 1), Expected("control_lived", 0), Expected("control_exit_status", 1)),
        target="python",
        runs=_RUNS,
        seconds=_SECONDS,
        deadline_s=20.0,
    )


WALLS = (
    _exception("process", "an uncaught Python exception, in a child process of a Python program"),
    _exception("thread", "an uncaught Python exception, in a thread of a Python program"),
)
