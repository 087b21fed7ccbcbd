"""The verdicts of a gate as JUnit XML: what the test pages of CI servers read."""

from collections import Counter
from collections.abc import Collection
from xml.etree import ElementTree

from partywall.gate import Gate, Standing, standing_of
from partywall.model import Verdict
from partywall.report.layout import clean, interval
from partywall.report.verdict_rows import bounds_of, unit_of

__all__ = ["render_junit"]

_SUITE = "partywall check"
_ELEMENTS = {Standing.FAILS: "failure", Standing.UNDECIDED: "error", Standing.UNSUPPORTED: "skipped"}
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def render_junit(gate: Gate, allowed: Collection[Standing] = (), seconds: float = 0.0) -> str:
    """A test case per verdict, its class the claim: what fails is a failure, what is undecided an error.

    What this machine cannot do is skipped, and so is what is ``allowed``.  Value, interval, bounds and unit are
    properties of each case.  ``seconds`` is how long all of it took; a verdict by itself takes no time.
    """
    suites = ElementTree.Element("testsuites", name=_SUITE)
    suite = ElementTree.SubElement(suites, "testsuite", name=_SUITE)
    found: Counter[str] = Counter()
    for one in gate.checked:
        for verdict in one.verdicts:
            found[_case(suite, verdict, allowed)] += 1
    for element in (suites, suite):
        element.set("tests", str(found.total()))
        for kind, name in _COUNTED.items():
            element.set(name, str(found[kind]))
        element.set("time", f"{seconds:.3f}")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(suite: ElementTree.Element, verdict: Verdict, allowed: Collection[Standing]) -> str:
    """Add the case; returns what became of it."""
    case = ElementTree.SubElement(
        suite, "testcase", classname=_text(verdict.claim), name=_text(verdict.quantity), time="0"
    )
    properties = ElementTree.SubElement(case, "properties")
    for name, value in _properties(verdict):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    standing = standing_of(verdict)
    kind = "skipped" if standing in allowed and standing in _ELEMENTS else _ELEMENTS.get(standing, "")
    if kind:
        reason = ElementTree.SubElement(case, kind, message=_text(f"{verdict.verdict.value}: {verdict.why}"))
        reason.text = _text("\n".join(_details(verdict)))
        if kind != "skipped":
            reason.set("type", verdict.verdict.value)
    return kind


def _properties(verdict: Verdict) -> list[tuple[str, str]]:
    low, high = verdict.bounds
    values = {
        "value": verdict.value,
        "low": verdict.low,
        "high": verdict.high,
        "claimed_low": low,
        "claimed_high": high,
        "p": verdict.p,
        "runs_to_decide": verdict.runs_to_decide,
    }
    numbers = [(name, f"{value!r}") for name, value in values.items() if value is not None]
    words = [("cell", _text(verdict.cell)), *(("exception", _text(exception)) for exception in verdict.exceptions)]
    return [("verdict", verdict.verdict.value), ("unit", _text(verdict.unit)), *numbers, *words]


def _details(verdict: Verdict) -> list[str]:
    lines = [verdict.says, f"source: {verdict.source}"]
    if verdict.value is not None:
        lines.append(f"measured: {interval(verdict.value, verdict.low, verdict.high, unit_of(verdict))}")
    if claimed := bounds_of(verdict):
        lines.append(f"claimed: {claimed}")
    return [clean(line) for line in lines]


def _text(text: str) -> str:
    """Text that XML 1.0 can hold: control characters and halves of surrogates have no form in it."""
    return "\n".join(clean(line) for line in text.split("\n"))
