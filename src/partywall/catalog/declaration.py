"""The form of a declaration: what a primitive or a wall is, takes and demands."""

from dataclasses import dataclass
from typing import Any

from partywall.errors import InputError
from partywall.model import Family
from partywall.units import format_size, parse_count, parse_rate, parse_seconds, parse_size

__all__ = [
    "CREATORS",
    "FDS",
    "IMAGE",
    "LOAD",
    "MECHANISM",
    "MEMORY",
    "MESSAGE",
    "PHASES",
    "POLICY",
    "PYTHON_IMAGE",
    "RESIDENT",
    "SAME_CPU",
    "SMALL_MESSAGE",
    "SPECULATION",
    "SPIN",
    "SPIN_OUTSIDE",
    "TARGET",
    "THP",
    "THREADS",
    "TWO_PARTY_PLACEMENTS",
    "VMAS",
    "WASMTIME",
    "Expected",
    "Factor",
    "Need",
    "Primitive",
    "Reading",
    "Wall",
]

SAME_CPU = "same-cpu"
TWO_PARTY_PLACEMENTS = (SAME_CPU, "smt-sibling", "same-llc", "cross-llc", "cross-node")


def _parse_time(text: str) -> float:
    return parse_seconds(text) * 1e9


_QUANTITIES: dict[str, Any] = {"size": parse_size, "count": parse_count, "time": _parse_time, "rate": parse_rate}


@dataclass(frozen=True)
class Factor:
    """A condition that is varied or held.

    Attributes:
        name: as in ``--set name=level``.
        default: levels that a plan takes where none are given.
        levels: the words that it accepts.
        quantity: "size", "count", "time" or "rate" where it accepts such a quantity as well.
        optional: left out of a cell, and of its name, where it is at its first default level.
        labelled: kept at that level too, if it was asked for: readers must be able to tell.
        least, most: bounds of the quantity, in its own unit; ``most`` 0 is none.
    """

    name: str
    default: tuple[str, ...]
    levels: tuple[str, ...] = ()
    quantity: str = ""
    optional: bool = False
    labelled: bool = False
    least: int = 0
    most: int = 0

    def parse(self, text: str, where: str) -> str:
        """Return the level in its canonical form, or raise InputError naming ``where``."""
        if text in self.levels:
            return text
        if not self.quantity:
            raise InputError(f"{where}: {self.name} {text!r} is none of {', '.join(self.levels)}")
        try:
            value = _QUANTITIES[self.quantity](text)
        except InputError as error:
            words = f", and none of {', '.join(self.levels)}" if self.levels else ""
            raise InputError(f"{where}: {self.name}: {error}{words}") from None
        if not self.least <= value <= (self.most or value):
            raise InputError(f"{where}: {self.name} {text!r} is not {self._bounds()}")
        return format_size(value) if self.quantity == "size" else text.strip()

    def describe(self) -> str:
        """The levels in words, for people."""
        examples = {"size": "64KiB", "count": "100", "time": "10us", "rate": "10kHz"}
        kinds = [*self.levels]
        if self.quantity:
            kinds.append(f"a {self.quantity} such as {examples[self.quantity]}")
        if self._bounds():
            kinds[-1] += f", {self._bounds()}"
        return ", ".join(kinds) + (" (only where asked for)" if self.optional else "")

    def _bounds(self) -> str:
        least, most = (format_size(n) if self.quantity == "size" else str(n) for n in (self.least, self.most))
        if not self.most:
            return f"at least {least}" if self.least else ""
        return f"{least} to {most}" if self.least else f"at most {most}"

    def number(self, level: str) -> int:
        """The value of a level, in bytes, ns or per second; 0 for a word."""
        return 0 if level in self.levels or not self.quantity else int(_QUANTITIES[self.quantity](level))


def _levels(name: str, *levels: str, default: tuple[str, ...] = (), optional: bool = False) -> Factor:
    return Factor(name, default or levels, levels, optional=optional)


