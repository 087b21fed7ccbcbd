"""The report as LaTeX tables in the style of booktabs, to be included in a paper."""

from collections.abc import Iterator, Mapping

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.report.sections import Section, sections_of

__all__ = ["render_latex"]

_SPECIAL = {
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    # Each begins an optional argument, a star after the end of a row, or a ligature.
    "*": "{*}",
    "[": "{[}",
    "]": "{]}",
    "-": "{-}",
}
_WIDE = 32
_HEAD = """% Made by partywall. In the preamble: \\usepackage{booktabs,longtable,textcomp} and \\usepackage[T1]{fontenc}
"""


def render_latex(result: Result, distributions: Mapping[str, Distribution]) -> str:
    """A longtable for each part of the report, verdicts first, with its notes as a list below it."""
    return _HEAD + "\n".join(line for section in sections_of(result) for line in _section(section)) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield f"\\subsection*{{{_text(section.title)}}}"
    if section.rows:
        yield f"\\begin{{longtable}}{{{_columns(section)}}}"
        yield "\\toprule"
        yield f"{_row(section.columns)}"
        yield "\\midrule"
        yield "\\endhead"
        yield from map(_row, section.rows)
        yield "\\bottomrule"
        yield "\\end{longtable}"
    if section.notes:
        yield "\\begin{itemize}"
        yield from (f"\\item {_text(note)}" for note in section.notes)
        yield "\\end{itemize}"


def _columns(section: Section) -> str:
    widest = [max(map(len, column)) for column in zip(section.columns, *section.rows, strict=True)]
    # Only a column of a given width breaks its lines.
    return "".join("p{0.22\\linewidth}" if width > _WIDE else "l" for width in widest)


def _row(cells: tuple[str, ...]) -> str:
    return " & ".join(map(_text, cells)) + " \\\\"


def _text(said: str) -> str:
    """As text: no character of it is a command."""
    return "".join(_SPECIAL.get(c, c if c.isprintable() else "?") for c in said)
