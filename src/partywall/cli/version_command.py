"""``partywall version``."""

import click

__all__ = ["command"]


@click.command("version")
def command() -> None:
    """Show the version and how the C core was built."""
    from importlib.metadata import version

    from partywall import _build

    worker = "static" if _build.STATIC_WORKER else "dynamic"
    click.echo(f"partywall {version('partywall')} ({_build.COMPILER}, {_build.BUILDTYPE}, {worker} worker)")
