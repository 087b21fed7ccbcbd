"""``partywall run``."""

import datetime
import time
from pathlib import Path

import click

from partywall.cli.completing import complete_measured
from partywall.errors import InputError

__all__ = ["command"]


@click.command("run")
@click.argument(
    "names",
    nargs=-1,
    metavar="[FAMILY|PRIMITIVE|WALL|scenario:NAME|PLAN.toml|plan:NAME]...",
    shell_complete=complete_measured,
)
@click.option("--profile", help="quick (the default), standard or rigorous.")
@click.option("--budget", metavar="TIME", help="Measure for this long at most, for example 60s.")
@click.option("--precision", metavar="SHARE", help="A pilot, then as many runs as make figures that exact; 2%.")
@click.option("--pooled", is_flag=True, help="With --precision: count the pilot's runs too; covers a little less.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of every random choice; drawn if not given.")
@click.option(
    "--image", help="pristine (a tiny worker), interpreter (a fresh Python) or caller (a fork of this process)."
)
@click.option("--peer", help="process or thread.")
@click.option("--placement", help="same-cpu, smt-sibling, same-llc, cross-llc or cross-node.")
@click.option("--set", "settings", multiple=True, metavar="FACTOR=A,B", help="Levels of any factor.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Session file to write.")
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
@click.option(
    "--html", "html_target", type=click.Path(path_type=Path), metavar="FILE", help="Write a page to FILE too."
)
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", help="Judge these claims instead.")
@click.option("--sessions", type=click.IntRange(1, 1000), default=1, help="Measure so many sessions, FILE-1 and on.")
@click.option("--pause", metavar="TIME", help="With --sessions: wait so long between them, for example 60s.")
@click.option("--dry-run", is_flag=True, help="Say what would be measured and how long; measure nothing.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="FILE", help="Finish the session of FILE.")
def command(
    names: tuple[str, ...],
    profile: str | None,
    budget: str | None,
    precision: str | None,
    pooled: bool,
    seed: int | None,
    image: str | None,
    peer: str | None,
    placement: str | None,
    settings: tuple[str, ...],
    output: Path | None,
    json_target: str | None,
    html_target: Path | None,
    claims: Path | None,
    sessions: int,
    pause: str | None,
    dry_run: bool,
    resume: Path | None,
) -> None:
    """Measure, prove and judge; everything by default, or what a plan says.

    The session, every sample included, is written to partywall-DATE-TIME.parquet unless -o says where.
    An existing file is never written over.
    """
    from partywall import api
    from partywall.cli.output import (
        ProgressLine,
        emit,
        emit_html,
        emit_plan,
        emit_sessions,
        tell_how_long,
        warn_of_what_is_left_out,
    )
    from partywall.cli.settings import parse_precision, parse_settings
    from partywall.prepare import prepare
    from partywall.units import parse_seconds

    if html_target and sessions > 1:
        raise InputError("--html is of one session: make a page of each with partywall report")
    factors = parse_settings(settings, image=image, peer=peer, placement=placement)
    line = ProgressLine()
    given = names or factors or output or budget or precision or pooled or profile or seed is not None or dry_run
    if pause and sessions == 1:
        raise InputError("--pause is between sessions: say how many with --sessions")
    pause_s = parse_seconds(pause) if pause else 0.0
    if resume and (given or sessions > 1):
        raise InputError(
            "--resume takes its plan from the journal: no names, factors, profile, seed, budget, precision or -o"
        )
    if not resume:
        prepared = prepare(
            names,
            profile=profile,
            seed=seed,
            factors=factors,
            budget_s=None if budget is None else parse_seconds(budget),
            precision=None if precision is None else parse_precision(precision),
            pooled=pooled,
            claims=claims,
        )
        if dry_run:
            emit_plan(prepared.plan, json_target)
            return
        warn_of_what_is_left_out(prepared.plan)
        tell_how_long(prepared.plan)
        targets = _targets(output, sessions)
    finished = []
    try:
        if resume:
            targets = [resume]
            finished.append(api.resume(resume, claims=claims, progress=line, told=line.tell))
        for i, target in enumerate([] if resume else targets):
            time.sleep(pause_s if i else 0.0)
            planned = prepared.for_session(i)
            finished.append(
                api.carry_out(planned, output=target, claims=prepared.claims, progress=line, told=line.tell)
            )
    except KeyboardInterrupt:
        if len(finished) < len(targets):
            target = targets[len(finished)]
            click.echo(f"\nfinished trials are kept: partywall run --resume {target}", err=True)
        raise
    finally:
        line.clear()
    if len(finished) > 1:
        emit_sessions(finished, json_target)
    else:
        emit(finished[0], json_target)
        if html_target:
            emit_html(finished[0], html_target)
    for target in targets:
        click.echo(f"session  {target}  (partywall show {target})", err=True)


def _targets(output: Path | None, sessions: int) -> list[Path]:
    """Where the sessions go: to one file, or to as many with a number each."""
    from partywall.store import check_target

    target = output or Path(f"partywall-{datetime.datetime.now():%Y%m%d-%H%M%S}.parquet")
    targets = [target.with_stem(f"{target.stem}-{i}") for i in range(1, sessions + 1)] if sessions > 1 else [target]
    for path in targets:
        check_target(path)
    return targets