IMAGE = _levels("image", "pristine", "caller", default=("pristine",))
PYTHON_IMAGE = _levels("image", "interpreter", "caller", default=("interpreter",))
TARGET = _levels("target", "static", "dynamic")
MECHANISM = _levels("mechanism", "process", "sandbox", "container", "bubblewrap")
RESIDENT = Factor("resident", ("0B",), quantity="size")
MESSAGE = Factor("message", ("64B", "64KiB"), quantity="size")
# The sizes between are a sweep's business; one default keeps the table of channels short.
SMALL_MESSAGE = Factor("message", ("64B",), quantity="size")

# What the worker holds beside what it needs; only where asked for.
VMAS = Factor("vmas", ("0",), quantity="count", optional=True)
FDS = Factor("fds", ("0",), quantity="count", optional=True)
THREADS = Factor("threads", ("0",), quantity="count", optional=True)
MEMORY = _levels("memory", "dirty", "shared", "file", optional=True)
THP = _levels("thp", "never", "always", optional=True)

# How it is run.
CREATORS = Factor("creators", ("1",), quantity="count", optional=True)
POLICY = _levels("policy", "other", "fifo", optional=True)
SPECULATION = _levels("speculation", "default", "no-store-bypass", "no-indirect-branch", optional=True)
LOAD = Factor("load", ("closed",), ("closed",), quantity="rate", optional=True, labelled=True)
PHASES = _levels("phases", "off", "on", optional=True)
# A spin of known length for each op inside the timed region, and the same one outside of it: a planted effect
# and its control, between which nothing differs but the effect.
SPIN = Factor("spin", ("0ns",), quantity="time", optional=True)
SPIN_OUTSIDE = Factor("spin_outside", ("0ns",), quantity="time", optional=True)


def peer(*kinds: str) -> Factor:
    """The factor peer, limited to what the primitive has."""
    return _levels("peer", *kinds)


def placement(*placements: str) -> Factor:
    """The factor placement; which of them exist is the machine's to say."""
    return _levels("placement", *placements)


@dataclass(frozen=True)
class Reading:
    """What else is read of each op: "s" since the op began, "B" bytes or "1" a number."""

    name: str
    unit: str
    title: str


@dataclass(frozen=True)
class Need:
    """A module that Python must have, ``hint`` if it does not; ``level`` is the one at which it is needed, if any."""

    module: str
    hint: str
    level: str = ""


WASMTIME = Need("wasmtime", "wasmtime is not installed: pip install 'partywall[walls]'")


