"""Hoefler and Belli's twelve rules for reporting measurements, each with where this page meets it, or does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from partywall.fit import FitState
from partywall.model import Result, State

__all__ = ["RuleView", "rule_views"]


@dataclass(frozen=True)
class RuleView:
    """One rule in a few words, whether there is a case of it, whether it is met, and where or why not."""

    number: int
    says: str
    met: bool
    applies: bool
    where: str


def rule_views(result: Result) -> tuple[RuleView, ...]:
    """All twelve, in their order; what a session can fail is worked out from this one."""
    return tuple(
        RuleView(number, says, met is not False, met is not None, where)
        for number, (says, met, where) in enumerate(_rules(result), start=1)
    )


def _rules(result: Result) -> Iterator[tuple[str, bool | None, str]]:
    measured = [cell for cell in result.cells if cell.estimates is not None]
    ratios = [verdict for verdict in result.verdicts if verdict.unit == "1" and verdict.value is not None]
    yield (
        "A speed-up tells the base it is over, and absolute figures with it.",
        True if ratios or measured else None,
        f"{len(ratios)} verdicts are ratios; each names what it is over, and both cells are in the tables of figures.",
    )
    left_out = [cell for cell in result.cells if cell.state == State.UNSUPPORTED]
    unexplained = [cell.id for cell in left_out if not cell.reason]
    yield (
        "Use of a subset of the cases is explained.",
        not unexplained,
        f"All planned cells are listed; {len(left_out)} could not be measured, each with its reason.",
    )
    yield (
        "Costs are summarised by a mean that suits them, rates by the harmonic one.",
        True if measured else None,
        "Everything is a time or a size per op, and summarised by medians; means are arithmetic, of costs alone.",
    )
    yield (
        "Ratios are not averaged; costs or rates behind them are.",
        True if ratios else None,
        "A ratio is taken run by run and its median estimated on the log scale; no mean of ratios is told.",
    )
    few = [cell.id for cell in measured if cell.runs < 6]
    yield (
        "Deterministic or not is said; of what varies, the interval.",
        not few if measured else None,
        f"{len(measured) - len(few)} of {len(measured)} cells have a 95 % interval over fresh workers."
        + (f" Too few runs: {', '.join(few[:3])}." if few else ""),
    )
    yield (
        "No normality without a test.",
        True if measured else None,
        "None is assumed: intervals are of order statistics and signed ranks, which need no such distribution.",
    )
    tested = [verdict for verdict in result.verdicts if verdict.together]
    yield (
        "Comparisons use sound statistics.",
        True if tested else None,
        f"{len(tested)} verdicts were decided by whole intervals, together (Holm).",
    )
    tails = [cell for cell in measured if cell.estimates and cell.estimates.p99]
    yield (
        "Whether the centre or a percentile matters is considered.",
        True if measured else None,
        f"Typical is the median; p99 is told of {len(tails)} cells whose samples can carry it, and tails are drawn.",
    )
    known = [name for name in ("cpu", "kernel", "libc") if result.host.get(name)]
    yield (
        "Factors, their levels and the machine are documented.",
        len(known) == 3,
        f"Conditions of each cell, and the machine below: {', '.join(known) or 'not recorded'}; "
        f"profile {result.plan.profile.name}, seed {result.plan.seed}.",
    )
    yield (
        "Parallel time: how it is measured and summarised is said.",
        True if any("peer" in cell.factors for cell in measured) else None,
        "Driver and peer are pinned; only the driver's clock is read, or the offset between two CPUs is told.",
    )
    good = [fit for fit in result.fits if fit.state == FitState.OK]
    refused = [fit for fit in result.fits if fit.state == FitState.REFUSED]
    yield (
        "Bounds and models are shown beside what was measured.",
        True if good or refused or ratios or result.verdicts else None,
        f"Documented ranges as bands; {len(good)} models with their residuals, {len(refused)} refused.",
    )
    yield (
        "As much as helps is drawn; lines join points only where that means something.",
        True if measured else None,
        "Points with intervals, shapes of distributions and each run's median; lines are models, nothing else.",
    )
