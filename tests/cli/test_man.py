"""The man page: nothing that click declares is missing, and roff prints what it was given."""

import re
import shutil
import subprocess
from collections.abc import Callable

import click
import pytest

from partywall.cli import group
from partywall.cli.man_page import escape, man_page

Call = Callable[..., subprocess.CompletedProcess[str]]
HOSTILE = ".so /etc/passwd \\n(yr 'quoted' \"twice\" --dash-ed `grave` ~tilde^ \\fBbold\x1b[31m \u00e9"


def commands() -> dict[str, click.Command]:
    context = click.Context(group, info_name="partywall")
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def options_of(command: click.Command) -> set[str]:
    parameters = command.get_params(click.Context(command))
    return {word for one in parameters if isinstance(one, click.Option) for word in (*one.opts, *one.secondary_opts)}


def set_in_bold(page: str) -> set[str]:
    return set(re.findall(r"(?<!\S)--?\w[\w-]*", "\n".join(re.findall(r"\\fB(.*?)\\fR", page.replace(r"\-", "-")))))


def formatted(page: str, width: int = 400) -> str:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    arguments = ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", f"-rLL={width}n"]
    run = subprocess.run(arguments, input=page, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_the_page_of_the_program_tells_of_every_command_and_option(partywall: Call) -> None:
    run = partywall("man")
    assert (run.returncode, run.stderr) == (0, "")
    _, *parts = re.split(r"^\.SS partywall (\S+)$", run.stdout.replace(r"\-", "-"), flags=re.MULTILINE)
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(told) == list(commands())
    for name, command in commands().items():
        assert options_of(command) <= set_in_bold(told[name]), name
    headings = re.findall(r"^\.SH (.*)$", run.stdout, re.MULTILINE)
    assert ",".join(headings) == "NAME,SYNOPSIS,DESCRIPTION,OPTIONS,COMMANDS,EXIT STATUS,FILES,ENVIRONMENT,SEE ALSO"
    status = run.stdout.partition(".SH EXIT STATUS")[2].partition(".SH FILES")[0]
    assert re.findall(r"\\fB(\d+)\\fR", status) == ["0", "1", "2", "3", "4", "5", "130"]


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_page_of_a_command(name: str) -> None:
    command = commands()[name]
    context = click.Context(command, info_name=name, parent=click.Context(group, info_name="partywall"))
    page = man_page(context, version="1")
    assert set_in_bold(page.partition(".SH OPTIONS")[2].partition(".SH SEE ALSO")[0]) == options_of(command)
    assert f"partywall {name}" in formatted(page)


def test_an_unknown_command_is_one_line(partywall: Call) -> None:
    run = partywall("man", "rum")
    assert (run.returncode, run.stdout, len(run.stderr.splitlines())) == (2, "", 1)


def test_groff_has_nothing_to_say_against_it(partywall: Call) -> None:
    shown = formatted(partywall("man").stdout)
    assert 'eval "$(partywall completion bash)"' in shown
    assert "--dry-run" in shown


def test_hostile_text_does_not_become_requests() -> None:
    line = escape(HOSTILE)
    assert not line.startswith((".", "'"))
    assert not re.search(r"\\(?!&|-|\((rs|aq|dq|ga|ha|ti)|\[u[0-9A-F]{4}\])", line)
    assert line.isascii()
    assert escape("'br") == r"\(aqbr"
    assert escape("a\n.br") == "a .br"


def test_hostile_text_is_printed_as_it_is() -> None:
    option = click.Option(["--it"], help=HOSTILE)
    command = click.Command("rough", help=f"{HOSTILE}\n\n{HOSTILE}", params=[option])
    page = man_page(click.Context(command, info_name="rough"), version=HOSTILE)
    assert formatted(page).count(HOSTILE.replace("\x1b", "?")) >= 3
