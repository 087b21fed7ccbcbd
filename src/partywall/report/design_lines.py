"""Lines of the text report on the experiment itself: what precision was reached, and what copies say."""

from collections.abc import Iterator

from partywall.model import Precision, Reached, Sameness
from partywall.units import format_share

__all__ = ["reached_lines", "sameness_lines"]


def reached_lines(precision: Precision | None) -> Iterator[str]:
    """What was asked and what was reached, and each cell that did not reach it with the reason."""
    if precision is None:
        return
    typical = "nothing" if precision.typical is None else format_share(precision.typical)
    known = [one for one in precision.cells if one.value is not None]
    worst = max(known, key=lambda one: one.value or 0.0, default=None)
    text = f"precision  asked {format_share(precision.asked)}, reached {typical}"
    if worst is not None and len(known) > 1:
        text += f" (worst: {_one(worst)})"
    elif worst is not None and worst.why:
        text += f" ({worst.why})"
    yield text
    missed = [one for one in precision.cells if one.why and (one is not worst or one.value is None)]
    for one in missed:
        yield f"  not reached: {_one(one)}"


def _one(one: Reached) -> str:
    value = "" if one.value is None else f" {format_share(one.value)}"
    text = f"{one.cell}{value}{f', {one.why}' if one.why else ''}"
    more = one.why and one.wanted is not None and one.wanted > one.runs
    return f"{text}: {one.runs} of {one.wanted} runs" if more else text


def sameness_lines(sameness: tuple[Sameness, ...]) -> Iterator[str]:
    """Each cell against itself, in percent."""
    for one in sameness:
        if one.ratio is None:
            yield f"A/A: {one.cell}: {one.reason}"
            continue
        value, low, high = (100 * (x - 1) for x in (one.ratio.value, one.ratio.low, one.ratio.high))
        alarm = ": a difference where there is none; one in twenty is so by chance" if one.alarm else ""
        yield f"A/A: {one.cell} against itself {value:+.1f} % [{low:+.1f}, {high:+.1f}]{alarm}"
