"""The sections on what things cost and contain in sum: the price list, and how many more tasks fit."""

from dataclasses import dataclass

from partywall.model import Outcome, Result
from partywall.report.html.words import Figure, figure_of
from partywall.report.layout import conditions

__all__ = ["CapacityView", "PriceView", "capacity_views", "price_views"]

_TONES = {Outcome.HOLDS: "good", Outcome.BROKEN: "bad"}


@dataclass(frozen=True)
class PriceView:
    """One mechanism: what it costs, and what was tried inside of it with the outcome and its tone."""

    mechanism: str
    title: str
    create: Figure
    call: Figure
    memory: Figure
    contains: tuple[tuple[str, str, str, str], ...]
    reason: str


@dataclass(frozen=True)
class CapacityView:
    """How many more tasks of a kind fit; each figure with its interval."""

    kind: str
    conditions: str
    takes: Figure
    count: Figure
    limited_by: str


def price_views(result: Result) -> tuple[PriceView, ...]:
    """The rows of the price list."""
    return tuple(
        PriceView(
            mechanism=price.mechanism,
            title=price.title,
            create=figure_of(price.create),
            call=figure_of(price.call),
            memory=figure_of(price.memory),
            contains=tuple(
                (one.act, one.outcome.value, _TONES.get(one.outcome, "open"), one.reason) for one in price.contains
            ),
            reason=price.reason,
        )
        for price in result.prices
    )


def capacity_views(result: Result) -> tuple[CapacityView, ...]:
    """How many more idle tasks fit, of each kind that was weighed."""
    return tuple(
        CapacityView(
            kind=one.primitive,
            conditions=conditions(one.factors),
            takes=figure_of(one.task_bytes),
            count=Figure(f"{one.count:,} tasks", f"[{one.low:,}, {one.high:,}]", str(one.count)),
            limited_by=one.limited_by,
        )
        for one in result.capacities
    )
