"""``partywall compare``."""

from pathlib import Path

import click

from partywall.model import ESTIMATES

__all__ = ["command"]

_FAILS = {"slower": ("higher",), "different": ("higher", "lower")}


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--more-before", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="A session more.")
@click.option("--more-after", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="A session more.")
@click.option(
    "--band", default="2%", show_default=True, metavar="SHARE", help="A change less than this does not matter."
)
@click.option(
    "--estimate",
    type=click.Choice([name for name in ESTIMATES if name != "cold"]),
    default="typical",
    show_default=True,
    help="What is compared.",
)
@click.option("--all", "everything", is_flag=True, help="List the cells that are the same or undecided too.")
@click.option("--fail-on", type=click.Choice(list(_FAILS)), help="Exit with 1 if a cell is.")
@click.option("--json", "json_target", metavar="FILE|-", help="Write JSON to FILE; - prints it instead of text.")
def command(
    before: Path,
    after: Path,
    more_before: tuple[Path, ...],
    more_after: tuple[Path, ...],
    band: str,
    estimate: str,
    everything: bool,
    fail_on: str | None,
    json_target: str | None,
) -> int:
    """Compare the sessions BEFORE and AFTER cell by cell, of one machine or of two.

    What is called slower or faster is so by more than the band, at 95 % for all cells together.  With four
    sessions or more on each side it is the sessions that are compared.
    """
    import msgspec

    from partywall import api
    from partywall.cli.output import print_or_write
    from partywall.report.text_comparison import render_comparison
    from partywall.units import parse_share

    found = api.compare((before, *more_before), (after, *more_after), band=parse_share(band), estimate=estimate)
    print_or_write(
        lambda colour: render_comparison(found, everything, colour),
        lambda: msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n",
        json_target,
    )
    wrong = _FAILS[fail_on] if fail_on else ()
    return int(any(change.changed.value in wrong for change in found.changes))
