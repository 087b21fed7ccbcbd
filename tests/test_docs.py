"""The documents say what the program does: pages, links, code and commands are checked against it."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest

from partywall.catalog import PRIMITIVES, WALLS
from partywall.cli import group
from partywall.design import select
from partywall.plans import is_plan, load_study

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *PAGES]
NEEDED = ("sphinx", "furo", "myst_parser", "sphinx_click")

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line in the documents, with where it stands."""
    for path in TEXTS:
        for line in text_of(path).splitlines():
            if line.startswith("    partywall "):
                yield place(path), shlex.split(line, comments=True)[1:]


COMMANDS = list(commands())


def blocks(language: str) -> list[tuple[str, str]]:
    return [(place(path), code) for path in TEXTS for name, code in BLOCK.findall(text_of(path)) if name == language]


class Tags(HTMLParser):
    """Ids of a page, what it links to, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and "href" in given:
            self.loaded.append(given["href"])
        elif "src" in given:
            self.loaded.append(given["src"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Tags]:
    """The built pages by their paths; a warning of the build is a failure."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"the site needs {', '.join(missing)} (the extra docs)")
    target = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", str(target / ".trees")]
    done = subprocess.run([*build, str(DOCS), str(target / "html")], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return {path: Tags(text_of(path)) for path in sorted((target / "html").rglob("*.html"))}


def page(site: dict[Path, Tags], name: str) -> Path:
    return next(path for path in site if path.as_posix().endswith(f"/html/{name}.html"))


def test_every_page_is_in_the_navigation() -> None:
    listed = {DOCS / "index.md"}
    for path in PAGES:
        for tree in TOCTREE.findall(text_of(path)):
            entries = [line.strip() for line in tree.splitlines() if line.strip() and not line.startswith(":")]
            listed |= {(path.parent / f"{entry}.md").resolve() for entry in entries}
    assert {place(path) for path in PAGES} == {place(path) for path in listed}


@pytest.mark.parametrize("path", TEXTS, ids=place)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = [urlsplit(target) for target in LINK.findall(text_of(path))]
    files = [target.path for target in targets if not target.scheme and target.path]
    assert [name for name in files if not (path.parent / name).exists()] == []


@pytest.mark.parametrize(("where", "code"), blocks("python"))
def test_python_in_the_documents_is_python(where: str, code: str) -> None:
    ast.parse(code, where)


@pytest.mark.parametrize(("where", "code"), blocks("toml"))
def test_toml_in_the_documents_is_toml(where: str, code: str) -> None:
    assert tomllib.loads(code), where


@pytest.mark.parametrize(("where", "words"), COMMANDS, ids=lambda value: " ".join(value))
def test_commands_in_the_documents_are_understood(where: str, words: list[str]) -> None:
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, f"{where}: {words[0]}"
    given = command.make_context(words[0], list(words[1:]), resilient_parsing=False).params
    names = given.get("names", ())
    for name in names:
        if is_plan(name) and name.startswith("plan:"):
            assert load_study(name).grids
    named = [name for name in names if not is_plan(name)]
    primitives = select(named)[0] if named or words[0] == "run" else ()
    for setting in given.get("settings", ()):
        factor, _, levels = setting.partition("=")
        takers = [one for one in primitives if any(own.name == factor for own in one.factors)]
        assert takers, f"{where}: nobody takes {setting}"
        for level in levels.split(","):
            takers[0].factor(factor).parse(level, takers[0].name)


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 20
    assert {words[0] for _, words in COMMANDS} >= {"run", "show", "compare", "sessions", "doctor", "selftest"}


def test_the_sample_in_the_readme_is_of_the_run_in_the_docs() -> None:
    whole = text_of(DOCS / "run.txt").splitlines()
    (sample,) = re.findall(r"^```\n(What the documents say.*?)^```$", text_of(ROOT / "README.md"), re.M | re.S)
    assert [line for line in sample.splitlines() if line not in whole] == []


def test_the_site_loads_nothing_from_elsewhere(site: dict[Path, Tags]) -> None:
    foreign = {url for tags in site.values() for url in tags.loaded if urlsplit(url).netloc}
    assert foreign == set()
    directory = page(site, "index").parent
    for sheet in directory.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?\s*(https?:)?//", text_of(sheet)), sheet


def test_links_within_the_site_lead_somewhere(site: dict[Path, Tags]) -> None:
    wrong = []
    for path, tags in site.items():
        for link in tags.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = site[target].ids if target in site else set()
            if not target.exists() or (parts.fragment and target in site and unquote(parts.fragment) not in anchors):
                wrong.append((path.name, link))
    assert wrong == []


def test_every_command_and_option_is_in_the_reference(site: dict[Path, Tags]) -> None:
    ids = site[page(site, "reference/cli")].ids
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert f"partywall-{name}" in ids
        options = [word for option in command.params if isinstance(option, click.Option) for word in option.opts]
        assert [word for word in options if f"cmdoption-partywall-{name}-{word.lstrip('-')}" not in ids] == []


def test_everything_in_the_catalogue_is_in_the_reference(site: dict[Path, Tags]) -> None:
    primitives, walls = text_of(page(site, "reference/primitives")), text_of(page(site, "reference/walls"))
    assert [name for name in PRIMITIVES if f">{name}<" not in primitives] == []
    assert [name for name, _ in WALLS if f">{name}<" not in walls] == []
