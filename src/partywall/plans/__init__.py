"""Research runs as data: sweeps as grids in a TOML file, and the plans that partywall ships."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from partywall.errors import InputError
from partywall.model import Grid, Override
from partywall.units import parse_seconds

__all__ = ["SHIPPED_PREFIX", "Study", "is_plan", "load_study", "shipped_plans"]

SHIPPED_PREFIX = "plan:"
_MOST_RUNS = 10_000
_MOST_TRIALS = 100


class _Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    where: dict[str, str | int]
    runs: int | None = None
    trial: str | None = None
    warmup: str | None = None
    trials: int | None = None


class _Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    measure: str | list[str]
    factors: dict[str, str | int | list[str | int]] = {}
    runs: int | None = None
    trial: str | None = None
    warmup: str | None = None
    trials: int | None = None
    override: list[_Override] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    grid: list[_Grid]
    title: str = ""
    source: str = ""
    profile: str = "standard"
    seed: int | None = None
    budget: str | None = None
    claims: str | None = None


@dataclass(frozen=True)
class Study:
    """A plan file: what is swept, and how, before this machine has its say.

    Attributes:
        grids: what is measured over which levels.
        title: one line that says what it is about.
        source: the study that it redoes, if any.
        profile: name of the profile; the grids may depart from it.
        seed: of every random choice; None for a fresh one.
        budget_s: seconds of measuring at most; None for no limit.
        claims: file of the claims to judge, beside the plan; None for those that partywall ships.
    """

    grids: tuple[Grid, ...]
    title: str = ""
    source: str = ""
    profile: str = "standard"
    seed: int | None = None
    budget_s: float | None = None
    claims: Path | None = None


def is_plan(name: str) -> bool:
    """Whether a name on the command line means a plan: a TOML file, or "plan:NAME"."""
    return name.startswith(SHIPPED_PREFIX) or name.endswith(".toml")


def shipped_plans() -> dict[str, str]:
    """Names and titles of the plans that partywall ships."""
    found = {}
    for path in sorted(Path(str(files("partywall.plans"))).glob("*.toml")):
        found[SHIPPED_PREFIX + path.stem] = load_study(SHIPPED_PREFIX + path.stem).title
    return found


def load_study(name: str) -> Study:
    """Read a plan file, or a shipped one as "plan:NAME".

    InputError, naming the file and the key, if it is not one.
    """
    path = Path(name)
    if name.startswith(SHIPPED_PREFIX):
        path = Path(str(files("partywall.plans") / f"{name.removeprefix(SHIPPED_PREFIX)}.toml"))
        if not path.is_file():
            known = ", ".join(sorted(SHIPPED_PREFIX + p.stem for p in path.parent.glob("*.toml")))
            raise InputError(f"{name}: there is no such plan; there are {known}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    try:
        file = msgspec.convert(content, _File)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {error}") from None
    if not file.grid:
        raise InputError(f"{path}: there is no [[grid]], so nothing to measure")
    return Study(
        grids=tuple(_grid(grid, f"{path}: grid[{i}]") for i, grid in enumerate(file.grid)),
        title=file.title,
        source=file.source,
        profile=file.profile,
        seed=file.seed,
        budget_s=_seconds(file.budget, f"{path}: budget"),
        claims=path.parent / file.claims if file.claims else None,
    )


def _grid(grid: _Grid, where: str) -> Grid:
    names = (grid.measure,) if isinstance(grid.measure, str) else tuple(grid.measure)
    if not names:
        raise InputError(f"{where}.measure names nothing")
    factors = {}
    for name, levels in grid.factors.items():
        factors[name] = tuple(str(level) for level in (levels if isinstance(levels, list) else [levels]))
        if not factors[name]:
            raise InputError(f"{where}.factors.{name} has no level")
    overrides = [Override(where={}, **_times(grid, where))]
    for i, override in enumerate(grid.override):
        place = f"{where}.override[{i}]"
        overrides.append(
            Override(where={n: str(level) for n, level in override.where.items()}, **_times(override, place))
        )
    return Grid(names=names, factors=factors, overrides=tuple(overrides))


def _times(entry: _Grid | _Override, where: str) -> dict[str, Any]:
    if entry.runs is not None and not 1 <= entry.runs <= _MOST_RUNS:
        raise InputError(f"{where}.runs {entry.runs} is not between 1 and {_MOST_RUNS}")
    if entry.trials is not None and not 1 <= entry.trials <= _MOST_TRIALS:
        raise InputError(f"{where}.trials {entry.trials} is not between 1 and {_MOST_TRIALS}")
    return {
        "runs": entry.runs,
        "trials": entry.trials,
        "trial_s": _seconds(entry.trial, f"{where}.trial"),
        "warmup_s": _seconds(entry.warmup, f"{where}.warmup"),
    }


def _seconds(text: str | None, where: str) -> float | None:
    if text is None:
        return None
    try:
        return parse_seconds(text)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
