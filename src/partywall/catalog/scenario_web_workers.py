"""The scenario of web workers: a request that makes native code segfault, under load."""

from partywall.catalog.declaration import Expected, Wall
from partywall.catalog.scenario import PREFIX, Need, Scenario

__all__ = ["SCENARIO"]

_NAME = "web-workers"
_RUNS = 6  # the fewest that give an interval: all of them stay within a minute
_TIMINGS = ("replacement", "reaping", "before", "before_slowest", "during", "during_slowest")


def _wall(host: str, title: str, seconds: float) -> Wall:
    return Wall(
        PREFIX + _NAME,
        host,
        title,
        happened=(
            Expected("crashes", "crashes_wanted"),
            Expected("segfaults", "crashes"),
            Expected("replaced", "crashes"),
            Expected("supervisor_lived", 1),
        ),
        attack_fails=(
            Expected("failed_elsewhere", 0),
            Expected("failed_beside", 0),
            Expected("died_without_crash", 0),
        ),
        control=(Expected("control_seen", 1),),
        timings=_TIMINGS,
        runs=_RUNS,
        seconds=seconds,
        deadline_s=45.0,
        scenario=_NAME,
        summed=("requests", "crashes", "failed", "failed_beside", "failed_elsewhere"),
    )


def _workers(count: int, rate: str, seconds: float) -> Wall:
    title = f"gunicorn with {count} pre-forked worker{'s' if count > 1 else ''}, {rate} of segfaults"
    return _wall(f"workers={count},rate={rate}", title, seconds)


SCENARIO = Scenario(
    name=_NAME,
    title="pre-forked web workers, and a request that makes native code segfault, under steady load",
    module="partywall.scenarios.web_workers.trial",
    needs=(Need("gunicorn", "pip install 'partywall[scenarios]'"),),
    walls=(
        *(_workers(count, "0.1/s", 0.8) for count in (1, 2, 4, 8)),
        _workers(4, "1/s", 1.8),
        *(_workers(count, "10/s", 1.0) for count in (1, 4)),
        _wall("threads,rate=0.1/s", "the same application in one threaded process that a supervisor restarts", 1.0),
    ),
    columns=(
        ("requests", "requests"),
        ("crashes", "crashed"),
        ("failed", "failed"),
        ("failed_beside", "beside"),
        ("failed_elsewhere", "elsewhere"),
        ("replacement", "replaced after"),
        ("before_slowest", "slowest before"),
        ("during_slowest", "slowest during"),
    ),
)
