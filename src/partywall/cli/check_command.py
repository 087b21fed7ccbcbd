"""``partywall check``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partywall.errors import InputError

if TYPE_CHECKING:
    from partywall.session import Session

__all__ = ["command"]


@click.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[SESSION.parquet]")
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", required=True, help="What is to hold.")
@click.option("--profile", help="quick (the default), standard or rigorous.")
@click.option("--budget", metavar="TIME", help="Measure for this long at most, for example 60s.")
@click.option("--precision", metavar="SHARE", help="A pilot, then as many runs as make figures that exact; 2%.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of every random choice; drawn if not given.")
@click.option("--set", "settings", multiple=True, metavar="FACTOR=A,B", help="Levels where no claim names one.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Keep the session here.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the verdicts as JUnit XML.")
@click.option("--summary", metavar="FILE|-", help="Add a paragraph in Markdown to FILE; - prints it instead of text.")
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
@click.option("--allow-undecided", is_flag=True, help="What is undecided does not fail the check.")
@click.option("--allow-unsupported", is_flag=True, help="What this machine cannot do does not fail the check.")
def command(
    file: Path | None,
    claims: Path,
    profile: str | None,
    budget: str | None,
    precision: str | None,
    seed: int | None,
    settings: tuple[str, ...],
    output: Path | None,
    junit: Path | None,
    summary: str | None,
    json_target: str | None,
    allow_undecided: bool,
    allow_unsupported: bool,
) -> int:
    """Check that claims hold: in the session SESSION.parquet, or else by measuring what they speak of.

    Prints a line per claim, the worst first.  Exit codes: 0 all hold, 1 one fails (BELOW, ABOVE, BROKEN), 3 one is
    undecided (INDETERMINATE, NOISY, NOT-STEADY, TIMER-LIMITED, INVALID, or not in the session), 4 one is not
    supported here; the first of these that there is.  2 the claims file cannot be meant, 5 measuring failed.
    """
    from partywall.cli.output import append_whole, print_or_write, write_whole
    from partywall.gate import Standing
    from partywall.report.check import render_check, render_check_json, render_summary
    from partywall.report.junit import render_junit

    if json_target == summary == "-":
        raise InputError("--json - and --summary - both want all of stdout")
    if file and (profile or budget or precision or seed is not None or settings or output):
        raise InputError("a saved session is judged as it is: no profile, budget, precision, seed, factors or -o")
    began = time.monotonic()
    session = _saved(file, claims) if file else _measured(claims, profile, budget, precision, seed, settings, output)
    allowed = [
        standing
        for standing, wanted in ((Standing.UNDECIDED, allow_undecided), (Standing.UNSUPPORTED, allow_unsupported))
        if wanted
    ]
    gate = session.gate
    if junit:
        write_whole(junit, render_junit(gate, allowed, time.monotonic() - began))
    paragraph = render_summary(gate, allowed, _machine_of(session)) if summary else ""
    if summary and summary != "-":
        append_whole(Path(summary), paragraph)
    print_or_write(
        lambda colour: paragraph if summary == "-" else render_check(gate, colour),
        lambda: render_check_json(gate, allowed),
        json_target,
    )
    return gate.exit_code(allowed)


def _saved(file: Path, claims: Path) -> "Session":
    from partywall import store
    from partywall.claims import load_claims
    from partywall.session import Session

    claim_set = load_claims(claims)
    if not any(claim.quantities for claim in claim_set):
        raise InputError(f"{claims}: the claims name no quantity: there is nothing to check")
    return Session(store.read(file), claim_set)


def _measured(
    claims: Path,
    profile: str | None,
    budget: str | None,
    precision: str | None,
    seed: int | None,
    settings: tuple[str, ...],
    output: Path | None,
) -> "Session":
    from partywall import api
    from partywall.cli.output import ProgressLine, tell_how_long, warn_of_what_is_left_out
    from partywall.cli.settings import parse_precision, parse_settings
    from partywall.prepare import prepare_check
    from partywall.units import parse_seconds

    prepared = prepare_check(
        claims,
        profile=profile,
        seed=seed,
        factors=parse_settings(settings),
        budget_s=None if budget is None else parse_seconds(budget),
        precision=None if precision is None else parse_precision(precision),
    )
    warn_of_what_is_left_out(prepared.plan)
    tell_how_long(prepared.plan)
    line = ProgressLine()
    try:
        return api.carry_out(prepared.plan, output=output, claims=prepared.claims, progress=line, told=line.tell)
    finally:
        line.clear()


def _machine_of(session: "Session") -> str:
    """The machine in one line, as far as the session tells of it."""
    host = session.record.host
    return ", ".join(str(host[name]) for name in ("cpu", "kernel") if host.get(name))
