"""The report of a self-test: one table for people, one document for programs."""

from collections.abc import Iterable, Iterator

import msgspec
from rich.text import Text

from partywall.report.layout import console_for, written
from partywall.report.layout import table as table_of
from partywall.selftest.checks import Demand, Judged, Report, Status

__all__ = ["render_selftest", "render_selftest_json"]

_STYLES = {Status.OK: "green", Status.FAILED: "red", Status.LOW: "yellow", Status.HIGH: "yellow"}
_GRAVITY = (Status.FAILED, Status.HIGH, Status.LOW, Status.REFUSED, Status.UNSUPPORTED, Status.TOLD, Status.OK)


def render_selftest_json(report: Report) -> str:
    """Every check as one indented JSON document, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def render_selftest(report: Report, every: bool = False, colour: bool = False, width: int | None = None) -> str:
    """The report as text.

    Of the synthetic checks of one estimate and number of runs only the worst is shown, and those that are not "ok";
    all of them if ``every``.
    """
    console = console_for(colour, width)
    table = table_of(
        ("checked", "left"),
        ("with", "left"),
        ("runs", "right"),
        ("nominal", "right"),
        ("achieved [95 %]", "left"),
        ("of", "right"),
        ("refused", "right"),
        ("width", "right"),
        ("", "left"),
    )
    shown = list(report.checks) if every else _worst(report.checks)
    for judged, of in ((one, _of(one, report.checks, every)) for one in shown):
        table.add_row(*_row(judged, of))
    console.print(table)
    for note in dict.fromkeys(_notes(shown)):
        console.print(Text(f"  {note}"))
    console.print(Text(_foot(report)))
    return written(console)


def _key(judged: Judged) -> tuple[str, str, int]:
    return judged.check.part, judged.check.what, judged.check.runs


def _distance(judged: Judged) -> tuple[int, float]:
    """Lower is worse."""
    rate = judged.rate if judged.rate is not None else 1.0
    return _GRAVITY.index(judged.status), -rate if judged.check.demand == Demand.AT_MOST else rate


def _worst(checks: Iterable[Judged]) -> list[Judged]:
    groups: dict[tuple[str, str, int], list[Judged]] = {}
    for judged in checks:
        groups.setdefault(_key(judged), []).append(judged)
    shown: list[Judged] = []
    for group in groups.values():
        ordered = sorted(group, key=_distance)
        if group[0].check.part != "synthetic":
            shown += group
            continue
        shown += [ordered[0]] + [one for one in ordered[1:] if one.status in (Status.FAILED, Status.LOW, Status.HIGH)]
    return shown


def _of(judged: Judged, checks: Iterable[Judged], every: bool) -> str:
    alike = sum(_key(one) == _key(judged) for one in checks)
    worst = not every and judged.check.part == "synthetic" and alike > 1
    return f"{judged.check.condition} (1 of {alike})" if worst else judged.check.condition


def _row(judged: Judged, of: str) -> Iterator[Text | str]:
    check = judged.check
    what = check.what if check.part != "hog" else f"{check.what}, beside a hog"
    yield what
    yield of
    yield str(check.runs or "")
    sign = "<= " if check.demand == Demand.AT_MOST else ""
    yield "" if check.demand == Demand.TOLD else f"{sign}{100 * check.nominal:.3g} %"
    if judged.rate is None or judged.low is None or judged.high is None:
        yield "-"
    else:
        yield f"{100 * judged.rate:.1f} % [{100 * judged.low:.1f}, {100 * judged.high:.1f}]"
    yield str(check.trials)
    yield str(check.refused or "")
    yield "" if check.width is None else f"{100 * check.width:.3g} %"
    yield Text(f"{judged.status}{' (known)' if check.exception else ''}", style=_STYLES.get(judged.status, ""))


def _notes(shown: Iterable[Judged]) -> Iterator[str]:
    """Why something is known to miss, was refused or cannot be done; of the refused the first of each part."""
    refused: dict[str, str] = {}
    for judged in shown:
        check = judged.check
        if check.unsupported:
            yield f"{check.what}, {check.condition}: unsupported: {check.unsupported}"
        if check.exception and judged.status in (Status.LOW, Status.HIGH):
            yield f"known: {check.exception}"
        if check.why_refused and judged.status == Status.REFUSED:
            refused.setdefault(check.part, f"{check.part}: refused for example because of {check.why_refused}")
    yield from refused.values()


def _foot(report: Report) -> str:
    count = len(report.checks)
    judged = f"{report.failed} of {count} checks failed" if report.failed else f"none of {count} checks failed"
    return (
        f"{judged}, by intervals that are right together in 99 % of reports; seed {report.seed}, "
        f"{report.form} form, {report.seconds:.0f} s"
    )
