"""Where results go: numbers to stdout, JSON to a file or stdout, progress to stderr."""

import sys
import time
from pathlib import Path

import click

from partywall.errors import PartywallError
from partywall.report import render_json, render_text
from partywall.report.text import colour_wanted
from partywall.session import Session

__all__ = ["ProgressLine", "emit"]

_REDRAW_S = 0.1


def emit(session: Session, json_target: str | None) -> None:
    """Print the report, or JSON if its target is "-"; a JSON file is written beside the report."""
    result = session.result
    if json_target == "-":
        click.echo(render_json(result), nl=False)
        return
    if json_target:
        try:
            Path(json_target).write_text(render_json(result), encoding="utf-8")
        except OSError as error:
            raise PartywallError(f"{json_target}: cannot be written: {error.strerror}") from None
    click.echo(render_text(result, colour=colour_wanted(sys.stdout.isatty())), nl=False, color=True)


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
