"""``partywall export``."""

from pathlib import Path

import click

__all__ = ["command"]

_FORMATS = ("csv", "gbench", "hyperfine", "openmetrics", "pyperf")


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "name", type=click.Choice(_FORMATS), required=True, help="In the format of which tool.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Instead of stdout.")
def command(file: Path, name: str, output: Path | None) -> None:
    """Write the figures of a saved session FILE in the format of another tool.

    What a format cannot hold is left out and named on stderr.
    """
    from partywall import store
    from partywall.cli.output import tell_what_is_left_out, write_whole
    from partywall.export import EXPORTERS
    from partywall.session import Session

    exported = EXPORTERS[name](Session(store.read(file)))
    if output:
        write_whole(output, exported.text)
    else:
        click.echo(exported.text, nl=False)
    tell_what_is_left_out(name, exported.left_out)
