"""What a name means: of declarations what they say themselves, of words what the glossary says."""

from collections.abc import Iterator
from difflib import get_close_matches

from partywall.catalog import PRIMITIVES, WALLS, Primitive, Wall
from partywall.claims import load_claims
from partywall.errors import InputError
from partywall.estimate import Frozen
from partywall.glossary import MEANINGS
from partywall.plans import shipped_plans

__all__ = ["Entry", "explain", "names_by_kind"]


class Entry(Frozen, frozen=True):
    """One meaning of a name: its kind, a sentence, and what else is known of it, by its heading."""

    kind: str
    name: str
    text: str
    details: dict[str, tuple[str, ...]] = {}


def names_by_kind() -> dict[str, tuple[str, ...]]:
    """Every name that can be explained."""
    return {
        "primitive": tuple(PRIMITIVES),
        "wall": tuple(dict.fromkeys(name for name, _ in WALLS)),
        "plan": tuple(shipped_plans()),
        "claim": tuple(claim.id for claim in load_claims()),
        **{kind: tuple(words) for kind, words in MEANINGS.items()},
    }


def explain(name: str) -> tuple[Entry, ...]:
    """Every meaning of a name, in whatever case; InputError with names that are like it if there is none."""
    found = tuple(entry for entry in _entries(name) if entry.name == name)
    found = found or tuple(entry for entry in _entries(name) if _plain(entry.name) == _plain(name))
    if found:
        return found
    known = {_plain(one): one for names in names_by_kind().values() for one in names}
    close = [known[one] for one in get_close_matches(_plain(name), known, n=3)]
    hint = f"is it {' or '.join(close)}?" if close else "partywall explain lists the names"
    raise InputError(f"nothing is called {name!r}; {hint}")


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_")


def _entries(name: str) -> Iterator[Entry]:
    wanted = _plain(name)
    yield from (_primitive(p) for p in PRIMITIVES.values() if _plain(p.name) == wanted)
    yield from (_wall(w) for w in WALLS.values() if _plain(w.name) == wanted)
    yield from (
        Entry(kind="plan", name=plan, text=title, details={"measure it": (f"partywall run {plan}",)})
        for plan, title in shipped_plans().items()
        if _plain(plan) == wanted
    )
    for claim in load_claims():
        if _plain(claim.id) == wanted:
            speaks = tuple(dict.fromkeys(q.primitive or f"{q.wall} ({q.host})" for q in claim.quantities))
            yield Entry(
                kind="claim", name=claim.id, text=claim.says, details={"source": (claim.source,), "speaks of": speaks}
            )
    for kind, words in MEANINGS.items():
        for word, text in words.items():
            if _plain(word) == wanted:
                takers = [p.name for p in PRIMITIVES.values() for f in p.factors if f.name == word and kind == "factor"]
                yield Entry(kind=kind, name=word, text=text, details={"taken by": tuple(takers)} if takers else {})


def _primitive(primitive: Primitive) -> Entry:
    details = {
        "title": (primitive.title,),
        "family": (primitive.family.value,),
        "factors": tuple(f"{factor.name}: {factor.describe()}" for factor in primitive.factors),
        "readings": tuple(f"{reading.name}: {reading.title}" for reading in primitive.readings),
        "switches per op": (str(primitive.switches_per_op),) if primitive.switches_per_op else (),
        "claims": tuple(
            claim.id for claim in load_claims() if any(q.primitive == primitive.name for q in claim.quantities)
        ),
    }
    return _entry("primitive", primitive.name, primitive.one_op, details)


def _wall(wall: Wall) -> Entry:
    details = {
        "host": (wall.host,),
        "the attack happened if": tuple(f"{e.fact} is {e.equals}" for e in wall.happened),
        "it failed if": tuple(f"{e.fact} is {e.equals}" for e in wall.attack_fails),
        "the control saw it if": tuple(f"{e.fact} is {e.equals}" for e in wall.control),
        "door": (wall.door,) if wall.door else (),
        "probed": ("only where it or its family is named",) if wall.by_name else (),
    }
    return _entry("wall", wall.name, wall.title, details)


def _entry(kind: str, name: str, text: str, details: dict[str, tuple[str, ...]]) -> Entry:
    return Entry(kind=kind, name=name, text=text, details={head: lines for head, lines in details.items() if lines})
