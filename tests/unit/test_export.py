"""Exports are read back by the tools that they are for, and say there what the session says."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyperf
import pytest
from prometheus_client.openmetrics import parser

from partywall import store
from partywall.errors import InputError
from partywall.export import EXPORTERS
from partywall.model import Cell, Family, PlannedCell, State
from partywall.session import Session
from synthetic import EMPTY, planned, session

OLD = Path(__file__).parent.parent / "fixtures" / "session-1.parquet"
CLOSE = 1e-12


def noise(level: float, spread: float, samples: int = 40) -> Callable[[int], Any]:
    return lambda run: level + spread * np.random.default_rng(run).random(samples + 3 * run)


def mixed() -> Session:
    """Times, a batch, bytes, an op shorter than its timing, and a cell of too few runs."""
    size = PlannedCell(
        id="idle,bytes",
        primitive="idle",
        family=Family.KEEP,
        factors={"peer": "process"},
        reading="private",
        unit="B",
        of=1,
    )
    cells = [
        EMPTY,
        (planned("fork_wait", peer="process"), noise(5e4, 2e3)),
        (planned("null_syscall", batch=8), noise(900.0, 5.0)),
        (size, noise(4096.0, 64.0)),
        (planned("nothing"), noise(15.0, 2.0)),
    ]
    return Session(session(cells), ())


@pytest.fixture(params=["mixed", "old"])
def told(request: pytest.FixtureRequest) -> Session:
    return mixed() if request.param == "mixed" else Session(store.read(OLD))


def times(session: Session) -> dict[str, Cell]:
    return {cell.id: cell for cell in session.cells if cell.estimates and cell.estimates.typical.unit == "s"}


def typical(cell: Cell) -> Any:
    assert cell.estimates
    return cell.estimates.typical


def test_pyperf_reads_as_many_values_of_each_run(told: Session) -> None:
    exported = EXPORTERS["pyperf"](told)
    suite = pyperf.BenchmarkSuite.loads(exported.text)
    left_out = {one.cell for one in exported.left_out}
    names = set(suite.get_benchmark_names())
    assert names | left_out == {cell.id for cell in told.cells}
    assert not names & left_out
    for benchmark in suite:
        cell = times(told)[benchmark.get_name()]
        runs = benchmark.get_runs()
        assert len(runs) == cell.runs
        assert len({len(run.values) for run in runs}) == 1
        assert benchmark.get_unit() == "second"
        medians = [float(np.median(run.values)) for run in runs]
        assert np.median(medians) == pytest.approx(typical(cell).value, rel=CLOSE)
        metadata = benchmark.get_metadata()
        for name in ("low", "high"):
            assert metadata[f"partywall_typical_{name}_s"] == getattr(typical(cell), name)


def test_what_pyperf_cannot_hold_is_named() -> None:
    exported = EXPORTERS["pyperf"](mixed())
    reasons = {one.cell: one.reason for one in exported.left_out}
    assert reasons.keys() == {"idle,bytes", "nothing"}
    assert "'B'" in reasons["idle,bytes"]
    assert "timing" in reasons["nothing"]


def test_the_values_of_a_run_are_its_samples_where_they_fit() -> None:
    cells = [(planned("fork_wait"), lambda run: [100.0, 300.0, 200.0])]
    suite = pyperf.BenchmarkSuite.loads(EXPORTERS["pyperf"](Session(session(cells), ())).text)
    for run in suite.get_benchmarks()[0].get_runs():
        assert run.values == pytest.approx((1e-7, 2e-7, 3e-7))


@pytest.mark.parametrize("arguments", [["show"], ["stats"], ["metadata"], ["compare_to", "--table", "again.json"]])
def test_pyperf_itself_shows_and_compares(tmp_path: Path, arguments: list[str]) -> None:
    text = EXPORTERS["pyperf"](Session(store.read(OLD))).text
    for name in ("one.json", "again.json"):
        (tmp_path / name).write_text(text)
    run = subprocess.run(
        [sys.executable, "-m", "pyperf", *arguments, "one.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert ("hidden because not significant" if "--table" in arguments else "fork_wait") in run.stdout


def changes(old: str, new: str) -> dict[str, list[tuple[float, float]]]:
    """What Google Benchmark's compare.py makes of two files: entries of one name and unit are paired in order."""

    def entries(text: str) -> dict[tuple[str, str], list[Any]]:
        found: dict[tuple[str, str], list[Any]] = {}
        for entry in json.loads(text)["benchmarks"]:
            if "time_unit" in entry and "real_time" in entry and "cpu_time" in entry:
                found.setdefault((entry["name"], entry["time_unit"]), []).append(entry)
        return found

    def change(before: float, after: float) -> float:
        return (after - before) / abs(before) if before else 0.0

    before, after = entries(old), entries(new)
    return {
        key[0]: [
            (change(x["real_time"], y["real_time"]), change(x["cpu_time"], y["cpu_time"]))
            for x, y in zip(before[key], after[key], strict=False)
        ]
        for key in before
        if key in after
    }


