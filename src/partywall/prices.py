"""The price list: what each mechanism costs beside what it contains, from the cells and walls of one session."""

from collections.abc import Iterable, Mapping, Sequence

from partywall.capacity import TaskSize
from partywall.catalog.mechanisms import CONTAIN, MECHANISMS, Mechanism, Source
from partywall.model import Cell, Estimate, State, WallResult
from partywall.price import Contained, Price

__all__ = ["price_list"]

_QUIET = {"image": ("pristine", "interpreter"), "resident": ("0B",)}


def price_list(cells: Sequence[Cell], walls: Sequence[WallResult], sizes: Sequence[TaskSize]) -> tuple[Price, ...]:
    """A row for each mechanism, in the order of what they add; none if no act was tried in any of them.

    ``sizes`` are what one more task takes, by the cells it was weighed in.  A figure that the session does not hold
    is None, and the row says why: it was not asked for, or this machine could not measure it.
    """
    tried = [wall for wall in walls if wall.id.startswith(CONTAIN)]
    rows = tuple(_row(mechanism, cells, tried, sizes) for mechanism in MECHANISMS)
    return rows if tried and any(any(row.cells) for row in rows) else ()


def _row(mechanism: Mechanism, cells: Sequence[Cell], walls: Iterable[WallResult], sizes: Sequence[TaskSize]) -> Price:
    create, call = (_time(source, cells) for source in (mechanism.create, mechanism.call))
    memory = _memory(mechanism.memory, cells, sizes)
    contains = tuple(_contained(wall) for wall in walls if wall.host == mechanism.name)
    reasons = {"create": create[2], "call": call[2], "memory": memory[2]}
    if not contains:
        reasons["acts"] = "none was tried in it"
    return Price(
        mechanism=mechanism.name,
        title=mechanism.title,
        create=create[0],
        call=call[0],
        memory=memory[0],
        cells=(create[1], call[1], memory[1]),
        contains=contains,
        reason=_together(reasons),
    )


def _contained(wall: WallResult) -> Contained:
    return Contained(
        act=wall.id.removeprefix(CONTAIN), wall=wall.id, host=wall.host, outcome=wall.outcome, reason=wall.reason
    )


def _time(source: Source | str, cells: Iterable[Cell]) -> tuple[Estimate | None, str, str]:
    """The figure, the cell that it is from, and why there is none."""
    if isinstance(source, str):
        return None, "", source
    found = next(iter(_matching(source, cells)), None)
    if found is None:
        return None, "", _absent(source)
    if found.estimates is None:
        return None, found.id, _why(found)
    return found.estimates.typical, found.id, ""


def _memory(source: Source | str, cells: Iterable[Cell], sizes: Iterable[TaskSize]) -> tuple[Estimate | None, str, str]:
    if isinstance(source, str):
        return None, "", source
    weighed = list(_matching(source, cells))
    ids = [cell.id for cell in weighed]
    for size in sizes:
        if size.cell in ids:
            return size.task_bytes, size.cell, ""
    if not weighed:
        return None, "", _absent(source)
    failed = next((cell for cell in weighed if cell.estimates is None), None)
    return None, ids[0], _why(failed) if failed else "it takes two numbers of tasks, and six runs of each"


def _matching(source: Source, cells: Iterable[Cell]) -> Iterable[Cell]:
    """The cells at the levels of the source that ask for nothing unusual otherwise; any number of tasks."""
    return (
        cell
        for cell in cells
        if cell.primitive == source.primitive
        and not cell.reading
        and all(cell.factors.get(name) == level for name, level in source.factors.items())
        and all(cell.factors.get(name, levels[0]) in levels for name, levels in _QUIET.items())
    )


def _absent(source: Source) -> str:
    return f"{source.primitive} is not in this session"


def _why(cell: Cell) -> str:
    return cell.reason or (f"{cell.id} is {cell.state.value}" if cell.state != State.OK else "it has no estimate")


def _together(reasons: Mapping[str, str]) -> str:
    """Each reason once, behind the names of all that lack a figure for it."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            # "PRIMITIVE: open failed: WHY": what is missing is the same for all of a row.
            names.setdefault(reason.rpartition(" failed: ")[2], []).append(name)
    return "; ".join(f"{', '.join(of)}: {reason}" for reason, of in names.items())
