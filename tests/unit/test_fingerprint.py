"""What a session says of the machine it was measured on."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from partywall import host


def test_it_is_plain_data_that_a_file_can_hold() -> None:
    found = host.fingerprint()
    assert msgspec.json.decode(msgspec.json.encode(found)) == found
    assert {"microcode", "cmdline", "mitigations", "governor", "transparent_hugepage", "sysctl", "boost"} <= set(found)


def test_of_the_command_line_only_what_moves_figures_is_kept() -> None:
    line = "root=/dev/vda password=secret mitigations=auto isolcpus=2-3 nosmt psi=1 quiet tsc=reliable -- --token abc"
    assert host._cmdline(line) == {
        "mitigations": "auto",
        "isolcpus": "2-3",
        "nosmt": "set",
        "psi": "1",
        "tsc": "reliable",
    }


@pytest.mark.parametrize(
    ("files", "boost"),
    [
        ({}, "not reported"),
        ({"cpufreq/boost": "1"}, "on"),
        ({"cpufreq/boost": "0"}, "off"),
        ({"intel_pstate/no_turbo": "0"}, "on"),
        ({"intel_pstate/no_turbo": "1"}, "off"),
    ],
)
def test_boost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], boost: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(host, "_CPU", tmp_path)
    assert host._boost() == boost


def test_cgroups_lie_on_the_way_to_the_root(tmp_path: Path) -> None:
    def directories(text: str) -> Any:
        (tmp_path / "proc/self").mkdir(parents=True, exist_ok=True)
        (tmp_path / "proc/self/cgroup").write_text(text)
        return [str(path.relative_to(tmp_path)) for path in host.cgroup_directories("cpu", tmp_path)]

    assert directories("0::/a/b\n") == ["sys/fs/cgroup/a/b", "sys/fs/cgroup/a", "sys/fs/cgroup"]
    assert directories("3:cpu,cpuacct:/a\n2:cpuset:/c\n") == ["sys/fs/cgroup/cpu/a", "sys/fs/cgroup/cpu"]
    assert directories("0::/\n") == ["sys/fs/cgroup"]
