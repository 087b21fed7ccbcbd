"""What an interval says of bounds, alone and among all that is asked of one document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf, log2
from statistics import NormalDist

import msgspec

from partywall.model import Estimate, Verdict, VerdictKind
from partywall.stats import round_up_runs
from partywall.stats.nested import Nested, holm
from partywall.units import format_seconds

__all__ = ["LEVEL", "Figure", "Ruling", "compare", "judge_together"]

LEVEL = 0.05
"""Probability of deciding anything falsely among all verdicts on one document."""

_MOST_RUNS = 1_000_000


def compare(low: float, high: float, bounds: tuple[float | None, float | None]) -> VerdictKind:
    """Compare the interval from ``low`` to ``high`` with ``bounds`` of the same unit; None is no bound.

    WITHIN if all of the interval lies inside, BELOW or ABOVE if all of it lies outside, otherwise
    INDETERMINATE.  Raises ValueError if the interval is not one.
    """
    if not low <= high:
        raise ValueError(f"{low} to {high} is no interval")
    least = -inf if bounds[0] is None else bounds[0]
    most = inf if bounds[1] is None else bounds[1]
    if least <= low and high <= most:
        return VerdictKind.WITHIN
    if high < least:
        return VerdictKind.BELOW
    if low > most:
        return VerdictKind.ABOVE
    return VerdictKind.INDETERMINATE


@dataclass(frozen=True)
class Figure:
    """A quantity as measured: its estimate with the 95 % interval, and the intervals of every other confidence."""

    runs: int
    estimate: Estimate
    nested: Nested

    def divided(self, by: int) -> "Figure":
        """The same for one of ``by`` equal parts."""
        whole = self.estimate
        part = msgspec.structs.replace(whole, value=whole.value / by, low=whole.low / by, high=whole.high / by)
        return Figure(self.runs, part, self.nested.mapped(lambda x: x / by))

    def p_value(self, bounds: tuple[float | None, float | None]) -> float:
        """The error of the widest interval that decides as the 95 % interval does; 1 if that decides nothing."""
        kind = compare(self.estimate.low, self.estimate.high, bounds)
        if kind == VerdictKind.INDETERMINATE:
            return 1.0
        # The estimate's own interval may be an interpolated one, which decides a little earlier.
        return min(LEVEL, self.nested.least_error(lambda low, high: compare(low, high, bounds) == kind))


@dataclass(frozen=True)
class Ruling:
    """A verdict, and the figure that is still to be compared with its bounds; None if a gate has ruled.

    ``why`` holds the claim's own words by the kind of verdict.
    """

    verdict: Verdict
    figure: Figure | None = None
    why: Mapping[str, str] = field(default_factory=dict)


def judge_together(rulings: Iterable[Ruling]) -> tuple[Verdict, ...]:
    """The verdicts in their order, each decided only if it stands among all of its document.

    Those of one source are tested together: the p-values of their decisions, 1 where the 95 % interval decides
    nothing, are adjusted by Holm's method, and what is then above 5 % is INDETERMINATE.
    """
    found = list(rulings)
    places: dict[str, list[int]] = {}
    for place, ruling in enumerate(found):
        if ruling.figure is not None:
            places.setdefault(ruling.verdict.source, []).append(place)
    verdicts = [ruling.verdict for ruling in found]
    for members in places.values():
        alone = [_p_value(found[place]) for place in members]
        for place, p, adjusted in zip(members, alone, holm(alone), strict=True):
            verdicts[place] = _decide(found[place], p, float(adjusted), len(members))
    return tuple(verdicts)


def _p_value(ruling: Ruling) -> float:
    assert ruling.figure is not None
    return ruling.figure.p_value(ruling.verdict.bounds)


def _decide(ruling: Ruling, alone: float, adjusted: float, together: int) -> Verdict:
    assert ruling.figure is not None
    estimate, bounds = ruling.figure.estimate, ruling.verdict.bounds
    by_itself = compare(estimate.low, estimate.high, bounds)
    kind = by_itself if adjusted <= LEVEL else VerdictKind.INDETERMINATE
    undecided = kind == VerdictKind.INDETERMINATE
    if undecided and by_itself != kind:
        why = f"{by_itself.value} by itself, but not among {together} verdicts on this document"
        why += f" (p {alone:.2g}, {adjusted:.2g} by Holm)"
    else:
        why = ruling.why.get(kind.value) or _sentence(kind, estimate, bounds, _factor(kind, estimate, bounds))
    return msgspec.structs.replace(
        ruling.verdict,
        verdict=kind,
        why=why,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        factor=_factor(kind, estimate, bounds),
        p=None if by_itself == VerdictKind.INDETERMINATE else adjusted,
        together=together,
        runs_to_decide=_runs_to_decide(ruling.figure, bounds, together) if undecided else None,
    )


def _factor(kind: VerdictKind, estimate: Estimate, bounds: tuple[float | None, float | None]) -> float | None:
    """How far the interval's near end is from the bound; None where no factor leads there."""
    low, high = bounds
    if kind == VerdictKind.WITHIN:
        return 1.0
    if kind == VerdictKind.BELOW and low is not None and estimate.high > 0:
        return low / estimate.high
    if kind == VerdictKind.ABOVE and high is not None and high > 0:
        return estimate.low / high
    return None


def _runs_to_decide(figure: Figure, bounds: tuple[float | None, float | None], together: int) -> int | None:
    """Runs after which the verdict would stand beside all others, the interval's width falling as 1/sqrt(runs).

    As if it were the last to be decided: at the level of 5 % over their number.  None beyond a million.
    """
    estimate, runs = figure.estimate, figure.runs
    normal = NormalDist()
    distance = min(abs(estimate.value - bound) for bound in bounds if bound is not None)
    level = LEVEL / together
    half_width = (estimate.high - estimate.low) / 2 * normal.inv_cdf(1 - level / 2) / normal.inv_cdf(1 - LEVEL / 2)
    if distance <= half_width * (runs / _MOST_RUNS) ** 0.5:
        return None
    # Below it not even the widest interval has that level.
    fewest = ceil(1 - log2(level))
    return round_up_runs(max(runs + 1, fewest, ceil(runs * (half_width / distance) ** 2)))


def _show(value: float, unit: str) -> str:
    return format_seconds(value) if unit == "s" else f"{value:.3g}"


def _span(low: float, high: float, unit: str) -> str:
    first, last = _show(low, unit), _show(high, unit)
    if unit != "s" or low < 0:
        return f"{first} to {last}"
    number, _, scale = first.partition(" ")
    return f"{number}-{last}" if last.endswith(f" {scale}") else f"{first} to {last}"


def _sentence(
    kind: VerdictKind,
    estimate: Estimate,
    bounds: tuple[float | None, float | None],
    factor: float | None,
) -> str:
    unit = estimate.unit
    span = _span(estimate.low, estimate.high, unit)
    low, high = (None if bound is None else _show(bound, unit) for bound in bounds)
    tail = f", by a factor of {factor:.3g}" if factor is not None else ""
    if kind == VerdictKind.BELOW:
        return f"all of {span} lies below {low}{tail}"
    if kind == VerdictKind.ABOVE:
        return f"all of {span} lies above {high}{tail}"
    where = f"at or above {low}" if low else f"at or below {high}"
    if low and high:
        where = f"within {low} to {high}"
    if kind == VerdictKind.WITHIN:
        return f"all of {span} lies {where}"
    return f"{span} lies neither all {where} nor all outside"
