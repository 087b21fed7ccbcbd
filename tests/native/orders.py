"""Orders for any primitive of the catalog, at the least levels of its factors."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from partywall import host, native
from partywall.catalog import PRIMITIVES, Factor, Primitive
from partywall.errors import UnsupportedError

__all__ = ["across", "carried_out", "factors_of", "least_settings", "levels", "order", "placed", "variants"]


def order(subject: str, clock: str, **more: Any) -> native.Order:
    """Seven samples of two ops, on one CPU, with a process as the peer where there is one."""
    cpu = max(os.sched_getaffinity(0))
    peer = "process" if native.primitives().get(subject) else ""
    given = {"peer": peer, "driver_cpu": cpu, "peer_cpu": cpu, "batch": 2, "chunk": 3, "samples": 7}
    given["target"] = next((f.default[0] for f in factors_of(subject) if f.name == "target"), "static")
    settings = least_settings(subject) | more.pop("settings", {})
    given["parties"] = settings.get("tasks", ("", 2))[1]
    return native.Order(subject=subject, clock=clock, settings=settings, **{**given, "deadline_s": 60.0, **more})


def least_settings(subject: str) -> dict[str, tuple[str, int]]:
    """Each factor that is no word at the first of its default levels."""
    factors = factors_of(subject)
    return {f.name: (f.default[0], f.number(f.default[0])) for f in factors if f.quantity and not f.optional}


def factors_of(subject: str) -> tuple[Factor, ...]:
    """The factors that a primitive takes; none for a name that is no primitive's."""
    return PRIMITIVES[subject].factors if subject in PRIMITIVES else ()


def levels(primitive: Primitive, name: str) -> tuple[str, ...]:
    """The words that a factor accepts; one empty word if the primitive does not take it."""
    return next((factor.levels for factor in primitive.factors if factor.name == name), ("",))


def variants(*names: str) -> Iterator[tuple[str, ...]]:
    """Every primitive with every combination of the levels of the factors named."""
    for primitive in PRIMITIVES.values():
        if primitive.language != "c":
            continue
        yield from itertools.product((primitive.name,), *(levels(primitive, name) for name in names))


def placed(given: native.Order) -> native.Order:
    """On two CPUs where the sides cannot share one; skipped where there is only one."""
    if not given.peer or "same-cpu" in levels(PRIMITIVES[given.subject], "placement"):
        return given
    others = [name for name in host.placements() if name != "same-cpu"]
    if not others:
        pytest.skip("needs two CPUs")
    return across(given, others[0])


def across(given: native.Order, placement: str) -> native.Order:
    """With driver and peer placed so."""
    driver_cpu, peer_cpu = host.cpu_pair(placement)
    return replace(given, driver_cpu=driver_cpu, peer_cpu=peer_cpu)


def carried_out(given: native.Order) -> native.Raw:
    """What was measured; skipped, with the reason, where this machine cannot do it."""
    try:
        return native.carry_out(given)
    except UnsupportedError as error:
        pytest.skip(str(error))