def test_google_benchmark(told: Session) -> None:
    exported = EXPORTERS["gbench"](told)
    document = json.loads(exported.text)
    assert {"executable", "num_cpus", "caches", "library_build_type"} <= document["context"].keys()
    by_name: dict[str, list[Any]] = {}
    for entry in document["benchmarks"]:
        by_name.setdefault(entry["name"], []).append(entry)
    for name, cell in times(told).items():
        repetitions = by_name[name]
        assert [entry["repetition_index"] for entry in repetitions] == list(range(cell.runs))
        assert {entry["run_type"] for entry in repetitions} == {"iteration"}
        assert {entry["time_unit"] for entry in repetitions} == {"ns"}
        (median,) = by_name[f"{name}_median"]
        assert (median["run_type"], median["aggregate_name"]) == ("aggregate", "median")
        assert median["real_time"] == pytest.approx(1e9 * typical(cell).value, rel=CLOSE)
        assert median["real_time"] == pytest.approx(np.median([entry["real_time"] for entry in repetitions]))
        for end in ("low", "high"):
            assert median[end] == pytest.approx(1e9 * getattr(typical(cell), end))
        (deviation,), (mean,), (share,) = (by_name[f"{name}_{what}"] for what in ("stddev", "mean", "cv"))
        assert share["real_time"] == pytest.approx(deviation["real_time"] / mean["real_time"])
    assert len(by_name) == 5 * len(times(told))
    assert all(change == (0.0, 0.0) for found in changes(exported.text, exported.text).values() for change in found)


def test_hyperfine(told: Session) -> None:
    results = json.loads(EXPORTERS["hyperfine"](told).text)["results"]
    assert [result["command"] for result in results] == list(times(told))
    for result in results:
        cell = times(told)[result["command"]]
        x = result["times"]
        assert result["mean"] == pytest.approx(np.mean(x))
        assert result["stddev"] == pytest.approx(np.std(x, ddof=1))
        assert result["median"] == pytest.approx(typical(cell).value, rel=CLOSE)
        assert (result["min"], result["max"], len(x)) == (min(x), max(x), cell.runs)
        assert result["exit_codes"] == [0] * cell.runs
        assert result["parameters"] == cell.factors
        assert (result["user"], result["system"]) == (None, None)
        assert (result["partywall"]["low"], result["partywall"]["high"]) == (typical(cell).low, typical(cell).high)


def metrics(text: str) -> dict[str, Any]:
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def test_openmetrics(told: Session) -> None:
    found = metrics(EXPORTERS["openmetrics"](told).text)
    seconds = {
        end: {
            (sample.labels["cell"], sample.labels["estimate"]): sample.value
            for sample in found[f"partywall_op{end}_seconds"].samples
        }
        for end in ("", "_low", "_high")
    }
    for name, cell in times(told).items():
        key = (name, "typical")
        assert seconds[""][key] == typical(cell).value
        assert (seconds["_low"][key], seconds["_high"][key]) == (typical(cell).low, typical(cell).high)
    assert {family.unit for name, family in found.items() if name.endswith("_seconds")} == {"seconds"}
    states = {
        sample.labels["cell"]: sample.labels["partywall_cell_state"]
        for sample in found["partywall_cell_state"].samples
        if sample.value == 1
    }
    assert states == {cell.id: cell.state.value for cell in told.cells}


