"""``partywall run``."""

import datetime
from pathlib import Path

import click

from partywall.errors import InputError

__all__ = ["command"]


@click.command("run")
@click.argument("names", nargs=-1, metavar="[FAMILY|PRIMITIVE|WALL|PLAN.toml|plan:NAME]...")
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
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", help="Judge these claims instead.")
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
    claims: Path | None,
    dry_run: bool,
    resume: Path | None,
) -> None:
    """Measure, prove and judge; everything by default, or what a plan says.

    The session, every sample included, is written to partywall-DATE-TIME.parquet unless -o says where.
    An existing file is never written over.
    """
    from partywall import api
    from partywall.cli.output import ProgressLine, emit, emit_plan, tell_of_the_pilot, warn_of_what_is_left_out
    from partywall.prepare import prepare
    from partywall.units import parse_seconds

    factors = _factors(settings, image=image, peer=peer, placement=placement)
    line = ProgressLine()
    given = names or factors or output or budget or precision or pooled or profile or seed is not None or dry_run
    if resume and given:
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
            precision=None if precision is None else _precision(precision),
            pooled=pooled,
            claims=claims,
        )
        if dry_run:
            emit_plan(prepared.plan, json_target)
            return
        warn_of_what_is_left_out(prepared.plan)
        tell_of_the_pilot(prepared.plan)
    target = resume or output or Path(f"partywall-{datetime.datetime.now():%Y%m%d-%H%M%S}.parquet")
    try:
        if resume:
            session = api.resume(resume, claims=claims, progress=line, told=line.tell)
        else:
            session = api.carry_out(prepared.plan, output=target, claims=prepared.claims, progress=line, told=line.tell)
    except KeyboardInterrupt:
        click.echo(f"\nfinished trials are kept: partywall run --resume {target}", err=True)
        raise
    finally:
        line.clear()
    emit(session, json_target)
    click.echo(f"session  {target}  (partywall show {target})", err=True)


def _precision(text: str) -> float:
    from partywall.units import parse_share

    try:
        return parse_share(text)
    except InputError as error:
        raise InputError(f"--precision {error}") from None


def _factors(settings: tuple[str, ...], **options: str | None) -> dict[str, list[str]]:
    factors = {name: value.split(",") for name, value in options.items() if value}
    for setting in settings:
        name, equals, levels = setting.partition("=")
        if not equals or not levels:
            raise InputError(f"--set {setting!r} is not FACTOR=LEVEL,LEVEL")
        if name in factors:
            raise InputError(f"factor {name} is given twice")
        factors[name] = levels.split(",")
    return factors
