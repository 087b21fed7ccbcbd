"""``partywall explain``."""

from typing import Any

import click

from partywall.cli.completing import complete_explained

__all__ = ["command"]


@click.command("explain")
@click.argument("name", required=False, shell_complete=complete_explained)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(name: str | None, as_json: bool) -> None:
    """Say what NAME means: a primitive, wall, factor, flag, state, verdict, estimate, profile, plan or claim.

    Without NAME all names are listed, by kind.
    """
    import msgspec

    from partywall.explaining import explain, names_by_kind
    from partywall.glossary import TITLES

    found: Any = explain(name) if name else names_by_kind()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    if not name:
        for kind, names in found.items():
            click.echo(click.wrap_text(", ".join(names), 100, f"{kind}: ", "    "))
        return
    for entry in found:
        title = f" ({TITLES[entry.kind]})" if entry.kind in TITLES else ""
        click.echo(f"{entry.name}, {entry.kind}{title}")
        click.echo(click.wrap_text(entry.text, 100, "  ", "  "))
        for head, lines in entry.details.items():
            click.echo(click.wrap_text("; ".join(lines), 100, f"  {head}: ", "    "))
