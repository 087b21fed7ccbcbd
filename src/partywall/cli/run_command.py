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
    from partywall.claims import load_claims
    from partywall.cli.output import ProgressLine, emit, emit_plan, warn_of_what_is_left_out
    from partywall.units import parse_seconds

    factors = _factors(settings, image=image, peer=peer, placement=placement)
    line = ProgressLine()
    if resume and (names or factors or output or budget or profile or seed is not None or dry_run):
        raise InputError("--resume takes its plan from the journal: no names, factors, profile, seed, budget or -o")
    if not resume:
        planned = api.plan(
            names,
            profile=profile,
            seed=seed,
            factors=factors,
            budget_s=None if budget is None else parse_seconds(budget),
        )
        if dry_run:
            emit_plan(planned, json_target)
            return
        if claims:
            load_claims(claims)  # what is wrong with them is said before anything else
        warn_of_what_is_left_out(planned)
    target = resume or output or Path(f"partywall-{datetime.datetime.now():%Y%m%d-%H%M%S}.parquet")
    try:
        if resume:
            session = api.resume(resume, claims=claims, progress=line)
        else:
            session = api.carry_out(planned, output=target, claims=claims or api.claims_of(names), progress=line)
    except KeyboardInterrupt:
        click.echo(f"\nfinished trials are kept: partywall run --resume {target}", err=True)
        raise
    finally:
        line.clear()
    emit(session, json_target)
    click.echo(f"session  {target}  (partywall show {target})", err=True)


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
