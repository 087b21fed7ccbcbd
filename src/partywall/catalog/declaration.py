"""The form of a declaration: what a primitive or a wall is, takes and demands."""

from dataclasses import dataclass

from partywall.errors import InputError
from partywall.model import Family
from partywall.units import format_size, parse_size

__all__ = [
    "IMAGE",
    "MESSAGE",
    "RESIDENT",
    "TARGET",
    "TWO_PARTY_PLACEMENTS",
    "Expected",
    "Factor",
    "Primitive",
    "Wall",
]

SAME_CPU = "same-cpu"
TWO_PARTY_PLACEMENTS = (SAME_CPU, "smt-sibling", "same-llc", "cross-llc", "cross-node")


@dataclass(frozen=True)
class Factor:
    """A condition that is varied or held: its levels, or a size if ``sized``, and the default levels."""

    name: str
    default: tuple[str, ...]
    levels: tuple[str, ...] = ()
    sized: bool = False

    def parse(self, text: str, where: str) -> str:
        """Return the level in its canonical form, or raise InputError naming ``where``."""
        if self.sized:
            return format_size(parse_size(text))
        if text not in self.levels:
            raise InputError(f"{where}: {self.name} {text!r} is none of {', '.join(self.levels)}")
        return text


def _levels(name: str, *levels: str, default: tuple[str, ...] = ()) -> Factor:
    return Factor(name, default or levels, levels)


IMAGE = _levels("image", "pristine", "caller", default=("pristine",))
TARGET = _levels("target", "static", "dynamic")
RESIDENT = Factor("resident", ("0B",), sized=True)
MESSAGE = Factor("message", ("64B", "64KiB"), sized=True)


def peer(*kinds: str) -> Factor:
    """The factor peer, limited to what the primitive has."""
    return _levels("peer", *kinds)


def placement(*placements: str) -> Factor:
    """The factor placement; which of them exist is the machine's to say."""
    return _levels("placement", *placements)


@dataclass(frozen=True)
class Primitive:
    """One primitive: what an op is, what it demands of the scheduler, which factors it takes.

    ``switches_per_op`` are the context switches, voluntary and involuntary, of driver and peer
    together that one op is made of; 0 means that no count is demanded.
    """

    name: str
    family: Family
    title: str
    one_op: str
    factors: tuple[Factor, ...] = (IMAGE,)
    switches_per_op: int = 0
    twin: str = ""

    def factor(self, name: str) -> Factor:
        """The factor of that name; InputError if the primitive does not take it."""
        for factor in self.factors:
            if factor.name == name:
                return factor
        names = ", ".join(factor.name for factor in self.factors)
        raise InputError(f"{self.name} takes no factor {name!r}; it takes {names}")


@dataclass(frozen=True)
class Expected:
    """What one fact must be: a number, or the value of another fact of the same trial."""

    fact: str
    equals: int | str


@dataclass(frozen=True)
class Wall:
    """One wall with one host of the attack.

    The wall holds in a trial if every ``attack_fails`` is met; the positive control detected the breach
    if every ``control`` is met; the attack happened at all if every ``happened`` is met.
    """

    name: str
    host: str
    title: str
    happened: tuple[Expected, ...]
    attack_fails: tuple[Expected, ...]
    control: tuple[Expected, ...]
