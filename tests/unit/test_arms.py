"""Arms: what is compared with what, in which order the blocks hold them, and the copies beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

import msgspec
import pytest

from partywall import design, host
from partywall.arms import arrange_arms
from partywall.claims import load_claims
from partywall.model import Claim, ClaimKind, Plan, PlannedCell, Profile, Quantity
from synthetic import grid

PROFILE = Profile(name="quick", runs=12, trial_s=0.015, warmup_s=0.002)
PEERS = {"placement": ["same-cpu"]}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two CPUs that share a cache, and a gigabyte."""
    monkeypatch.setattr(host, "placements", lambda: {"same-cpu": (1, 1), "same-llc": (1, 0)})
    monkeypatch.setattr(host, "available_memory", lambda: 1 << 30)


def plan(
    *names: str, factors: Mapping[str, Sequence[str]] | None = None, claims: Sequence[Claim] = (), seed: int = 1
) -> Plan:
    return arrange_arms(design.plan_session([grid(names, factors or {})], PROFILE, seed), claims)


def quantity(**changes: object) -> Claim:
    asked = msgspec.structs.replace(Quantity(primitive="pipe_message"), **changes)
    return Claim(id="a", says="", kind=ClaimKind.RATIO, source="", quantities=(asked,), low=1.0)


def groups(found: Plan) -> list[list[str]]:
    members: dict[int, list[str]] = {}
    for cell in found.cells:
        if cell.contrast >= 0:
            members.setdefault(cell.contrast, []).append(cell.id.replace("image=pristine,", ""))
    return [members[number] for number in sorted(members)]


def test_cells_that_differ_in_the_peer_are_arms_of_one_contrast() -> None:
    found = plan("pipe_pingpong", "futex_pingpong", factors={"placement": ["same-cpu", "same-llc"]})
    names = [
        [f"{name}[peer={peer},placement={placement}]" for peer in ("process", "thread")]
        for name in ("pipe_pingpong", "futex_pingpong")
        for placement in ("same-cpu", "same-llc")
    ]
    names[0].append("pipe_pingpong[peer=process,placement=same-cpu]@aa")
    null = ["null_syscall[image=pristine]", "null_syscall[image=pristine]@aa"]
    assert sorted(map(sorted, groups(found))) == sorted(map(sorted, [null, *names]))


def test_what_a_claim_divides_or_subtracts_is_one_contrast() -> None:
    factors = {"placement": ["same-cpu"], "peer": ["process"], "message": ["64B", "1KiB"]}
    ratio = quantity(over={"primitive": "memcpy_message"})
    found = plan("pipe_message", "memcpy_message", factors=factors, claims=[ratio])
    assert [sorted(name.split("[")[0] for name in group) for group in groups(found)] == [
        ["null_syscall", "null_syscall"],
        ["memcpy_message", "pipe_message", "pipe_message"],
        ["memcpy_message", "pipe_message"],
    ]
    assert all(len({name.split("message=")[1].split("]")[0] for name in g}) == 1 for g in groups(found)[1:])
    sizes = quantity(factors={"message": "64B"}, minus={"message": "1KiB"})
    (_, joined) = groups(plan("pipe_message", factors=factors, claims=[sizes]))
    assert len(joined) == 3
    assert groups(plan("pipe_message", "memcpy_message", factors=factors)) == groups(plan("fork_wait"))


def test_contrasts_that_share_an_arm_are_one() -> None:
    factors = {"placement": ["same-cpu"], "message": ["64B"]}
    ratio = quantity(factors={"peer": "process"}, over={"primitive": "memcpy_message"})
    (_, joined) = groups(plan("pipe_message", "memcpy_message", factors=factors, claims=[ratio]))
    assert sorted(joined) == [
        "memcpy_message[message=64B]",
        "pipe_message[peer=process,placement=same-cpu,message=64B]",
        "pipe_message[peer=process,placement=same-cpu,message=64B]@aa",
        "pipe_message[peer=thread,placement=same-cpu,message=64B]",
    ]


def copies(found: Plan) -> list[PlannedCell]:
    return [cell for cell in found.cells if cell.role == "aa"]


def test_there_is_a_copy_of_the_null_syscall_and_of_the_first_process_that_is_compared() -> None:
    alone = copies(plan("fork_wait"))
    assert [cell.id for cell in alone] == ["null_syscall[image=pristine]@aa"]
    found = plan("fork_wait", "pipe_pingpong", "futex_pingpong", factors=PEERS)
    assert [cell.primitive for cell in copies(found)] == ["null_syscall", "pipe_pingpong"]
    for copy in copies(found):
        (original,) = [c for c in found.cells if (c.primitive, c.factors, c.role) == (copy.primitive, copy.factors, "")]
        assert msgspec.structs.replace(copy, id=original.id, role="") == original
    assert copies(plan("walls")) == []


