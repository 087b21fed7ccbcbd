"""What a cell takes is known before anything starts, and a machine that is too small says what is missing."""

import resource
from collections.abc import Callable

import pytest

from partywall import host, limits
from partywall.catalog import find_primitive
from partywall.errors import UnsupportedError
from partywall.limits import Needs, check_limits, needs

RING = {"image": "pristine", "peer": "process", "placement": "same-cpu", "pattern": "sequential"}
MIB = 1 << 20


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine of a given size: memory, descriptors, and tasks in half of what is free."""

    def make(memory: int = 1 << 34, fds: int = 1 << 20, tasks: int = 1 << 15) -> None:
        monkeypatch.setattr(host, "available_memory", lambda: memory)
        monkeypatch.setattr(limits, "_free_tasks", lambda: tasks)
        monkeypatch.setattr(resource, "getrlimit", lambda _: (64, fds))

    make()
    return make


def of(name: str, **factors: str) -> Needs:
    known = {factor.name for factor in find_primitive(name).factors}
    return needs(find_primitive(name), {n: level for n, level in {**RING, **factors}.items() if n in known})


def check(name: str, **factors: str) -> None:
    check_limits(find_primitive(name), {**RING, **factors})


def test_every_task_of_a_ring_has_its_memory_pipe_and_number(machine: Callable[..., None]) -> None:
    small, large = (of("ring_switch", tasks=tasks, working_set="1MiB") for tasks in ("2", "1024"))
    assert large.memory >= 1024 * MIB
    assert large.memory - small.memory >= 1022 * MIB
    assert large.fds - small.fds == 2 * 1022
    assert large.tasks - small.tasks == 1022
    assert large.vmas - small.vmas == 2 * 1022


def test_memory_grows_with_the_working_set(machine: Callable[..., None]) -> None:
    none, some = (of("ring_switch", tasks="10", working_set=size) for size in ("0B", "8MiB"))
    assert some.memory - none.memory == 80 * MIB


@pytest.mark.parametrize("name", ["ring_calls", "ring_touch"])
def test_one_task_that_does_the_work_of_many_is_one(name: str) -> None:
    factors = {"tasks": "1024"} | ({"working_set": "1MiB"} if name == "ring_touch" else {})
    found = of(name, **factors)
    assert found.tasks < 10
    assert found.fds >= 2048
    assert (found.memory >= 1024 * MIB) == (name == "ring_touch")


def test_a_fork_of_the_caller_copies_its_page_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "page_table_bytes", lambda: MIB)
    pristine, caller = (of("ring_switch", tasks="100", working_set="0B", image=i) for i in ("pristine", "caller"))
    assert caller.memory - pristine.memory >= 100 * MIB


def test_page_tables_are_there() -> None:
    assert host.page_table_bytes() > 0


def test_a_ring_that_fits(machine: Callable[..., None]) -> None:
    check("ring_switch", tasks="1024", working_set="1MiB")


@pytest.mark.parametrize(
    ("size", "says"),
    [
        ({"memory": 1 << 30}, r"needs \d+ bytes, more than half of the 1073741824 available"),
        ({"fds": 2048}, "needs 2112 descriptors, and the limit is 2048"),
        ({"tasks": 1000}, "needs 1090 tasks, and the limit is 1000"),
    ],
)
def test_a_ring_that_does_not_fit(machine: Callable[..., None], size: dict[str, int], says: str) -> None:
    machine(**size)
    with pytest.raises(UnsupportedError, match=says):
        check("ring_switch", tasks="1024", working_set="1MiB")
    check("ring_switch", tasks="2", working_set="1MiB")


def test_no_limit_is_no_limit(machine: Callable[..., None]) -> None:
    machine(fds=resource.RLIM_INFINITY, tasks=-1)
    check("ring_switch", tasks="1024", working_set="1MiB")
