"""``partywall report``."""

from pathlib import Path

import click

from partywall.errors import InputError

__all__ = ["command"]


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "kind",
    metavar="FORMAT",
    help="html (if -o says no other), csv, json, latex, markdown or text.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="Where to; stdout by default.")
@click.option("--claims", type=click.Path(path_type=Path), metavar="FILE", help="Judge these claims instead.")
@click.option("--charts", type=click.Path(path_type=Path), metavar="DIR", help="Write each chart to a file in DIR.")
@click.option("--chart-format", type=click.Choice(("svg", "png")), default="svg", help="svg (the default) or png.")
def command(
    file: Path, kind: str | None, output: Path | None, claims: Path | None, charts: Path | None, chart_format: str
) -> None:
    """Make a document of a saved session FILE, or files of its charts; needs no measuring.

    An HTML report is one file that opens anywhere and fetches nothing.
    """
    from partywall import store
    from partywall.claims import load_claims
    from partywall.cli.output import write_charts, write_whole
    from partywall.report import RENDERERS, check_format, render
    from partywall.session import Session

    if charts and (kind or output):
        raise InputError("--charts writes charts alone: --to and -o are for a document")
    if kind is None:
        suffix = output.suffix.removeprefix(".") if output else ""
        kind = suffix if suffix in RENDERERS else "html"
    check_format(kind)
    session = Session(store.read(file), load_claims(claims) if claims else None)
    if charts:
        count = write_charts(session, charts, chart_format)
        click.echo(f"{count} charts in {charts}", err=True)
        return
    document = render(kind, session.result, lambda: session.distributions)
    if output:
        write_whole(output, document)
    else:
        click.echo(document, nl=False)
