"""Primitives with a peer, wherever it runs; and the way of a message, half-way and back."""

from collections.abc import Iterator

import pytest

from orders import across, carried_out, levels, order, variants
from partywall import host, native
from partywall.catalog import PRIMITIVES

THERE = "there"


def two_sided() -> Iterator[tuple[str, str, str]]:
    """Every primitive with a peer, with each kind of peer, at each placement that this machine has."""
    here = host.placements()
    for name, peer, placement in variants("peer", "placement"):
        if native.primitives().get(name) and placement in here:
            yield name, peer, placement


@pytest.mark.parametrize(("name", "peer", "placement"), [v for v in two_sided() if v[2] != "same-cpu"])
def test_a_peer_on_another_cpu_gives_the_samples_asked_for(clock: str, name: str, peer: str, placement: str) -> None:
    asked = across(order(name, clock, peer=peer), placement)
    raw = carried_out(asked)
    assert raw.ticks.shape == raw.ops.shape == (7,)
    assert (raw.ops == 2).all()
    assert (raw.ticks > 0).all()
    assert raw.driver.ops == 14
    assert raw.driver.migrations == 0
    assert raw.party.ops == 14 * (asked.parties - 1)


@pytest.mark.parametrize(
    ("name", "peer", "placement"), [v for v in two_sided() if THERE in {r.name for r in PRIMITIVES[v[0]].readings}]
)
def test_a_message_is_there_before_it_is_back(clock: str, name: str, peer: str, placement: str) -> None:
    assert "on" in levels(PRIMITIVES[name], "phases")
    raw = carried_out(across(order(name, clock, peer=peer, readings=True, batch=1), placement))
    there = raw.readings[:, list(native.readings(name)).index(THERE)]
    assert (there > 0).all()
    assert (there <= raw.ticks.astype(there.dtype)).all()
