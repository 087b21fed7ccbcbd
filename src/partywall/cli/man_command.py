"""``partywall man``."""

import click

__all__ = ["command"]

_SECTIONS = (
    (
        "FILES",
        (
            ("partywall-DATE-TIME.parquet", "The session that run writes where -o does not say otherwise."),
            ("PLAN.toml", "A plan: what is measured over which levels."),
        ),
    ),
    (
        "ENVIRONMENT",
        (
            ("NO_COLOR", "Set to anything but nothing: no colours."),
            ("OPENBLAS_NUM_THREADS", "1 if it is not set: threads would disturb the measuring."),
        ),
    ),
)


@click.command("man")
@click.argument("name", required=False, metavar="[COMMAND]")
def command(name: str | None) -> None:
    """Print the man page of partywall, or that of COMMAND: partywall man | man -l -."""
    from importlib.metadata import version

    from partywall.cli.man_page import man_page
    from partywall.errors import InputError

    context = click.get_current_context().find_root()
    if name:
        group = context.command
        assert isinstance(group, click.Group)
        found = group.get_command(context, name)
        if found is None:
            raise InputError(f"no command is called {name!r}; there are {', '.join(group.list_commands(context))}")
        context = click.Context(found, info_name=name, parent=context)
    click.echo(man_page(context, version=version("partywall"), sections=() if name else _SECTIONS), nl=False)
