"""What a gate says: a line per claim, one paragraph with a table for the summary page of a job, and JSON."""

from collections.abc import Collection

import msgspec

from partywall.gate import Checked, Gate, Standing, standing_of
from partywall.model import Verdict
from partywall.report.layout import clean, console_for, interval, plain, written
from partywall.report.verdict_rows import bounds_of, unit_of

__all__ = ["count_standings", "render_check", "render_check_json", "render_summary"]

_FORMAT = "partywall-check/1"
_STYLE = {
    Standing.FAILS: "red",
    Standing.UNDECIDED: "yellow",
    Standing.UNSUPPORTED: "yellow",
    Standing.HOLDS: "green",
}
_WORDS = {
    Standing.FAILS: ("fails", "fail"),
    Standing.UNDECIDED: ("is undecided", "are undecided"),
    Standing.UNSUPPORTED: ("is not supported here", "are not supported here"),
    Standing.HOLDS: ("holds", "hold"),
}
_MARKDOWN = str.maketrans({c: f"\\{c}" for c in r"\`*_{}[]()#+!|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def render_check(gate: Gate, colour: bool = False) -> str:
    """A line per claim, the worst first, and how many there are of each."""
    console = console_for(colour)
    widths = [max(len(text) for text in column) for column in zip(*(_left(one) for one in gate.checked), strict=True)]
    for one in gate.checked:
        kind, name = (text.ljust(width) for text, width in zip(_left(one), widths, strict=True))
        line = plain(kind, style=_STYLE[one.standing])
        line.append_text(plain(f"  {name}  {_line(one)}"))
        console.print(line, soft_wrap=True)
    console.print(plain(count_standings(gate)), soft_wrap=True)
    return written(console)


def _left(one: Checked) -> tuple[str, str]:
    return one.verdicts[0].verdict.value, clean(one.claim.id)


def _line(one: Checked) -> str:
    worst = one.verdicts[0]
    alike = sum(standing_of(verdict) == one.standing for verdict in one.verdicts)
    share = f" ({alike} of {len(one.verdicts)} verdicts)" if len(one.verdicts) > 1 else ""
    parts = (f"{worst.quantity}{share}", _measured(worst), _demanded(worst), worst.why, _except(worst))
    return "; ".join(part for part in parts if part)


def _except(verdict: Verdict) -> str:
    return f"except {'; '.join(verdict.exceptions)}" if verdict.exceptions else ""


def _measured(verdict: Verdict) -> str:
    return interval(verdict.value, verdict.low, verdict.high, unit_of(verdict)) if verdict.value is not None else ""


def _demanded(verdict: Verdict) -> str:
    return f"claimed: {bounds_of(verdict)}" if bounds_of(verdict) else ""


def count_standings(gate: Gate) -> str:
    """How many claims fail, are undecided, are unsupported and hold, in a sentence."""
    total = len(gate.checked)
    counts = [(gate.count(standing), _WORDS[standing]) for standing in Standing]
    parts = [f"{count} {words[count != 1]}" for count, words in counts if count]
    return f"{total} claim{'s' if total != 1 else ''}: {', '.join(parts)}"


def render_summary(gate: Gate, allowed: Collection[Standing] = (), machine: str = "") -> str:
    """One paragraph and a small table in Markdown, as the summary page of a job takes it."""
    code = gate.exit_code(allowed)
    opening = "passed" if code == 0 else "failed" if code == 1 else "could not decide"
    on = f" Measured on {_escaped(machine)}." if machine else ""
    confidence = "Each verdict compares a whole 95 % interval with the bounds, never a point."
    lines = [
        f"**partywall check {opening}.** {count_standings(gate)}. {confidence}{on}",
        "",
        "| verdict | claim | of | measured, 95 % interval | claimed | why |",
        "|---|---|---|---|---|---|",
    ]
    for one in gate.checked:
        for verdict in one.verdicts:
            cells = (
                verdict.verdict.value,
                verdict.claim,
                verdict.quantity,
                _measured(verdict),
                bounds_of(verdict),
                "; ".join(part for part in (verdict.why, _except(verdict)) if part),
            )
            lines.append("| " + " | ".join(_escaped(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return clean(text).translate(_MARKDOWN)


def render_check_json(gate: Gate, allowed: Collection[Standing] = ()) -> str:
    """All of it: every claim with its standing and its verdicts, and the exit code that follows."""
    document = {
        "schema": _FORMAT,
        "exit_code": gate.exit_code(allowed),
        "counts": {standing.value: gate.count(standing) for standing in Standing},
        "claims": [
            {"id": one.claim.id, "says": one.claim.says, "standing": one.standing, "verdicts": one.verdicts}
            for one in gate.checked
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
