"""The command line: one module per command, loaded when it is called."""

import os
from importlib import import_module
from typing import Any

import click

from partywall.errors import PartywallError

__all__ = ["main"]

_COMMANDS = {
    "check": ("check_command", "Check that claims hold, for CI: exit codes, JUnit, a summary."),
    "compare": ("compare_command", "Compare two sessions cell by cell."),
    "completion": ("completion_command", "Print what a shell sources to complete partywall."),
    "doctor": ("doctor_command", "Say what on this machine makes figures worse."),
    "export": ("export_command", "Write a saved session in the format of another tool."),
    "explain": ("explain_command", "Say what a name in a report means."),
    "list": ("list_command", "List what can be measured and proved."),
    "man": ("man_command", "Print the man page."),
    "report": ("report_command", "Make a document or charts of a saved session."),
    "run": ("run_command", "Measure, prove and judge on this machine."),
    "selftest": ("selftest_command", "Prove what the intervals achieve, here."),
    "sessions": ("sessions_command", "Show what several sessions say together."),
    "show": ("show_command", "Show a saved session."),
    "version": ("version_command", "Show the version and how it was built."),
}
_INTERRUPTED = 130


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"partywall.cli.{_COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table alone, so that --help does not load what it describes.
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Measure what processes and threads cost here, and prove what they protect.

    Exit codes: 0 done, 1 what was to be so is not, 2 usage or bad input, 3 undecided, 4 unsupported here,
    5 measuring failed, 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit; errors are one line on stderr."""
    # Nothing here multiplies matrices; threads would count against RLIMIT_NPROC and as work beside the measuring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = group.main(arguments, prog_name="partywall", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 2
    except click.ClickException as error:
        click.echo(f"partywall: {error.format_message()}", err=True)
        code = 2
    except PartywallError as error:
        click.echo(f"partywall: {error}", err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("partywall: interrupted; nothing is left running", err=True)
        code = _INTERRUPTED
    except BrokenPipeError:
        code = 0
    raise SystemExit(code or 0)
