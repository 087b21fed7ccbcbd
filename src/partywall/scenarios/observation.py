"""What one trial of a scenario is asked, and what it saw."""

from dataclasses import dataclass, field

__all__ = ["Observation", "Task"]


@dataclass(frozen=True)
class Task:
    """One trial: the arrangement by the host of its wall, the number of the run, and the seed of every choice.

    After ``deadline_s`` seconds it is given up, with a MeasureError.
    """

    host: str
    run: int
    seed: int
    deadline_s: float

    @property
    def factors(self) -> dict[str, str]:
        """The arrangement's levels: of "workers=4,rate=1/s" workers and rate; a bare word stands for itself."""
        pairs = (part.partition("=") for part in self.host.split(","))
        return {name: level for name, _, level in pairs}


@dataclass(frozen=True)
class Observation:
    """Facts by name, and times by name in seconds, as many of each as were taken; a run's figure is their median."""

    facts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, tuple[float, ...]] = field(default_factory=dict)