@dataclass(frozen=True)
class Primitive:
    """One primitive: what an op is, what it demands of the scheduler, which factors it takes.

    ``switches_per_op`` are the context switches, voluntary and involuntary, of driver and peer
    together that one op is made of; 0 means that no count is demanded.  ``readings`` are taken of every op
    where ``phases`` is "on", or always if the primitive does not take that factor; they are cells of their own.
    ``waits`` says that the op waits for something other than CPU time, so that idle time is no interference;
    ``tasks_switch`` says that each of the factor ``tasks`` brings one switch.  ``task_bytes`` and ``task_fds`` are
    what each of them takes at most, of memory and of the worker's descriptors; ``task_s`` seconds more for each may
    pass before a trial is given up: where it is set, an op may be long, and a pilot takes one at a time.
    ``network`` says that packets go over the loopback device, so that the softirqs of networks are part of the op.
    ``most_samples`` bounds the samples of one trial where the machine would suffer from as many as there is time
    for; 0 is no bound.  ``language`` is that of the op, "c" or "python", and
    ``python`` the oldest Python that has it; ``needs`` are modules that it cannot do without.
    """

    name: str
    family: Family
    title: str
    one_op: str
    factors: tuple[Factor, ...] = (IMAGE,)
    switches_per_op: int = 0
    twin: str = ""
    readings: tuple[Reading, ...] = ()
    tasks_switch: bool = False
    waits: bool = False
    task_bytes: int = 128 << 10  # kernel stack, page tables, a table of descriptors and a few dirty pages
    task_fds: int = 2
    task_s: float = 0.0
    most_samples: int = 0
    network: bool = False
    language: str = "c"
    python: tuple[int, int] = (3, 11)
    needs: tuple[Need, ...] = ()

    @property
    def faults(self) -> bool:
        """Whether an op faults by design: what makes tasks, or pages, copies and touches memory."""
        return self.family in (Family.CREATE, Family.KEEP)

    def switches(self, factors: dict[str, str]) -> int:
        """Switches that one op is made of under these factors."""
        return int(factors["tasks"]) if self.tasks_switch else self.switches_per_op

    def reads(self, factors: dict[str, str]) -> bool:
        """Whether readings are taken under these factors."""
        takes = any(factor.name == PHASES.name for factor in self.factors)
        return bool(self.readings) and (not takes or factors.get(PHASES.name) == "on")

    def offered_rate(self, factors: dict[str, str]) -> int:
        """Ops begun a second, whatever becomes of those before; 0 in a closed loop, where each waits for the last."""
        return LOAD.number(factors.get(LOAD.name, LOAD.default[0]))

    def factor(self, name: str) -> Factor:
        """The factor of that name; InputError if the primitive does not take it."""
        for factor in self.factors:
            if factor.name == name:
                return factor
        names = ", ".join(factor.name for factor in self.factors)
        raise InputError(f"{self.name} takes no factor {name!r}; it takes {names}")

    def canonical(self, factors: dict[str, str]) -> dict[str, str]:
        """The factors without the optional ones that are at their default level, in the order declared."""
        return {
            f.name: factors[f.name]
            for f in self.factors
            if f.name in factors and (f.labelled or not f.optional or factors[f.name] != f.default[0])
        }


@dataclass(frozen=True)
class Expected:
    """What one fact must be: a number, or the value of another fact of the same trial."""

    fact: str
    equals: int | str


@dataclass(frozen=True)
class Wall:
    """One wall with one host: in what the attack is made, or against whom.

    The wall holds in a trial if every ``attack_fails`` is met; the positive control detected the breach
    if every ``control`` is met; the attack happened at all if every ``happened`` is met.

    ``door`` makes it a documented exception, and says what is not kept out and by which rule: it is shut where
    every ``attack_fails`` is met, and open otherwise.  ``reports`` says that nothing is attacked: the facts are all
    there is.  ``timings`` name the durations that the probe takes, ``samples`` of them in all at most.  ``runs`` is
    the most fresh workers that probe it, 0 as many as the profile has; ``seconds`` is about how long one takes, and
    ``deadline_s`` when it is given up.  ``target`` is the program that the probe execs, if it does, as a primitive's
    factor has it.

    ``version`` is that of its probe, which reports it as a fact of that name (none is 1): trials of an earlier one,
    in a session that was saved then, are judged by the declaration of that time, ``earlier``.  ``by_name`` says that
    it is probed only where it or its family is asked for by name, and not with all walls.  ``language`` is that of
    the probe, "c" or "python".

    ``scenario`` names the scenario whose component is tried instead of a probe of the C core.  The facts in ``summed``
    are told as their sum over all trials, all others as the last trial had them.
    """

    name: str
    host: str
    title: str
    happened: tuple[Expected, ...]
    attack_fails: tuple[Expected, ...]
    control: tuple[Expected, ...]
    door: str = ""
    reports: bool = False
    timings: tuple[str, ...] = ("detection",)
    samples: int = 8
    runs: int = 0
    seconds: float = 0.012
    deadline_s: float = 5.0
    target: str = "fault"
    by_name: bool = False
    language: str = "c"
    version: int = 1
    earlier: "Wall | None" = None
    scenario: str = ""
    summed: tuple[str, ...] = ()

    def at(self, version: int) -> "Wall":
        """The declaration for that version of the probe."""
        return self.earlier.at(version) if self.earlier and version < self.version else self
