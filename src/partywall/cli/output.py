"""Where results go: numbers to stdout, JSON to a file or stdout, progress to stderr."""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from partywall.distributions import Distribution
from partywall.errors import PartywallError
from partywall.export import LeftOut
from partywall.model import Plan, State
from partywall.report import render, render_evidence, render_json, render_plan, render_plan_json, render_text
from partywall.report.layout import clean, colour_wanted
from partywall.session import Session

__all__ = [
    "ProgressLine",
    "append_whole",
    "emit",
    "emit_evidence",
    "emit_html",
    "emit_plan",
    "emit_sessions",
    "print_or_write",
    "tell_how_long",
    "tell_what_is_left_out",
    "warn_of_what_is_left_out",
    "write_charts",
    "write_whole",
]

_REDRAW_S = 0.1
_LOG_S, _LOG_MOST_S = 10.0, 60.0
_MOST_SKETCHED = 3_000_000


def emit(session: Session, json_target: str | None, full: bool = False) -> None:
    """Print the report, or JSON if its target is "-"; a JSON file is written beside the report.

    If ``full``, the report tells every figure of every cell.
    """
    result = session.result
    print_or_write(
        lambda colour: render_text(
            result, _to_sketch(session), colour=colour, full=full, ascii_only=not _speaks_unicode()
        ),
        lambda: render_json(result),
        json_target,
    )


def _to_sketch(session: Session) -> Mapping[str, Distribution]:
    """The distributions, unless reading all samples once more would keep a reader waiting."""
    samples = sum(trial.count for trial in session.record.trials)
    return session.distributions if samples <= _MOST_SKETCHED else {}


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def print_or_write(text: Callable[[bool], str], document: Callable[[], str], json_target: str | None) -> None:
    """Print a text, given whether colour is wanted, or the JSON document if its target is "-"."""
    if not _emit_json(document, json_target):
        click.echo(text(colour_wanted(sys.stdout.isatty())), nl=False, color=True)


def emit_evidence(session: Session, wall: str, host: str) -> None:
    """Print all facts of the walls whose names match; InputError if there are none."""
    text = render_evidence(session.result, wall, host, colour=colour_wanted(sys.stdout.isatty()))
    click.echo(text, nl=False, color=True)


def emit_html(session: Session, target: Path) -> None:
    """Write the session as a page; PartywallError in one line if that cannot be."""
    write_whole(target, render("html", session.result, lambda: session.distributions))


def _emit_json(render: Callable[[], str], target: str | None) -> bool:
    """Write the JSON where it is wanted; whether that was stdout, so that nothing else may go there."""
    if target == "-":
        click.echo(render(), nl=False)
    elif target:
        write_whole(Path(target), render())
    return target == "-"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it appears under its name whole, in place of one that was there, or not at all.

    What is no regular file, /dev/stdout say, is written to as it is.  PartywallError in one line if it cannot be.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(data)
                file.close()
                umask = os.umask(0)
                os.umask(umask)
                temporary.chmod(0o666 & ~umask)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise PartywallError(f"{path}: cannot be written: {error.strerror}") from None


def append_whole(path: Path, content: str) -> None:
    """Add to the end of a file, or make it; as ``write_whole``, so that others never see half of it."""
    try:
        before = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise PartywallError(f"{path}: cannot be read: {error.strerror}") from None
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_whole(path, before + (b"\n" if before else b"") + content.encode())


def write_charts(session: Session, directory: Path, kind: str) -> int:
    """Write every chart of the session to a file "svg" or "png" of its own, and return how many there are.

    The directory is made if it is not there.  PartywallError in one line if one of them cannot be written.
    """
    from partywall.report.charts import find_charts

    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PartywallError(f"{directory}: cannot be made: {error.strerror}") from None
    names = set()
    for chart in find_charts(session.result, session.distributions):
        # Names of claims are the session's: none may lead elsewhere, or onto another.
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", chart.name)[:80]
        while name in names:
            name += "-"
        names.add(name)
        write_whole(directory / f"{name}.{kind}", chart.file(kind))
    return len(names)


def emit_sessions(sessions: Sequence[Session], json_target: str | None) -> None:
    """Print what sessions say together, as text or as JSON."""
    from partywall.report.sessions import render_sessions, render_sessions_json
    from partywall.sessions import across_sessions

    cells = across_sessions(sessions)
    if not _emit_json(lambda: render_sessions_json(cells), json_target):
        click.echo(render_sessions(cells), nl=False)


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


def tell_how_long(plan: Plan) -> None:
    """Say on stderr how long it takes, or the pilot, if there is one: how long the rest takes follows from it."""
    from partywall.budget import estimate_seconds
    from partywall.units import format_duration, format_share

    if not plan.target and sys.stderr.isatty():
        click.echo(f"at least {format_duration(estimate_seconds(plan))}", err=True)
    if plan.target:
        goal = f"{format_share(plan.target.precision)}: a pilot of {plan.profile.runs} runs"
        click.echo(f"precision {goal} takes about {format_duration(estimate_seconds(plan))}", err=True)


def tell_what_is_left_out(name: str, left_out: Sequence[LeftOut]) -> None:
    """Say on stderr which cells are not in an export of that name, and why; each reason once."""
    cells: dict[str, list[str]] = {}
    for one in left_out:
        cells.setdefault(one.reason, []).append(one.cell)
    for reason, members in cells.items():
        count = f"{len(members)} cell{'s' if len(members) > 1 else ''}"
        said = f"no figures in {name} of {count}: {reason}: {', '.join(members)}"
        click.echo(clean(said), err=True)


class ProgressLine:
    """One line on stderr that says what is measured and how long it will still take.

    In a log it is a line of its own at each tenth, but ten seconds apart at least and a minute at most, so that a
    short session leaves none and a long one is never taken for dead.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._drawn = self._told = 0.0
        self._logged = self._started
        self._done = self._before = 0
        self._enabled = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Draw the line; at most ten times a second, so that drawing costs the measurement nothing."""
        now = time.monotonic()
        self._done = done
        if not self._enabled:
            self._log(what, done, total, now)
            return
        if now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        click.echo(f"\r\x1b[K{self._line(what, done, total, now)}", nl=False, err=True)

    def _line(self, what: str, done: int, total: int, now: float) -> str:
        lately = done - self._before
        left = (now - self._started) / lately * (total - done) if lately > 0 else 0.0
        return f"{done}/{total}  {left:.0f} s left  {what[:50]}"

    def _log(self, what: str, done: int, total: int, now: float) -> None:
        since, tenths = now - self._logged, 10 * done // max(total, 1)
        if since >= _LOG_MOST_S or (since >= _LOG_S and tenths > self._told):
            self._logged, self._told = now, tenths
            click.echo(self._line(what, done, total, now), err=True)

    def tell(self, line: str) -> None:
        """A line that stays."""
        self.clear()
        click.echo(line, err=True)
        self._started = time.monotonic()
        self._before = self._done

    def clear(self) -> None:
        """Take the line away."""
        if self._enabled:
            click.echo("\r\x1b[K", nl=False, err=True)
