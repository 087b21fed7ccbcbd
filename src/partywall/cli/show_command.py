"""``partywall show``."""

from pathlib import Path

import click

__all__ = ["command"]


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", help="Judge these claims instead.")
@click.option("--full", is_flag=True, help="Tell every figure of every cell.")
def command(file: Path, json_target: str | None, claims: Path | None, full: bool) -> None:
    """Show the verdicts, walls and figures of a saved session FILE; needs no measuring."""
    from partywall import store
    from partywall.claims import load_claims
    from partywall.cli.output import emit
    from partywall.session import Session

    emit(Session(store.read(file), load_claims(claims) if claims else None), json_target, full)
