"""The form of a scenario: a real component, what it needs, and the arrangements in which it is tried."""

from dataclasses import dataclass

from partywall.catalog.declaration import Wall

__all__ = ["PREFIX", "Need", "Scenario"]

PREFIX = "scenario:"
"""What the name of a scenario begins with, as a wall and on the command line."""


@dataclass(frozen=True)
class Need:
    """A Python module that must be there, and the command that installs it."""

    module: str
    install: str


@dataclass(frozen=True)
class Scenario:
    """One scenario; each of its arrangements is a wall called "scenario:NAME", whose host names the arrangement.

    Attributes:
        name: without the prefix.
        title: what is tried, in one line.
        module: what is imported to try it: it has ``run(task: Task) -> Observation``, see `partywall.scenarios`.
        needs: modules without which nothing is started.
        walls: one for each arrangement.
        columns: of the report's table: a fact or a timing of the walls, and its heading.
    """

    name: str
    title: str
    module: str
    needs: tuple[Need, ...]
    walls: tuple[Wall, ...]
    columns: tuple[tuple[str, str], ...]
