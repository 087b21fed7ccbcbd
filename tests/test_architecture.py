"""Rules of the source tree that no linter checks."""

import ast
import re
from pathlib import Path

import pytest

from partywall.catalog import PRIMITIVES, WALLS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "partywall"
CSRC = ROOT / "csrc"
MODULES = sorted(PACKAGE.rglob("*.py"))
C_FILES = sorted([*CSRC.rglob("*.c"), *CSRC.rglob("*.h"), *CSRC.rglob("*.c.in")])
BANNED = {"utils", "util", "common", "helpers", "misc", "manager"}
CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|__?rdtscp?|__builtin_ia32_rdtscp?|cntvct_el0)\b")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_tree_is_where_it_is_looked_for() -> None:
    assert len(MODULES) > 20
    assert len(C_FILES) > 20


@pytest.mark.parametrize("path", [*MODULES, *C_FILES], ids=named)
def test_no_name_that_says_nothing(path: Path) -> None:
    words = {part for name in path.relative_to(ROOT).parts for part in re.split(r"[._-]", name)}
    assert not words & BANNED


def category(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that the linter sorts __all__ in."""
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_all_is_sorted_and_true(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    exported = [
        ast.literal_eval(node.value)
        for node in assigned
        if [ast.unparse(t) for t in (node.targets if isinstance(node, ast.Assign) else [node.target])] == ["__all__"]
    ]
    if path.name == "__main__.py":
        return
    assert len(exported) == 1, "a module says once what it exports"
    assert exported[0] == sorted(exported[0], key=category)
    assert len(exported[0]) == len(set(exported[0]))
    assert not [name for name in exported[0] if name.startswith("_")]


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))], ids=named)
def test_python_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", C_FILES, ids=named)
def test_c_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", [p for p in C_FILES if p.stem != "clock" and "tests" not in p.parts], ids=named)
def test_only_the_clock_reads_a_clock(path: Path) -> None:
    assert not CLOCK.findall(path.read_text(encoding="utf-8"))


def declared(language: str) -> set[str]:
    return {name for name, primitive in PRIMITIVES.items() if primitive.language == language}


def test_every_primitive_has_a_file_and_a_declaration() -> None:
    assert {path.stem for path in (CSRC / "primitives").glob("*.c")} == declared("c")
    assert {path.stem for path in (PACKAGE / "interpreter" / "ops").glob("py_*.py")} == declared("python")


def registered(what: str) -> set[str]:
    text = (CSRC / "meson.build").read_text(encoding="utf-8")
    match = re.search(rf"^{what} = \[(.*?)\]", text, re.DOTALL | re.MULTILINE)
    assert match
    return set(re.findall(r"'([a-z0-9_]+)'", match[1]))


def test_the_build_registers_what_the_catalog_declares() -> None:
    assert registered("primitives") == declared("c")
    assert registered("walls") == {w.name.replace(".", "_") for w in WALLS.values() if not w.scenario}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def test_only_native_and_the_inside_of_a_worker_import_the_core() -> None:
    importers = {str(path.relative_to(PACKAGE)) for path in MODULES if "partywall._core" in imports(path)}
    assert importers == {"native.py", "interpreter/worker.py"}


def test_only_the_tools_that_are_declared_are_imported() -> None:
    heavy = {"pyarrow": "store.py", "scipy": "stats/", "click": "cli/", "rich": "report/"}
    for path in MODULES:
        for name, place in heavy.items():
            if any(module.split(".")[0] == name for module in imports(path)):
                assert str(path.relative_to(PACKAGE)).startswith(place), (path, name)
