"""What the shell offers where a name of the catalog is typed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["complete_explained", "complete_measured"]


def complete_measured(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Names that ``run`` takes and that are not on the line yet; files where none begins like that."""
    from click.shell_completion import CompletionItem

    given = context.params.get(parameter.name or "") or ()
    items = _beginning(incomplete, (name for name in _measured() if name not in given))
    return items or [CompletionItem(incomplete, type="file")]


def complete_explained(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Names that ``explain`` takes: those that ``run`` takes, and the words of reports."""
    from partywall.explaining import names_by_kind

    return _beginning(incomplete, (name for names in names_by_kind().values() for name in names))


def _measured() -> list[str]:
    from partywall.catalog import PRIMITIVES, SCENARIOS, WALLS
    from partywall.catalog.scenario import PREFIX
    from partywall.model import Family
    from partywall.plans import shipped_plans

    walls = [wall.name for wall in WALLS.values() if not wall.scenario]
    groups = [name.partition(".")[0] for name in walls]
    return [*Family, "walls", *groups, *PRIMITIVES, *walls, *(PREFIX + name for name in SCENARIOS), *shipped_plans()]


def _beginning(incomplete: str, names: Iterable[str]) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in dict.fromkeys(map(str, names)) if name.startswith(incomplete)]
