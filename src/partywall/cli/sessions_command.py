"""``partywall sessions``."""

from pathlib import Path

import click

__all__ = ["command"]


@click.command("sessions")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
def command(files: tuple[Path, ...], json_target: str | None) -> None:
    """Show what saved sessions of one machine say together: medians over sessions, and how far these lie apart."""
    from partywall import store
    from partywall.cli.output import emit_sessions
    from partywall.session import Session

    emit_sessions([Session(store.read(file), ()) for file in files], json_target)
