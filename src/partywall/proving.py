"""One trial of one wall: what its probe found, or why it found nothing."""

import tempfile

import msgspec

from partywall import host, native, scenarios
from partywall.catalog import Wall, find_wall
from partywall.collected import WallDone
from partywall.errors import MeasureError, UnsupportedError
from partywall.model import Clock, Plan, WallTrial

__all__ = ["prove_wall"]

_NS = 1e9


def prove_wall(plan: Plan, clock: Clock, index: int, run: int, seed: int) -> WallDone:
    """Probe the plan's wall number ``index`` in one fresh worker; a failure becomes the trial's error."""
    wall, on = plan.walls[index]
    declared = find_wall(wall, on)
    if declared.scenario:
        return WallDone(trial=_try_scenario(declared, run, seed), index=index)
    order = native.Order(
        subject=wall,
        clock=clock.source,
        prove=True,
        language=declared.language,
        image="interpreter" if declared.language == "python" else "pristine",
        settings={"host": (on, 0), "pulse_cpu": ("", _pulse_cpu()), "available": ("", host.available_memory())},
        # On one CPU, so that detection is not mixed with waking another one.
        driver_cpu=host.cpu_pair("same-cpu")[0],
        samples=declared.samples,
        target=declared.target,
        seed=seed,
        directory=tempfile.gettempdir(),
        deadline_s=declared.deadline_s,
    )
    trial = WallTrial(wall=wall, host=on, run=run, facts={})
    try:
        raw = native.carry_out(order)
        trial = msgspec.structs.replace(
            trial,
            facts=raw.facts,
            timings_ns={
                name: tuple((raw.ticks[raw.ops == place] * (_NS / clock.hertz)).tolist())
                for place, name in enumerate(declared.timings)
            },
        )
    except (MeasureError, UnsupportedError) as error:
        trial = msgspec.structs.replace(trial, error=str(error), unsupported=isinstance(error, UnsupportedError))
    return WallDone(trial=trial, index=index)


def _try_scenario(wall: Wall, run: int, seed: int) -> WallTrial:
    trial = WallTrial(wall=wall.name, host=wall.host, run=run, facts={})
    try:
        seen = scenarios.try_arrangement(wall, run, seed)
    except (MeasureError, UnsupportedError) as error:
        return msgspec.structs.replace(trial, error=str(error), unsupported=isinstance(error, UnsupportedError))
    timings = {name: tuple(value * _NS for value in values) for name, values in seen.timings.items()}
    return msgspec.structs.replace(trial, facts=seen.facts, timings_ns=timings)


def _pulse_cpu() -> int:
    """The CPU of whoever is watched for gaps: another than the one that the probe keeps busy, if there is one."""
    pairs = host.placements()
    return next((other for driver, other in pairs.values() if other != driver), pairs["same-cpu"][1])
