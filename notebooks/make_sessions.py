"""Measure the stored sessions of the notebooks, and run every notebook on them in place, outputs included.

Usage: make_sessions.py [--execute-only] [NOTEBOOK...]
       make_sessions.py --stored|--fresh --to FILE NOTEBOOK

Which sessions there are is said by the notebooks: run with PARTYWALL_SESSIONS they measure what is missing and keep
it.  With --execute-only the stored sessions stay as they are, and only the outputs are made anew.  The second form
runs one notebook, on the stored sessions or on fresh ones, and writes it elsewhere.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pyarrow.parquet as pq
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SESSIONS = HERE / "sessions"


def notebooks() -> list[Path]:
    """All of them, in their order."""
    return sorted(HERE.glob("*.ipynb"))


def execute(path: Path, sessions: Path | None) -> nbformat.NotebookNode:
    """The notebook with the outputs it has now; measured anew where ``sessions`` is None.

    Raises nbclient's CellExecutionError if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with _environment("PARTYWALL_SESSIONS", sessions):
        client = NotebookClient(
            notebook,
            timeout=300,
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        executed: nbformat.NotebookNode = client.execute()
    executed.metadata["language_info"] = {"name": "python"}
    return executed


@contextmanager
def _environment(name: str, value: Path | None) -> Iterator[None]:
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = str(value)
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def pack(source: Path, target: Path) -> None:
    """The same session in less space: its times are few different ones, which a dictionary holds well."""
    if source.suffix != ".parquet":
        target.write_bytes(source.read_bytes())
        return
    table = pq.read_table(source)
    with pq.ParquetWriter(
        target,
        table.schema.remove_metadata(),
        compression="zstd",
        compression_level=19,
        use_dictionary=["cell", "run", "value", "ops"],
        column_encoding={"position": "DELTA_BINARY_PACKED"},
        dictionary_pagesize_limit=1 << 24,
        store_schema=False,
    ) as writer:
        writer.write_table(table.replace_schema_metadata(None), row_group_size=1 << 20)
        writer.add_key_value_metadata({"partywall": pq.read_metadata(source).metadata[b"partywall"]})


def measure(path: Path) -> None:
    """Measure what one notebook asks for, and put it among the stored sessions."""
    with tempfile.TemporaryDirectory() as directory:
        execute(path, Path(directory))
        for old in SESSIONS.glob(f"{path.name.split('-')[0]}-*"):
            old.unlink()
        for made in sorted(Path(directory).iterdir()):
            pack(made, SESSIONS / made.name)


def main() -> None:
    """All notebooks, or those that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--execute-only", action="store_true", help="keep the stored sessions")
    parser.add_argument("--to", type=Path, help="write one notebook there, and nothing else")
    parser.add_argument("--stored", action="store_const", const=SESSIONS, dest="sessions", help="run on what is stored")
    parser.add_argument("--fresh", action="store_const", const=None, dest="sessions", help="run on fresh sessions")
    asked = parser.parse_args()
    if asked.to:
        (path,) = asked.notebooks
        nbformat.write(execute(path.resolve(), asked.sessions), asked.to)
        return
    SESSIONS.mkdir(exist_ok=True)
    for path in [given.resolve() for given in asked.notebooks] or notebooks():
        if not asked.execute_only:
            measure(path)
        nbformat.write(execute(path, SESSIONS), path)
        print(f"{path.name}: {path.stat().st_size / 1000:,.0f} kB")
    print(f"sessions: {sum(file.stat().st_size for file in SESSIONS.iterdir()) / 1000:,.0f} kB")


if __name__ == "__main__":
    main()
