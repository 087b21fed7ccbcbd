"""``partywall selftest``."""

import click

__all__ = ["command"]


@click.command("selftest")
@click.option("--long", is_flag=True, help="10,000 repetitions and 1,000 pairs, in many minutes instead of one.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["synthetic", "machine", "hog"]),
    help="Only this part; may be given more than once.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of every random choice.")
@click.option("--all", "every", is_flag=True, help="Show every check, not only the worst of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print every check as JSON instead of a table.")
def command(long: bool, parts: tuple[str, ...], seed: int, every: bool, as_json: bool) -> None:
    """Prove what the intervals achieve: on data whose truth is known, and on this machine.

    How often do 95 % intervals hold the truth; how often is a claim WITHIN whose truth lies outside; how often
    does a cell differ from itself; are planted effects found; and the same while another program takes the CPU.
    Exit code 1 if what is demanded is clearly missed.
    """
    import sys

    from partywall.cli.output import ProgressLine
    from partywall.report.layout import colour_wanted
    from partywall.report.selftest import render_selftest, render_selftest_json
    from partywall.selftest.suite import LONG, PARTS, SHORT, run_selftest

    line = ProgressLine()
    try:
        report = run_selftest(parts or PARTS, seed, LONG if long else SHORT, line)
    finally:
        line.clear()
    if as_json:
        click.echo(render_selftest_json(report), nl=False)
    else:
        click.echo(render_selftest(report, every, colour_wanted(sys.stdout.isatty())), nl=False, color=True)
    if report.failed:
        click.get_current_context().exit(1)
