"""Where results go: numbers to stdout, JSON to a file or stdout, progress to stderr."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from partywall.errors import PartywallError
from partywall.model import Plan, State
from partywall.report import render_evidence, render_json, render_plan, render_plan_json, render_text
from partywall.report.text import colour_wanted
from partywall.session import Session

__all__ = ["ProgressLine", "emit", "emit_evidence", "emit_plan", "print_or_write", "warn_of_what_is_left_out"]

_REDRAW_S = 0.1


def emit(session: Session, json_target: str | None) -> None:
    """Print the report, or JSON if its target is "-"; a JSON file is written beside the report."""
    result = session.result
    print_or_write(lambda colour: render_text(result, colour=colour), lambda: render_json(result), json_target)


def print_or_write(text: Callable[[bool], str], document: Callable[[], str], json_target: str | None) -> None:
    """Print a text, given whether colour is wanted, or the JSON document if its target is "-"."""
    if not _emit_json(document, json_target):
        click.echo(text(colour_wanted(sys.stdout.isatty())), nl=False, color=True)


def emit_evidence(session: Session, wall: str, host: str) -> None:
    """Print all facts of the walls whose names match; InputError if there are none."""
    text = render_evidence(session.result, wall, host, colour=colour_wanted(sys.stdout.isatty()))
    click.echo(text, nl=False, color=True)


def _emit_json(render: Callable[[], str], target: str | None) -> bool:
    """Write the JSON where it is wanted; whether that was stdout, so that nothing else may go there."""
    if target == "-":
        click.echo(render(), nl=False)
    elif target:
        try:
            Path(target).write_text(render(), encoding="utf-8")
        except OSError as error:
            raise PartywallError(f"{target}: cannot be written: {error.strerror}") from None
    return target == "-"


def emit_plan(plan: Plan, json_target: str | None) -> None:
    """Print what a plan would measure, in which order and for how long; or the plan itself as JSON."""
    from partywall.budget import estimate_seconds

    if not _emit_json(lambda: render_plan_json(plan), json_target):
        click.echo(render_plan(plan, estimate_seconds(plan)), nl=False)


def warn_of_what_is_left_out(plan: Plan) -> None:
    """Say on stderr which cells this machine cannot measure, and why, before anything starts."""
    reasons: dict[str, int] = {}
    for cell in plan.cells:
        if cell.state == State.UNSUPPORTED and not cell.reading:
            reasons[cell.reason] = reasons.get(cell.reason, 0) + 1
    for reason, count in reasons.items():
        click.echo(f"left out: {count} cell{'s' if count > 1 else ''}: {reason}", err=True)


class ProgressLine:
    """One line on stderr that says what is measured and how long it will still take; none in a log."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._drawn = 0.0
        self._enabled = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Draw the line; at most ten times a second, so that drawing costs the measurement nothing."""
        now = time.monotonic()
        if not self._enabled or now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        left = (now - self._started) / done * (total - done) if done else 0.0
        click.echo(f"\r\x1b[K{done}/{total}  {left:.0f} s left  {what[:50]}", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._enabled:
            click.echo("\r\x1b[K", nl=False, err=True)
