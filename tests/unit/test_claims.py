"""Claims from TOML: the packaged ones, and one line for every way to get a file wrong."""

from pathlib import Path

import pytest

from partywall.claims import load_claims
from partywall.errors import InputError
from partywall.fit import Sweep
from partywall.model import ClaimKind

GOOD = """
[[claim]]
id = "a"
says = "It is quick."
kind = "range"
source = "a book"
high = "1.5 ms"
[[claim.quantity]]
primitive = "pipe_message"
factors = { message = "65536", peer = ["process", "thread"] }
minus = { message = "1 KiB" }
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_claims(path)


def test_packaged_claims() -> None:
    claims = {claim.id: claim for claim in load_claims()}
    assert list(claims) == [
        "create-process",
        "switch-process",
        "switch-address-space",
        "talk-slower",
        "memory-private",
        "memory-unreachable",
        "crash-contained",
        "web-worker-crash",
    ]
    assert (claims["create-process"].low, claims["create-process"].high) == pytest.approx((1e-3, 10e-3))
    assert (claims["switch-process"].low, claims["switch-process"].high) == pytest.approx((1e-5, 1e-4))
    assert all(q.per_switch and q.factors["peer"] == "process" for q in claims["switch-process"].quantities)
    assert all(q.minus == {"peer": "thread"} for q in claims["switch-address-space"].quantities)
    assert {q.primitive for q in claims["talk-slower"].quantities} == {"pipe_message", "file_message"}
    assert (claims["talk-slower"].low, claims["talk-slower"].high) == (1.0, None)
    assert claims["crash-contained"].kind == ClaimKind.HOLDS
    assert all("systemoverflow.com" in claim.source for claim in claims.values())


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    (claim,) = load(tmp_path, GOOD)  # type: ignore[misc]
    assert (claim.low, claim.high) == (None, pytest.approx(1.5e-3))
    assert [q.factors for q in claim.quantities] == [
        {"message": "64KiB", "peer": "process"},
        {"message": "64KiB", "peer": "thread"},
    ]
    assert claim.quantities[0].minus == {"message": "1KiB"}


@pytest.mark.parametrize("primitive", ["ring_switch", "signal_pingpong"])
def test_whatever_switches_has_a_cost_per_switch(tmp_path: Path, primitive: str) -> None:
    whole = GOOD.replace("pipe_message", primitive).replace('message = "65536", ', "")
    (claim,) = load(tmp_path, whole.replace('minus = { message = "1 KiB" }', "per_switch = true"))  # type: ignore[misc]
    assert all(quantity.per_switch for quantity in claim.quantities)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "a"', "id = a", "not valid TOML"),
        ('id = "a"', "", "claim 1: id is missing"),
        ('says = "It is quick."', "", "claim 'a': says is missing"),
        ('source = "a book"', "", "claim 'a': source is missing"),
        ('kind = "range"', 'kind = "rnage"', "claim 'a': kind 'rnage' is none of range, ratio, holds"),
        ('high = "1.5 ms"', 'hihg = "1.5 ms"', "claim 'a': unknown key 'hihg'"),
        ('high = "1.5 ms"', "", "claim 'a': needs low, high or both"),
        ('high = "1.5 ms"', "high = 1.5", "claim 'a': high must be a time with its unit"),
        ('high = "1.5 ms"', 'high = "1.5 mb"', "claim 'a': high: time '1.5 mb' is not a number"),
        ('high = "1.5 ms"', 'high = "1 ms"\nlow = "1 s"', "claim 'a': low lies above high"),
        ('"pipe_message"', '"pipe_massage"', "claim 'a': quantity 1: no primitive is called 'pipe_massage'"),
        ('"pipe_message"', '"pipe_message"\nprimitve = "x"', "quantity 1: unknown key 'primitve'"),
        (
            '"pipe_message"',
            '"pipe_message"\nper_switch = true',
            "an op of pipe_message is not made of switches",
        ),
        ('"pipe_message"', '"pipe_message"\nestimate = "max"', "estimate 'max' is none of typical"),
        ('"pipe_message"', '"pipe_message"\nwhy = { BELWO = "x" }', "why.BELWO is none of"),
        ("message =", "size =", "quantity 1: pipe_message takes no factor 'size'"),
        ('"65536"', '"0.5 B"', "is not a whole number of bytes"),
        ('"thread"]', '"goat"]', "peer 'goat' is none of process, thread"),
        (
            'minus = { message = "1 KiB" }',
            'minus = { placement = "nowhere" }',
            "placement 'nowhere' is none of",
        ),
        ("minus = ", "over = ", "a range takes no over"),
        ("minus = ", "# ", None),
    ],
)
def test_one_line_for_each_mistake(tmp_path: Path, old: str, new: str, says: str | None) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    if says is None:
        load(tmp_path, text)
        return
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'mine.toml'}: ")
    assert says in message
    assert "\n" not in message


def test_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="claim 'a': the id is taken"):
        load(tmp_path, GOOD + GOOD)


@pytest.mark.parametrize("text", ["", 'source = "x"', "claim = 3", "claim = []"])
def test_no_claims(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="holds no"):
        load(tmp_path, text)


def test_ratio_and_wall_mistakes(tmp_path: Path) -> None:
    ratio = GOOD.replace("range", "ratio").replace('"1.5 ms"', "2")
    with pytest.raises(InputError, match="a ratio needs over"):
        load(tmp_path, ratio)
    with pytest.raises(InputError, match="plain number above zero"):
        load(tmp_path, ratio.replace("high = 2", 'high = "2"').replace("minus", "over"))
    holds = GOOD.replace("range", "holds").replace('high = "1.5 ms"', "")
    wall = holds[: holds.index("primitive")]
    assert load(tmp_path, wall + 'wall = "mem.*"\nhost = "process"')
    with pytest.raises(InputError, match="no wall is called 'men"):
        load(tmp_path, wall + 'wall = "men.*"\nhost = "process"')
    with pytest.raises(InputError, match="host is missing"):
        load(tmp_path, wall + 'wall = "mem.*"')
    (claim,) = load(tmp_path, wall + 'wall = "crash.*"\nhost = ["process", "v*"]')
    assert [quantity.host for quantity in claim.quantities] == ["process", "v*"]
    with pytest.raises(InputError, match="with host 'fibre'"):
        load(tmp_path, wall + 'wall = "crash.*"\nhost = ["process", "fibre"]')


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_claims(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"source = '\xe9'")
    with pytest.raises(InputError, match="not UTF-8"):
        load_claims(tmp_path / "latin.toml")


CROSSING = (
    GOOD
    + """
