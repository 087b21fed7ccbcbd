"""A man page in roff of a click command, made of what the command itself declares."""

import inspect
import re
from collections.abc import Iterable, Iterator

import click

__all__ = ["escape", "man_page"]

# What groff would print as typographic signs, or read as a request or an escape.
_SIGNS = {
    "\\": r"\(rs",
    "-": r"\-",
    '"': r"\(dq",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}
_EXIT_CODES = "Exit codes:"


def escape(text: str) -> str:
    """The text on one line of roff that prints exactly it, runs of white space as one space."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    line = "".join(_SIGNS.get(c, c if c.isascii() else rf"\[u{ord(c):04X}]") for c in line)
    return rf"\&{line}" if line.startswith(".") else line


def man_page(
    context: click.Context, *, version: str, sections: Iterable[tuple[str, Iterable[tuple[str, str]]]] = ()
) -> str:
    """The page of the context's command; that of a group tells of all its commands.

    Args:
        context: of the command, with its parents.
        version: what the foot of the page says.
        sections: more of them before SEE ALSO: a heading, and pairs of a term and what it means.
    """
    command, path = context.command, context.command_path
    paragraphs = _paragraphs(command.help)
    codes = [p for p in paragraphs if p.startswith(_EXIT_CODES)]
    program = context.find_root().command_path
    name = path.replace(" ", "-")
    lines = [f'.TH "{escape(name.upper())}" 1 "" "{escape(program)} {escape(version)}"', ".SH NAME"]
    lines.append(rf"{escape(name)} \- {escape(_first(paragraphs))}")
    lines += [".SH SYNOPSIS", *_synopsis(context), ".SH DESCRIPTION"]
    lines += _text(p for p in paragraphs if p not in codes)
    lines += [".SH OPTIONS", *_options(context)]
    commands = list(_commands(context))
    if commands:
        lines.append(".SH COMMANDS")
    for one in commands:
        lines += [f".SS {escape(one.command_path)}", *_synopsis(one), ".PP"]
        lines += [*_text(_paragraphs(one.command.help)), *_options(one)]
    if codes:
        lines += [".SH EXIT STATUS", *_codes(" ".join(codes).removeprefix(_EXIT_CODES))]
    for heading, entries in sections:
        lines.append(f".SH {escape(heading)}")
        for term, meaning in entries:
            lines += _entry(term, meaning)
    others = [f"{program} man {one.command.name}" for one in commands] or [f"{program} man"]
    lines += [".SH SEE ALSO", ",\n".join(rf"\fB{escape(other)}\fR" for other in others)]
    return "\n".join(lines) + "\n"


def _commands(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    for name in group.list_commands(context) if isinstance(group, click.Group) else ():
        command = group.get_command(context, name) if isinstance(group, click.Group) else None
        if command and not command.hidden:
            yield click.Context(command, info_name=name, parent=context)


def _paragraphs(text: str | None) -> list[str]:
    """What click shows of a help text: nothing after a form feed."""
    shown = inspect.cleandoc(text or "").partition("\f")[0]
    return [p.strip("\b\n ") for p in re.split(r"\n\s*\n", shown) if p.strip("\b\n ")]


def _first(paragraphs: list[str]) -> str:
    return paragraphs[0].rstrip(".") if paragraphs else "no description"


def _text(paragraphs: Iterable[str]) -> Iterator[str]:
    for i, paragraph in enumerate(paragraphs):
        if i:
            yield ".PP"
        yield escape(paragraph)


def _synopsis(context: click.Context) -> Iterator[str]:
    pieces = " ".join(context.command.collect_usage_pieces(context))
    yield rf"\fB{escape(context.command_path)}\fR {escape(pieces)}"


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield from _entry(*record)


def _codes(text: str) -> Iterator[str]:
    """Turn "0 done, 1 not" into a list."""
    for part in " ".join(text.split()).rstrip(".").split(", "):
        code, _, meaning = part.partition(" ")
        yield from _entry(code, meaning)


def _entry(term: str, meaning: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{escape(term)}\fR", escape(meaning) or r"\&")
