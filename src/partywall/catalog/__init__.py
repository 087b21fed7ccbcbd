"""Everything that can be measured and proved, by name."""

from partywall.catalog import (
    create,
    create_python,
    keep,
    reference,
    scenario_web_workers,
    switch,
    talk,
    talk_memory,
    walls_contain,
    walls_copy,
    walls_crash,
    walls_doors,
    walls_leaks,
    walls_memory,
    walls_python,
)
from partywall.catalog.declaration import Factor, Primitive, Wall
from partywall.catalog.reference import EMPTY
from partywall.catalog.scenario import Scenario
from partywall.errors import InputError

__all__ = [
    "EMPTY",
    "PRIMITIVES",
    "SCENARIOS",
    "WALLS",
    "Factor",
    "Primitive",
    "Scenario",
    "Wall",
    "find_primitive",
    "find_wall",
]

_WALL_MODULES = (walls_crash, walls_python, walls_copy, walls_memory, walls_doors, walls_leaks, walls_contain)
_SCENARIO_MODULES = (scenario_web_workers,)
_MODULES = (reference, create, create_python, switch, talk, talk_memory, keep)

PRIMITIVES: dict[str, Primitive] = {primitive.name: primitive for module in _MODULES for primitive in module.PRIMITIVES}
SCENARIOS: dict[str, Scenario] = {module.SCENARIO.name: module.SCENARIO for module in _SCENARIO_MODULES}
WALLS: dict[tuple[str, str], Wall] = {
    (wall.name, wall.host): wall
    for source in (*(module.WALLS for module in _WALL_MODULES), *(s.walls for s in SCENARIOS.values()))
    for wall in source
}


def find_primitive(name: str) -> Primitive:
    """The declaration of that name; InputError that lists the names if there is none."""
    if name not in PRIMITIVES:
        raise InputError(f"no primitive is called {name!r}; there are {', '.join(PRIMITIVES)}")
    return PRIMITIVES[name]


def find_wall(name: str, host: str) -> Wall:
    """The declaration of that wall and host; InputError that lists them if there is none."""
    if (name, host) not in WALLS:
        known = ", ".join(f"{wall} ({on})" for wall, on in WALLS)
        raise InputError(f"no wall is called {name!r} with host {host!r}; there are {known}")
    return WALLS[name, host]
