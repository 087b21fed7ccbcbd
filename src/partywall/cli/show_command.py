"""``partywall show``."""

from pathlib import Path

import click

from partywall.errors import InputError

__all__ = ["command"]


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", help="Judge these claims instead.")
@click.option("--wall", metavar="NAME", help="All facts of that wall instead, or of those that a pattern matches.")
@click.option("--host", default="", help="Of that host only.")
def command(file: Path, json_target: str | None, claims: Path | None, wall: str | None, host: str) -> None:
    """Show the verdicts, walls and figures of a saved session FILE; needs no measuring."""
    from partywall import store
    from partywall.claims import load_claims
    from partywall.cli.output import emit, emit_evidence
    from partywall.session import Session

    if host and not wall:
        raise InputError("--host goes with --wall")
    if wall and (json_target or claims):
        raise InputError("--wall shows the facts of walls alone, as text; for --json and --claims leave it out")
    session = Session(store.read(file), load_claims(claims) if claims else None)
    if wall:
        emit_evidence(session, wall, host)
    else:
        emit(session, json_target)