[[claim.crossing]]
primitive = ["fork_wait", "vfork_wait"]
along = "resident"
factors = { vmas = "10" }
"""
)


def test_crossings(tmp_path: Path) -> None:
    (claim,) = load(tmp_path, CROSSING)  # type: ignore[misc]
    assert claim.crossings == tuple(
        Sweep(primitive=name, along="resident", factors={"vmas": "10"}) for name in ("fork_wait", "vfork_wait")
    )
    alone = CROSSING[: CROSSING.index("[[claim.quantity]]")] + CROSSING[CROSSING.index("[[claim.crossing]]") :]
    (claim,) = load(tmp_path, alone)  # type: ignore[misc]
    assert (claim.quantities, len(claim.crossings)) == ((), 2)
    shipped = {claim.id: claim.crossings for claim in load_claims()}
    assert {sweep.along for sweep in shipped["create-process"]} == {"resident"}
    over = {sweep.over["primitive"] for sweep in shipped["talk-slower"]}
    assert over == {"memcpy_message", "shm_futex_message"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('along = "resident"', "", "claim 'a': crossing 1: along is missing"),
        ('along = "resident"', "along = 3", "crossing 1: along must be a text"),
        ('along = "resident"', 'along = "message"', "crossing 1: along: fork_wait takes no factor 'message'"),
        ('along = "resident"', 'along = "peer"', "crossing 1: along: peer has no levels between"),
        ('along = "resident"', 'along = "vmas"', "crossing 1: factors.vmas cannot be held, the crossing goes along it"),
        ('along = "resident"', 'allong = "resident"', "crossing 1: unknown key 'allong'"),
        ('"fork_wait"', '"fork_weight"', "crossing 1: no primitive is called 'fork_weight'"),
        ('vmas = "10"', 'vmas = "ten"', "crossing 1: fork_wait: vmas: count 'ten'"),
        ('vmas = "10"', 'message = "1B"', "crossing 1: fork_wait takes no factor 'message'"),
        ("factors = { vmas", "over = { vmas", "crossing 1: a range takes no over"),
        ("[[claim.crossing]]", "[claim.crossing]", "holds no [[claim.crossing]]"),
    ],
)
def test_one_line_for_each_mistake_in_a_crossing(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in CROSSING
    with pytest.raises(InputError) as caught:
        load(tmp_path, CROSSING.replace(old, new))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_crossings_of_ratios_and_walls(tmp_path: Path) -> None:
    ratio = CROSSING.replace("range", "ratio").replace('"1.5 ms"', "2").replace("minus", "over")
    with pytest.raises(InputError, match="crossing 1: a ratio needs over"):
        load(tmp_path, ratio)
    both = ratio + 'over = { primitive = "memcpy_message" }\n'
    with pytest.raises(InputError, match="crossing 1: along: memcpy_message takes no factor 'resident'"):
        load(tmp_path, both)
    holds = GOOD.replace("range", "holds").replace('high = "1.5 ms"', "")
    wall = holds[: holds.index("primitive")] + 'wall = "mem.*"\nhost = "process"\n'
    with pytest.raises(InputError, match="takes no crossing"):
        load(tmp_path, wall + "[[claim.crossing]]\n")


@pytest.mark.parametrize("estimate", ["typical", "mean", "floor", "p99", "p999", "cold"])
def test_every_estimate_may_be_claimed(tmp_path: Path, estimate: str) -> None:
    (claim,) = load(tmp_path, GOOD.replace('"pipe_message"', f'"pipe_message"\nestimate = "{estimate}"'))  # type: ignore[misc]
    assert {quantity.estimate for quantity in claim.quantities} == {estimate}