def test_bytes_are_bytes_in_openmetrics() -> None:
    family = metrics(EXPORTERS["openmetrics"](mixed()).text)["partywall_op_bytes"]
    assert family.unit == "bytes"
    assert {sample.labels["cell"] for sample in family.samples} == {"idle,bytes"}
    assert {sample.labels["factor_peer"] for sample in family.samples} == {"process"}


def test_walls_and_verdicts_are_state_sets() -> None:
    found = metrics(EXPORTERS["openmetrics"](Session(store.read(OLD))).text)
    outcomes = [
        (sample.labels["wall"], sample.labels["host"], sample.labels["partywall_wall_outcome"])
        for sample in found["partywall_wall_outcome"].samples
        if sample.value == 1
    ]
    assert outcomes == [("crash.bus", "process", "holds"), ("crash.bus", "thread", "broken")]
    assert "partywall_claim_verdict" in found


def test_csv_has_every_estimate_in_full(told: Session) -> None:
    text = EXPORTERS["csv"](told).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert text.count("\r\n") == len(text.splitlines()) == len(rows) + 1
    for cell in told.cells:
        (row,) = [row for row in rows if row["cell"] == cell.id and row["estimate"] in ("typical", "")]
        assert (row["state"], row["runs"]) == (cell.state.value, str(cell.runs))
        if cell.estimates:
            expected = typical(cell)
            assert [float(row[name]) for name in ("value", "low", "high")] == [
                expected.value,
                expected.low,
                expected.high,
            ]
            assert row["unit"] == expected.unit
        for name, level in cell.factors.items():
            assert row[name] == level


@pytest.mark.parametrize("name", ["gbench", "hyperfine", "pyperf"])
def test_no_times_are_no_export(name: str) -> None:
    cells = [(planned("fork_wait"), noise(5e4, 2e3))]
    few = Session(session(cells, runs=2), ())
    assert [cell.state for cell in few.cells] == [State.INVALID]
    with pytest.raises(InputError, match="no cell"):
        EXPORTERS[name](few)


@pytest.mark.parametrize("name", ["csv", "openmetrics"])
def test_cells_without_figures_are_told_and_are_not_zero(name: str) -> None:
    cells = [(planned("fork_wait"), noise(5e4, 2e3))]
    text = EXPORTERS[name](Session(session(cells, runs=2), ())).text
    assert "invalid" in text
    assert "_seconds" not in text
    assert ",0.0," not in text


HOSTILE = '=cmd|x!A0 "q" \\n,;\n\r\x1b[31m # EOF\n{le="1"} 7'


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_hostile_text_breaks_no_format(name: str) -> None:
    factors = {HOSTILE: HOSTILE, "cell": "x", "a-b": "1", "a_b": "2"}
    evil = PlannedCell(id=HOSTILE, primitive=HOSTILE, family=Family.CREATE, factors=factors)
    record = session([(evil, noise(5e4, 2e3))])
    told = Session(replace(record, host={"cpu": HOSTILE, "kernel": HOSTILE}), ())
    text = EXPORTERS[name](told).text
    assert "\x1b" not in text
    if name == "openmetrics":
        family = metrics(text)["partywall_op_seconds"]
        assert {sample.labels["factor_cell"] for sample in family.samples} == {"x"}
        assert text.count("\n# EOF") == 1
    elif name == "pyperf":
        assert len(pyperf.BenchmarkSuite.loads(text)) == 1
    elif name == "csv":
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert {row["cell"][:2] for row in rows} == {"'="}
        assert {row["cell_factor"] for row in rows} == {"x"}
    else:
        document = json.loads(text)
        named = document["results"][0]["command"] if name == "hyperfine" else document["benchmarks"][0]["run_name"]
        assert named == HOSTILE
