"""What a build makes: one wheel per architecture for every Python from 3.11 on, with its worker in it."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TREE = ("LICENSE", "README.md", "build.py", "csrc", "meson.build", "meson_options.txt", "pyproject.toml", "src")


def lacking() -> str:
    if not (ROOT / "meson.build").exists():
        return "this is not a source tree"
    missing = [module for module in ("build", "mesonpy", "cffi") if find_spec(module) is None]
    return f"building without isolation needs {', '.join(missing)}" if missing else ""


pytestmark = pytest.mark.skipif(find_spec("build") is None, reason="the build tool is not installed")


def tools() -> dict[str, str]:
    """The environment in which the programs beside this Python are found."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def tree(target: Path) -> Path:
    target.mkdir()
    for name in TREE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, target)
    commands = (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "tree", "--no-gpg-sign"])
    for command in commands:
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "core.hooksPath=/dev/null"]
        subprocess.run(["git", *identity, *command], cwd=target, check=True, capture_output=True)
    return target


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `python -m build`, called at the root of the tree, makes."""
    if reason := lacking():
        pytest.skip(reason)
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    base = tmp_path_factory.mktemp("packaging")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--skip-dependency-check",
            "--outdir",
            str(base / "dist"),
        ],
        cwd=tree(base / "tree"),
        env=tools(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = list((base / "dist").iterdir())
    assert len(found) == 1, "it said it built, and did not"
    return found[0]


def test_the_real_tool_answers_at_the_root() -> None:
    if not (ROOT / "build.py").exists():
        pytest.skip("this is not a source tree")
    run = subprocess.run(
        [sys.executable, "-m", "build", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"build {version('build')}")
    assert "build.py is run by" not in run.stdout + run.stderr


def test_build_py_called_by_hand_says_what_to_do() -> None:
    if not (ROOT / "build.py").exists() or find_spec("cffi") is None:
        pytest.skip("this is not a source tree")
    run = subprocess.run(
        [sys.executable, "build.py"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1


def test_the_wheel_serves_every_python_from_3_11_on(wheel: Path) -> None:
    assert re.fullmatch(r"partywall-[\d.]+-cp311-abi3-\w*linux\w*\.whl", wheel.name)


def test_what_the_wheel_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if path.is_file()}
    package = {name for name in package if "__pycache__" not in name and not name.endswith(".in")}
    assert package <= names
    for name in ("py.typed", "_build.py", "claims/threads_vs_processes.toml", "bin/partywall-worker"):
        assert f"partywall/{name}" in names
    assert not [name for name in names if name.endswith((".c", ".h", ".in", ".pyc", ".a"))]
    assert not [name for name in names if name.startswith(("tests/", "build"))]


def test_programs_may_be_run(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        modes = {i.filename: i.external_attr >> 16 for i in archive.infolist() if "/bin/" in i.filename}
    assert {"partywall/bin/partywall-worker", "partywall/bin/exec_target_dynamic"} <= set(modes)
    assert all(mode & 0o111 == 0o111 for mode in modes.values())


def test_the_extension_exports_its_entry_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    if shutil.which("nm") is None:
        pytest.skip("nm is not installed")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if re.fullmatch(r"partywall/_core\..*so", n))
        path = archive.extract(name, tmp_path)
    assert ".abi3." in name
    run = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
    exported = {line.split()[-1] for line in run.stdout.splitlines()}
    assert exported == {"PyInit__core"}
