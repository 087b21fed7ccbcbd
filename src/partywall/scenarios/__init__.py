"""Scenarios: the documents' examples, tried with the real component.

A scenario is a declaration in `partywall.catalog` and a module with ``run(task: Task) -> Observation`` that tries one
arrangement once.  It starts whatever it needs through `supervised.Supervised`, waits for nothing without a deadline,
and raises MeasureError where the trial failed, UnsupportedError where this machine lacks something.
"""

from importlib import import_module
from importlib.util import find_spec

from partywall.catalog import SCENARIOS, Scenario, Wall
from partywall.errors import UnsupportedError
from partywall.scenarios.observation import Observation, Task

__all__ = ["Observation", "Task", "missing", "try_arrangement"]


def missing(scenario: Scenario) -> str:
    """What the scenario needs and is not there, with the command that installs it; empty if nothing is missing."""
    for need in scenario.needs:
        if find_spec(need.module) is None:
            return f"{need.module} is not installed: {need.install}"
    return ""


def try_arrangement(wall: Wall, run: int, seed: int) -> Observation:
    """Try one arrangement once; UnsupportedError before anything starts if a component is missing."""
    scenario = SCENARIOS[wall.scenario]
    if lack := missing(scenario):
        raise UnsupportedError(lack)
    task = Task(host=wall.host, run=run, seed=seed, deadline_s=wall.deadline_s)
    seen = import_module(scenario.module).run(task)
    assert isinstance(seen, Observation)
    return seen
