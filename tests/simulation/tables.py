"""Write the tables of docs/coverage.md anew, each between its markers.

python tests/simulation/tables.py docs/coverage.md [grid harnesses power machine]
"""

import re
import sys
from pathlib import Path

import harnesses
import power
from partywall.selftest.checks import Judged, Report, Status
from partywall.selftest.families import FAMILIES
from partywall.selftest.suite import LONG, run_selftest

SEED = 1
SIMULATED = ("grid", "harnesses", "power")
PARTS = (*SIMULATED, "machine")


def silent(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{done}/{total} {what[:60]}", end="", file=sys.stderr)


def achieved(one: Judged) -> str:
    if one.rate is None:
        return "refused" if one.check.refused else "-"
    marks = {Status.LOW: " low", Status.HIGH: " high", Status.FAILED: " **failed**"}
    return f"{100 * one.rate:.1f}{marks.get(one.status, '')}"


def refused(checks: list[Judged]) -> str:
    count = sum(one.check.refused for one in checks)
    return f"{100 * count / sum(one.check.refused + one.check.trials for one in checks):.0f} %" if count else "0"


def widths(checks: list[Judged]) -> str:
    values = [one.check.width for one in (checks[0], checks[-1])]
    return " ... ".join("-" if value is None else f"{100 * value:.3g}" for value in dict.fromkeys(values))


def precision(checks: list[Judged]) -> str:
    """Half of the widest 95 % interval of a rate, in percent points."""
    halves = [100 * (one.high - one.low) / 2 for one in checks if one.low is not None and one.high is not None]
    return f"{max(halves):.1f}" if halves else "-"


def grid(report: Report) -> str:
    """A table for each estimate: families by runs."""
    lines: list[str] = []
    for what in dict.fromkeys(one.check.what for one in report.checks):
        found = [one for one in report.checks if one.check.what == what]
        runs = sorted({one.check.runs for one in found})
        first = found[0].check
        claimed = f"at most {100 * first.nominal:g}" if first.demand == "at most" else f"{100 * first.nominal:g}"
        lines += ["", f"**{what}**, nominal {claimed} %, {first.trials + first.refused} trials each", ""]
        headings = [f"{n} runs" for n in runs] if runs != [1] else [f"{first.samples} samples"]
        lines.append(f"| data | {' | '.join(headings)} | +- | width, % | refused | samples | status |")
        lines.append("|---|" + "---|" * (len(headings) + 5))
        for family in FAMILIES:
            of = sorted((o for o in found if o.check.condition == family.name), key=lambda o: o.check.runs)
            if not of:
                continue
            rates = [achieved(one) for one in of]
            samples = " ... ".join(dict.fromkeys(str(one.check.samples) for one in (of[0], of[-1])))
            cells = [family.name, *rates, precision(of), widths(of), refused(of), samples, status(of)]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines[1:])


def status(checks: list[Judged]) -> str:
    found = {one.status for one in checks}
    word = next((s for s in (Status.FAILED, Status.LOW, Status.HIGH, Status.REFUSED) if s in found), Status.OK)
    known = any(one.check.exception for one in checks) and word not in (Status.OK, Status.REFUSED)
    return f"{word.value}{' (known)' if known else ''}"


def machine(report: Report) -> str:
    lines = [
        "| part | what | with | runs | nominal | achieved [95 %] | of | refused | width, % | status |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in report.checks:
        check = one.check
        share = "-"
        if one.rate is not None and one.low is not None and one.high is not None:
            share = f"{100 * one.rate:.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}]"
        nominal = {"at most": "<= ", "coverage": ""}.get(check.demand, "- ")
        nominal = f"{nominal}{100 * check.nominal:g}" if nominal != "- " else "-"
        width = "-" if check.width is None else f"{100 * check.width:.3g}"
        cells = [check.part, check.what, check.condition, str(check.runs), nominal, share, str(check.trials)]
        lines.append(f"| {' | '.join([*cells, str(check.refused), width, one.status.value])} |")
    return "\n".join(lines)


def told(report: Report) -> str:
    return f"Seed {report.seed}, {report.seconds:.0f} s; {report.failed} of {len(report.checks)} checks failed."


def write(path: Path, part: str) -> None:
    if part == "grid":
        report = run_selftest(("synthetic",), SEED, LONG, silent)
        text = f"{told(report)}\n\n{grid(report)}"
    elif part == "machine":
        report = run_selftest(("machine", "hog"), SEED, LONG, silent)
        text = f"{told(report)}\n\n{machine(report)}"
    elif part == "harnesses":
        rows = harnesses.simulate()
        text = f"Seed {harnesses.SEED}, {harnesses.REPETITIONS} repetitions.\n\n{harnesses.table(rows)}"
    else:
        text = f"Seed {power.SEED}, {power.REPETITIONS} repetitions.\n\n{power.simulate()}"
    document = path.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {part} begin -->\n).*?(<!-- {part} end -->)", re.DOTALL)
    changed, count = pattern.subn(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", document)
    if count != 1:
        raise SystemExit(f"{path} has no one place for {part}")
    path.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    target, *wanted = sys.argv[1:]
    if not set(wanted) <= set(PARTS):
        raise SystemExit(f"parts are {', '.join(PARTS)}")
    for name in wanted or SIMULATED:
        write(Path(target), name)