def test_what_reads_or_is_written_in_python_is_not_copied() -> None:
    assert [cell.primitive for cell in copies(plan("remote_wake", "py_os_fork"))] == ["null_syscall"]


def test_cells_are_only_numbered() -> None:
    before = design.plan_session([grid((), {})], PROFILE, 1)
    found = arrange_arms(before, load_claims())
    assert [msgspec.structs.replace(cell, contrast=-1) for cell in found.cells if not cell.role] == list(before.cells)
    numbers = [cell.contrast for cell in found.cells if cell.contrast >= 0]
    assert set(numbers) == set(range(max(numbers) + 1))
    assert min(Counter(numbers).values()) >= 2


def arm_orders(found: Plan, contrast: int, runs: range) -> list[list[int]]:
    """The arms of a contrast as each block holds them."""
    orders = []
    for run in runs:
        entries = design.block(found, run)
        places = [
            i
            for i, (kind, index, _) in enumerate(entries)
            if kind == "cell" and found.cells[index].contrast == contrast
        ]
        arms = [entries[i][1] for i in places]
        count = len(set(arms))
        # Whatever lies between the passes, nothing lies between the arms of one.
        for first in range(0, len(places), count):
            assert places[first : first + count] == list(range(places[first], places[first] + count))
            orders.append(arms[first : first + count])
    return orders


@pytest.mark.parametrize(
    ("claims", "arms", "length"),
    [((), 3, 6), ((quantity(over={"primitive": "memcpy_message"}),), 4, 4)],
)
def test_over_the_blocks_each_arm_follows_each_other_equally_often(
    claims: Sequence[Claim], arms: int, length: int
) -> None:
    factors = {"placement": ["same-cpu"], "message": ["64B"]}
    found = plan("pipe_message", "memcpy_message", "mem.cow_child", factors=factors, claims=claims)
    orders = arm_orders(found, 1, range(PROFILE.runs))
    assert len(orders) == PROFILE.runs
    names = sorted(orders[0])
    assert len(names) == arms
    for first in range(0, PROFILE.runs, length):
        cycle = orders[first : first + length]
        follows = Counter(pair for order in cycle for pair in pairwise(order))
        assert follows == dict.fromkeys(permutations(names, 2), length // arms)
        places = Counter((place, arm) for order in cycle for place, arm in enumerate(order))
        assert set(places.values()) == {length // arms}


def test_two_arms_change_places_from_block_to_block() -> None:
    orders = arm_orders(plan("fork_wait"), 0, range(PROFILE.runs))
    assert all(first == second[::-1] for first, second in zip(orders[::2], orders[1::2], strict=True))


def test_where_arms_lie_is_random() -> None:
    found = plan("create", "pipe_pingpong", factors=PEERS)
    first = [[found.cells[i].contrast for _, i, _ in design.block(found, run)].index(1) for run in range(12)]
    assert len(set(first)) > 4


def with_trials(found: Plan, trials: int) -> Plan:
    cells = (msgspec.structs.replace(c, trials=trials) if c.family != "reference" else c for c in found.cells)
    return msgspec.structs.replace(found, cells=tuple(cells))


def test_trials_of_a_run_are_spread_over_its_block_and_balanced_too() -> None:
    names = ("pipe_message", "memcpy_message", "create")
    found = with_trials(plan(*names, factors={"placement": ["same-cpu"], "message": ["64B"]}), 3)
    for run in range(PROFILE.runs):
        entries = design.block(found, run)
        assert len({seed for _, _, seed in entries}) == len(entries)
        counts = Counter(index for _, index, _ in entries)
        for index, count in counts.items():
            assert count == (1 if found.cells[index].family == "reference" else 3)
        places = [i for i, (_, index, _) in enumerate(entries) if index == len(found.cells) - 1]
        third = len(entries) / 3
        assert [int(i / third) for i in places] == pytest.approx([0, 1, 2], abs=0.5)
    orders = arm_orders(found, 1, range(2))
    follows = Counter(pair for order in orders for pair in pairwise(order))
    assert set(follows.values()) == {2}
    assert len(follows) == 6


def test_the_default_plan_has_few_cells_more() -> None:
    before = design.plan_session([grid((), {})], PROFILE, 1)
    assert len(arrange_arms(before, load_claims()).cells) - len(before.cells) == 2
