"""The report in GitHub-flavoured Markdown, for pull requests and papers."""

import re
from collections.abc import Iterator, Mapping

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.report.sections import Section, sections_of

__all__ = ["render_markdown"]

_MARKUP = re.compile(
    r"[\\`*<>|~&$]"
    r"|\[(?![-+]?\d)|\](?=[(\[:])"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"
    r"|[@#](?=\w)|:(?=//|\w+:)|(?<=www)\."
    r"|^(?:[-+=#]+|\d+[.)])(?=\s)",
    re.IGNORECASE,
)
"""What may begin markup, an entity, a cell of a table or a formula; a link of any kind, an emoji, or a list."""


def render_markdown(result: Result, distributions: Mapping[str, Distribution]) -> str:
    """The report with its verdicts first; what a session says stays text, whatever it contains."""
    lines = ["# partywall: what processes and threads cost here", ""]
    for section in sections_of(result):
        lines += [*_section(section), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_text(section.title)}"
    yield ""
    if section.rows:
        yield _row(section.columns)
        yield "|" + " --- |" * len(section.columns)
        yield from map(_row, section.rows)
    if section.rows and section.notes:
        yield ""
    yield from (f"- {_text(note)}" for note in section.notes)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(_text, cells)) + " |"


def _text(said: str) -> str:
    """As text: nothing in it is markup, a link or a mention."""
    kept = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in said).strip()
    return _MARKUP.sub(_as_entity, kept)


def _as_entity(found: re.Match[str]) -> str:
    # By its number: a backslash does not keep everything from being taken for a link.
    return "".join(f"&#{ord(c)};" for c in found[0])
