"""Documented claims, read from TOML."""

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from pathlib import Path
from typing import Any

from partywall.catalog import WALLS, find_primitive
from partywall.errors import InputError
from partywall.fit import Sweep
from partywall.model import ESTIMATES, Claim, ClaimKind, Quantity, VerdictKind
from partywall.units import parse_seconds

__all__ = ["load_claims"]

_PACKAGED = ("threads_vs_processes.toml", "scenarios.toml")
_CLAIM_KEYS = {"id", "says", "kind", "source", "low", "high", "quantity", "crossing"}
_CELL_KEYS = {"primitive", "factors", "estimate", "per_switch", "minus", "over", "why"}
_CROSSING_KEYS = {"primitive", "along", "factors", "over"}
_WALL_KEYS = {"wall", "host", "why"}


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Read the claims of ``path``, or those that come with partywall, in the order of the file.

    Bounds of a `range` are times with a unit and become seconds; those of a `ratio` are plain numbers.
    A primitive, a factor or a host given as a list stands for one quantity, or one crossing, per entry;
    a wall and a host may be patterns.  Raises InputError with
    one line that names the file, the claim and what is wrong with it.
    """
    if path is None:
        return tuple(claim for name in _PACKAGED for claim in _load(files(__name__).joinpath(name), name))
    return _load(path, str(path))


def _load(file: Traversable, name: str) -> tuple[Claim, ...]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not valid TOML: {' '.join(str(error).split())}") from error
    return _parse_document(document, name)


def _parse_document(document: dict[str, Any], name: str) -> tuple[Claim, ...]:
    _known(document, {"source", "claim"}, name)
    source = _text(document, "source", name, default="")
    tables = document.get("claim")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError(f"{name}: holds no [[claim]]")
    claims: dict[str, Claim] = {}
    for number, table in enumerate(tables, 1):
        identity = _text(table, "id", f"{name}: claim {number}")
        where = f"{name}: claim {identity!r}"
        if identity in claims:
            raise InputError(f"{where}: the id is taken by an earlier claim")
        claims[identity] = _parse_claim(table, source, where)
    return tuple(claims.values())


def _parse_claim(table: dict[str, Any], source: str, where: str) -> Claim:
    _known(table, _CLAIM_KEYS, where)
    kinds = [kind.value for kind in ClaimKind]
    kind_text = _text(table, "kind", where)
    if kind_text not in kinds:
        raise InputError(f"{where}: kind {kind_text!r} is none of {', '.join(kinds)}")
    kind = ClaimKind(kind_text)
    low, high = _bound(table, "low", kind, where), _bound(table, "high", kind, where)
    if kind != ClaimKind.HOLDS and low is None and high is None:
        raise InputError(f"{where}: needs low, high or both")
    if low is not None and high is not None and low > high:
        raise InputError(f"{where}: low lies above high")
    quantities: list[Quantity] = []
    for place, entry in _entries(table, "quantity", where, required="crossing" not in table):
        quantities += _walls(entry, place) if kind == ClaimKind.HOLDS else _cells(entry, kind, place)
    if kind == ClaimKind.HOLDS and "crossing" in table:
        raise InputError(f"{where}: a claim that something holds takes no crossing")
    sweeps: list[Sweep] = []
    for place, entry in _entries(table, "crossing", where, required=False):
        sweeps += _sweeps(entry, kind, place)
    return Claim(
        id=_text(table, "id", where),
        says=_text(table, "says", where),
        kind=kind,
        source=_text(table, "source", where, default=source or None),
        quantities=tuple(quantities),
        low=low,
        high=high,
        crossings=tuple(sweeps),
    )


def _entries(table: dict[str, Any], key: str, where: str, required: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = table.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables) or (required and not tables):
        raise InputError(f"{where}: holds no [[claim.{key}]]")
    for number, entry in enumerate(tables, 1):
        yield f"{where}: {key} {number}", entry


def _bound(table: dict[str, Any], key: str, kind: ClaimKind, where: str) -> float | None:
    if key not in table:
        return None
    value = table[key]
    if kind == ClaimKind.HOLDS:
        raise InputError(f"{where}: a claim that something holds takes no {key}")
    if kind == ClaimKind.RANGE:
        if not isinstance(value, str):
            raise InputError(f'{where}: {key} must be a time with its unit, such as "1 ms"')
        try:
            return parse_seconds(value)
        except InputError as error:
            raise InputError(f"{where}: {key}: {error}") from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InputError(f"{where}: {key} must be a plain number above zero")
    return float(value)


def _walls(table: dict[str, Any], where: str) -> Iterator[Quantity]:
    _known(table, _WALL_KEYS, where)
    wall, why = _text(table, "wall", where), _why(table, where)
    if "host" not in table:
        raise InputError(f"{where}: host is missing")
    for host in _strings(table["host"], "host", where):
        if not any(fnmatchcase(name, wall) and fnmatchcase(on, host) for name, on in WALLS):
            raise InputError(f"{where}: no wall is called {wall!r} with host {host!r}")
        yield Quantity(wall=wall, host=host, why=why)


def _sweeps(table: dict[str, Any], kind: ClaimKind, where: str) -> Iterator[Sweep]:
    """What a crossing speaks of: the cells of a quantity, but for the factor that it goes along."""
    _known(table, _CROSSING_KEYS, where)
    along = _text(table, "along", where)
    if along in _table(table, "factors", where):
        raise InputError(f"{where}: factors.{along} cannot be held, the crossing goes along it")
    for quantity in _cells({key: value for key, value in table.items() if key != "along"}, kind, where):
        for primitive in dict.fromkeys((quantity.primitive, quantity.over.get("primitive", quantity.primitive))):
            try:
                factor = find_primitive(primitive).factor(along)
            except InputError as error:
                raise InputError(f"{where}: along: {error}") from error
            if not factor.quantity:
                raise InputError(f"{where}: along: {along} has no levels between {' and '.join(factor.levels)}")
        yield Sweep(primitive=quantity.primitive, along=along, factors=quantity.factors, over=quantity.over)


def _cells(table: dict[str, Any], kind: ClaimKind, where: str) -> Iterator[Quantity]:
    _known(table, _CELL_KEYS, where)
    estimate = _text(table, "estimate", where, default="typical")
    if estimate not in ESTIMATES:
        raise InputError(f"{where}: estimate {estimate!r} is none of {', '.join(ESTIMATES)}")
    per_switch = table.get("per_switch", False)
    if not isinstance(per_switch, bool):
        raise InputError(f"{where}: per_switch must be true or false")
    minus, over = _override(table, "minus", where), _override(table, "over", where)
    if kind == ClaimKind.RATIO and (minus or not over):
        raise InputError(f"{where}: a ratio needs over, and takes no minus")
    if kind == ClaimKind.RANGE and over:
        raise InputError(f"{where}: a range takes no over")
    if kind == ClaimKind.RATIO and per_switch:
        raise InputError(f"{where}: a ratio takes no per_switch")
    why = _why(table, where)
    factors = _table(table, "factors", where)
    for primitive in _strings(table.get("primitive"), "primitive", where):
        _check_primitive(primitive, per_switch, where)
        second = {**minus, **over}.get("primitive", primitive)
        levels = [
            [_level(primitive, name, level, where) for level in _strings(given, name, where)]
            for name, given in factors.items()
        ]
        for combination in product(*levels):
            yield Quantity(
                primitive=primitive,
                factors=dict(zip(factors, combination, strict=True)),
                estimate=estimate,
                per_switch=per_switch,
                minus=_canonical(second, minus, where),
                over=_canonical(second, over, where),
                why=why,
            )


def _check_primitive(primitive: str, per_switch: bool, where: str) -> None:
    try:
        declared = find_primitive(primitive)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    if per_switch and not (declared.switches_per_op or declared.tasks_switch):
        raise InputError(f"{where}: an op of {primitive} is not made of switches")


def _level(primitive: str, factor: str, level: str, where: str) -> str:
    try:
        return find_primitive(primitive).factor(factor).parse(level, primitive)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _override(table: dict[str, Any], key: str, where: str) -> dict[str, str]:
    override = _table(table, key, where)
    if key in table and not override:
        raise InputError(f"{where}: {key} is empty")
    for name, level in override.items():
        if not isinstance(level, str):
            raise InputError(f"{where}: {key}.{name} must be a text")
    return override


def _canonical(primitive: str, override: dict[str, str], where: str) -> dict[str, str]:
    if "primitive" in override:
        _check_primitive(primitive, False, where)
    return {
        name: level if name == "primitive" else _level(primitive, name, level, where)
        for name, level in override.items()
    }


def _why(table: dict[str, Any], where: str) -> dict[str, str]:
    why = _table(table, "why", where)
    kinds = [kind.value for kind in VerdictKind]
    for verdict, text in why.items():
        if verdict not in kinds:
            raise InputError(f"{where}: why.{verdict} is none of {', '.join(kinds)}")
        if not isinstance(text, str) or not text or "\n" in text:
            raise InputError(f"{where}: why.{verdict} must be a text of one line")
    return why


def _known(table: dict[str, Any], keys: set[str], where: str) -> None:
    for key in table:
        if key not in keys:
            raise InputError(f"{where}: unknown key {key!r}; there are {', '.join(sorted(keys))}")


def _table(table: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{where}: {key} must be a table")
    return value


def _text(table: dict[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if value is None:
        raise InputError(f"{where}: {key} is missing")
    if not isinstance(value, str) or "\n" in value or (key in table and not value.strip()):
        raise InputError(f"{where}: {key} must be a text of one line")
    return value


def _strings(value: Any, key: str, where: str) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(entry, str) for entry in values):
        raise InputError(f"{where}: {key} must be a text or a list of texts")
    return values
