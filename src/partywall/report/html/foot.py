"""The last sections of the page: every warning, the machine and its clock, and how to measure the same again."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from partywall.catalog import PRIMITIVES, WALLS
from partywall.fit import CheckState, FitState
from partywall.model import Outcome, Plan, PlannedCell, Result, State
from partywall.report.foot import foot_lines
from partywall.units import format_duration, format_size

__all__ = ["Warned", "again", "machine_facts", "method_lines", "warnings"]

_STATES = {
    State.NOISY: "disturbed in more than a fifth of the trials",
    State.NOT_STEADY: "not settled: trials share a course",
    State.TIMER_LIMITED: "limited by the clock: timing takes more than a tenth of the sample",
    State.UNSUPPORTED: "not supported here",
    State.INVALID: "not valid: the op did not happen as declared, or there are too few good runs",
}


@dataclass(frozen=True)
class Warned:
    """One kind of warning, and what it is about."""

    text: str
    items: tuple[str, ...] = ()


def warnings(result: Result) -> tuple[Warned, ...]:
    """Everything that a reader must heed, of the whole session."""
    return tuple(_warnings(result))


def _warnings(result: Result) -> Iterator[Warned]:
    for text, style in foot_lines(result):
        if style:
            yield Warned(text.strip())
    for state, means in _STATES.items():
        cells = [cell for cell in result.cells if cell.state == state]
        if cells:
            items = tuple(f"{cell.id}: {cell.reason}" if cell.reason else cell.id for cell in cells)
            yield Warned(f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} {state.value}: {means}", items)
    for outcome, means in (
        (Outcome.BROKEN, "the attack came through, or others fell as well"),
        (Outcome.INVALID, "not proved"),
        (Outcome.UNSUPPORTED, "not supported here"),
    ):
        walls = [wall for wall in result.walls if wall.outcome == outcome]
        if walls:
            items = tuple(f"{w.id} ({w.host}){f': {w.reason}' if w.reason else ''}" for w in walls)
            yield Warned(f"{len(walls)} {'wall' if len(walls) == 1 else 'walls'} {outcome.value}: {means}", items)
    refused = tuple(f"{fit.title}: {fit.reason}" for fit in result.fits if fit.state == FitState.REFUSED)
    if refused:
        yield Warned(f"{len(refused)} models refused: they do not describe what was measured", refused)
    refuted = tuple(c.sentence for c in result.crossings if c.check and c.check.state == CheckState.REFUTED)
    if refuted:
        yield Warned(f"{len(refuted)} crossings refuted by what was measured there", refuted)
    alarms = tuple(one.cell for one in result.sameness if one.alarm)
    if alarms:
        yield Warned("a difference between copies of one cell, where there is none; one in twenty is by chance", alarms)
    if result.precision:
        missed = tuple(f"{one.cell}: {one.why}" for one in result.precision.cells if one.why)
        if missed:
            yield Warned(f"{len(missed)} cells did not reach the precision that was asked for", missed)


def machine_facts(result: Result) -> tuple[tuple[str, str], ...]:
    """What the session knows of the machine: names as recorded, in words where they are numbers of bytes."""
    found: list[tuple[str, str]] = []
    for name, value in result.host.items():
        if isinstance(value, dict):
            text = "; ".join(f"{key}: {item}" for key, item in value.items())
        elif name.endswith("_bytes") and isinstance(value, int):
            text = f"{value / (1 << 30):.1f} GiB" if value >= 1 << 30 else format_size(value)
        elif isinstance(value, bool):
            text = "yes" if value else "no"
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        found.append((name.removesuffix("_bytes").replace("_", " "), text))
    return tuple(found)


def method_lines(result: Result) -> tuple[str, ...]:
    """The lines on clock, regimes, plan and copies, as every report ends with them."""
    lines = [text for text, style in foot_lines(result) if not style]
    if result.plan.budget_s is not None:
        lines.append(f"budget   {format_duration(result.plan.budget_s)}")
    return tuple(" ".join(line.split()) for line in lines)


def again(plan: Plan) -> str:
    """The command that measures the same cells in the same order."""
    words = ["partywall", "run"]
    cells = [cell for cell in plan.cells if not cell.role and not cell.reading]
    if plan.source:
        words.append(plan.source)
    else:
        words += _names(plan, cells)
    words += ["--profile", plan.profile.name, "--seed", str(plan.seed)]
    if plan.target:
        words += ["--precision", f"{100 * plan.target.precision:g}%", *(["--pooled"] if plan.target.pooled else [])]
    if plan.budget_s is not None:
        words += ["--budget", f"{plan.budget_s:g}s"]
    if not plan.source:
        words += _settings(cells)
    return shlex.join(words)


def _names(plan: Plan, cells: list[PlannedCell]) -> list[str]:
    primitives = list(dict.fromkeys(cell.primitive for cell in cells))
    walls = list(dict.fromkeys(wall for wall, _ in plan.walls))
    if set(PRIMITIVES) <= set(primitives) and {name for name, _ in WALLS} <= set(walls):
        return []
    # The reference arms come with whatever is measured.
    own = [cell.primitive for cell in cells if cell.family.value != "reference"] or primitives
    return [*dict.fromkeys(own), *walls]


def _settings(cells: list[PlannedCell]) -> list[str]:
    words: list[str] = []
    seen: dict[str, dict[str, None]] = {}
    usual: dict[str, set[str]] = {}
    for cell in cells:
        declared = PRIMITIVES.get(cell.primitive)
        for factor in declared.factors if declared else ():
            levels = (factor.default[0],) if factor.optional else factor.default
            usual.setdefault(factor.name, set()).update(levels)
            seen.setdefault(factor.name, {})[cell.factors.get(factor.name, factor.default[0])] = None
    for name, found in seen.items():
        # Of a factor that has all of its default levels nothing was asked.
        if not set(found) <= usual[name]:
            words += ["--set", f"{name}={','.join(found)}"]
    return words
