"""One line of a self-test: what was demanded, what was achieved, and whether that is enough."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from partywall.estimate import Frozen
from partywall.stats.proportions import proportion_interval

__all__ = ["Check", "Demand", "Judged", "Report", "Status", "Tally", "judge_checks"]

TOLERANCE = 0.01
"""How far below its nominal confidence an interval may cover."""

_FALSE_FAILURE = 0.01  # probability that any check of a sound report fails


class Demand(StrEnum):
    """What the rate of a check must be."""

    COVERAGE = "coverage"
    AT_MOST = "at most"
    TOLD = "told"


class Status(StrEnum):
    """The judgement of one check."""

    OK = "ok"
    LOW = "low"
    HIGH = "high"
    REFUSED = "refused"
    TOLD = "-"
    UNSUPPORTED = "unsupported"
    FAILED = "FAILED"


class Check(Frozen, frozen=True):
    """How often something happened in repetitions of one condition.

    Attributes:
        part: "synthetic", "machine" or "hog".
        what: the estimate or the event.
        condition: of what data.
        runs: how many runs each interval is made of; 0 where that has no meaning.
        demand: what is asked of the rate.
        nominal: the confidence claimed, or the rate allowed.
        hits: how often the interval held the truth, or the event happened.
        trials: repetitions that gave an answer.
        refused: repetitions in which partywall declined to give one.
        width: mean width of the intervals over the truth; None where there is none.
        samples: samples behind one interval.
        exception: why the demand is known not to be met here; it is then told and not failed.
        why_refused: the reason that was given most often.
        unsupported: why there was nothing to count.
    """

    part: str
    what: str
    condition: str
    runs: int = 0
    demand: Demand = Demand.COVERAGE
    nominal: float = 0.95
    hits: int = 0
    trials: int = 0
    refused: int = 0
    width: float | None = None
    samples: int = 0
    why_refused: str = ""
    exception: str = ""
    unsupported: str = ""


class Judged(Frozen, frozen=True):
    """A check with its rate, the exact 95 % interval of that, and the judgement."""

    check: Check
    rate: float | None
    low: float | None
    high: float | None
    status: Status


class Report(Frozen, frozen=True):
    """All of one self-test: ``confidence`` is that of the intervals by which a check fails, 95 % that of those told."""

    seed: int
    form: str
    seconds: float
    confidence: float
    checks: tuple[Judged, ...]

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(one.status == Status.FAILED for one in self.checks)


class Tally:
    """Counts of one condition while it is simulated."""

    def __init__(self) -> None:
        self.hits = self.trials = self.refused = 0
        self._widths = 0.0
        self._reasons: Counter[str] = Counter()

    def add(self, low: float, high: float, truth: float) -> None:
        """Count one interval."""
        self.trials += 1
        self.hits += low <= truth <= high
        self._widths += (high - low) / abs(truth)

    def count(self, happened: bool) -> None:
        """Count one event that happened or not."""
        self.trials += 1
        self.hits += happened

    def refuse(self, reason: str) -> None:
        """Count one repetition without an answer."""
        self.refused += 1
        self._reasons[reason] += 1

    @property
    def why_refused(self) -> str:
        """The reason given most often; empty if nothing was refused."""
        return max(self._reasons, key=self._reasons.__getitem__, default="")

    def check(self, **about: Any) -> Check:
        """The check of what was counted; ``about`` are its other attributes."""
        return Check(hits=self.hits, trials=self.trials, refused=self.refused, why_refused=self.why_refused, **about)

    @property
    def width(self) -> float | None:
        """Mean relative width of the intervals."""
        return self._widths / self.trials if self.trials and self._widths else None


def judge_checks(checks: Iterable[Check]) -> tuple[float, tuple[Judged, ...]]:
    """Judge all checks of one report together; the confidence used, and each with its status.

    A check fails if what is demanded lies outside the exact interval of its rate.  The confidence of that interval is
    such that of all checks together one fails by chance in 1 % of reports.  A coverage more than a point below its
    nominal, or a rate above what is allowed, that 95 % exclude is LOW or HIGH: of many checks some are, by chance.
    """
    every = tuple(checks)
    demanded = sum(check.demand != Demand.TOLD and check.trials > 0 for check in every)
    confidence = 1.0 - _FALSE_FAILURE / max(demanded, 1)
    return confidence, tuple(_judge(check, confidence) for check in every)


def _judge(check: Check, confidence: float) -> Judged:
    if check.trials == 0:
        status = Status.REFUSED if check.refused else Status.UNSUPPORTED
        return Judged(check=check, rate=None, low=None, high=None, status=status)
    low, high = proportion_interval(check.hits, check.trials)
    rate = check.hits / check.trials
    surely = proportion_interval(check.hits, check.trials, confidence)
    return Judged(check=check, rate=rate, low=low, high=high, status=_status(check, rate, (low, high), surely))


def _status(check: Check, rate: float, likely: Sequence[float], surely: Sequence[float]) -> Status:
    if check.demand == Demand.TOLD:
        return Status.TOLD
    if check.demand == Demand.AT_MOST:
        failed, beside, name = surely[0] > check.nominal, likely[0] > check.nominal, Status.HIGH
    else:
        least = check.nominal - TOLERANCE
        failed, beside, name = surely[1] < least, rate < least and likely[1] < check.nominal, Status.LOW
    if failed:
        return name if check.exception else Status.FAILED
    if beside:
        return name
    return Status.REFUSED if check.refused > check.trials else Status.OK
