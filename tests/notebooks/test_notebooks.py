"""Every notebook runs from top to bottom, on the stored sessions and on a fresh one."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SESSIONS = NOTEBOOKS / "sessions"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
# What numbers and words are in; charts depend on the fonts of the machine that drew them.
TEXTS = ("text/plain", "text/markdown")

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def _run(path: Path, tmp_path: Path, *options: str) -> nbformat.NotebookNode:
    # A process of its own: the kernel's loop and sockets outlive a failure here, as warnings in other tests.
    made = tmp_path / path.name
    command = [sys.executable, NOTEBOOKS / "make_sessions.py", *options, "--to", made, path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return nbformat.read(made, as_version=4)


def _code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _texts(cell: nbformat.NotebookNode) -> list[str]:
    return [output.get("data", {}).get(kind, "") for output in cell.outputs for kind in TEXTS]


def test_there_are_notebooks_numbered_from_one() -> None:
    numbers = [int(path.stem.split("-")[0]) for path in PATHS]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1


@each
def test_the_outputs_that_are_committed_are_those_of_the_stored_sessions(path: Path, tmp_path: Path) -> None:
    stored = sorted(SESSIONS.iterdir())
    committed, executed = nbformat.read(path, as_version=4), _run(path, tmp_path, "--stored")
    assert sorted(SESSIONS.iterdir()) == stored, "a session that was not stored has been measured"
    for old, new in zip(_code(committed), _code(executed), strict=True):
        assert _texts(old) == _texts(new), "run notebooks/make_sessions.py --execute-only\n" + new.source


@each
def test_a_fresh_session_will_do(path: Path, tmp_path: Path) -> None:
    executed = _run(path, tmp_path, "--fresh")
    assert [cell.execution_count for cell in _code(executed)] == list(range(1, len(_code(executed)) + 1))
    assert any(output.output_type != "stream" for cell in _code(executed) for output in cell.outputs)


@each
def test_what_is_committed_is_small_and_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert path.stat().st_size <= 400_000
    assert notebook.cells[0].source.startswith(f"# {path.stem.split('-')[0]} ")
    assert "**The question.**" in notebook.cells[0].source
    assert notebook.cells[-1].source.startswith("## Try this")
    for cell in _code(notebook):
        # Warnings and errors are streams; a lesson prints nothing, it shows.
        assert all(output.output_type in ("execute_result", "display_data") for output in cell.outputs)
        assert not any(word in text for text in _texts(cell) for word in ("/home/", "/root/", "/tmp/", "site-packages"))
