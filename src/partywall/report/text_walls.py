"""The part of the text report on walls and doors."""

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase

from rich.console import Console

from partywall.model import Estimate, Outcome, WallResult
from partywall.report.layout import interval, plain, table
from partywall.report.wall_rows import detection, reasons_of
from partywall.units import format_quantity

__all__ = ["matching", "print_evidence", "print_reasons", "print_walls"]

_STYLE = {Outcome.HOLDS: "green", Outcome.BROKEN: "red"}
_AS_EXPECTED = (Outcome.HOLDS, Outcome.OPEN, Outcome.SHUT, Outcome.REPORTED)
_SHORT_LIST = 20
_FEWEST_HOSTS = 3
_AFTER = "detected"

# What became of the task's surroundings, in a word and where that is too long for the columns.
_MARKS = {
    "holds": ("+", "nothing else was hurt"),
    "dies": ("x", "the process that it was in died with it"),
    "denied": ("d", "nobody died, and the process that it was in is refused the same"),
    "changed": ("~", "its maker lives, but what it wrote stays"),
    "open": ("o", "a documented exception, demonstrated here"),
    "shut": ("-", "a documented exception that this machine does not show"),
    "broken": ("!", "the attack came through"),
    "n.s.": (".", "not supported here, see below"),
    "invalid": ("?", "not proved, see below"),
    "reported": ("i", "reported only"),
}


def print_walls(console: Console, walls: tuple[WallResult, ...], full: bool = False) -> None:
    """Print a matrix for each family of many hosts, one line for each other wall, reasons, and doors that are open.

    Of a long list only what is not as it should be, and a count of the rest; all of it if ``full``.
    """
    if not walls:
        return
    rest: list[WallResult] = []
    families: dict[str, list[WallResult]] = {}
    for wall in walls:
        families.setdefault(wall.id.partition(".")[0], []).append(wall)
    for family, members in families.items():
        if _is_matrix(members):
            _print_matrix(console, family, members)
        else:
            rest += members
    if rest:
        shown = rest if full or len(rest) <= _SHORT_LIST else [w for w in rest if w.outcome not in _AS_EXPECTED]
        _print_list(console, shown, [wall for wall in rest if wall not in shown])


def print_evidence(console: Console, walls: Iterable[WallResult]) -> None:
    """Print all that is known of these walls: the outcome, then every fact, and every time with its interval."""
    for wall in walls:
        said = f"{wall.id} ({wall.host}): {wall.outcome.value}, control {wall.control.value}"
        console.print(plain(said, style="bold"))
        for text in filter(None, (wall.reason, wall.exception)):
            console.print(plain(f"  {text}"))
        rows = table(("fact", "left"), ("value", "left"))
        for name, value in wall.evidence.items():
            timed = isinstance(value, Estimate)
            said = interval(value.value, value.low, value.high, value.unit) if timed else str(value)
            rows.add_row(plain(name), plain(said))
        console.print(rows)
        console.print()


def matching(walls: tuple[WallResult, ...], pattern: str, host: str) -> tuple[WallResult, ...]:
    """The walls whose names match, of that host or, if it is empty, of any."""
    return tuple(wall for wall in walls if fnmatchcase(wall.id, pattern) and fnmatchcase(wall.host, host or "*"))


def _is_matrix(walls: list[WallResult]) -> bool:
    hosts = {wall.host for wall in walls}
    names = {wall.id for wall in walls}
    # Where most places would be empty a list is shorter.
    return len(hosts) >= _FEWEST_HOSTS and 2 * len(walls) >= len(hosts) * len(names)


def _mark(wall: WallResult) -> str:
    evidence = wall.evidence
    if wall.outcome == Outcome.BROKEN:
        if evidence.get("host_died"):
            return "dies"
        return "denied" if evidence.get("sibling_thread_denied") else "broken"
    if wall.outcome == Outcome.OPEN and evidence.get("host_changed"):
        return "changed"
    return "n.s." if wall.outcome == Outcome.UNSUPPORTED else wall.outcome.value


def _print_matrix(console: Console, family: str, walls: list[WallResult]) -> None:
    hosts = list(dict.fromkeys(wall.host for wall in walls))
    names = list(dict.fromkeys(wall.id for wall in walls))
    found = {(wall.id, wall.host): wall for wall in walls}
    timed = next((host for host in hosts if any(detection(found.get((name, host))) for name in names)), "")
    stems = {name: name.removeprefix(f"{family}.") for name in names}
    marks = {key: _mark(wall) for key, wall in found.items()}
    widths = [max(len(host), *(len(marks.get((name, host), "")) for name in names)) for host in hosts]
    wide = console.width >= max(map(len, stems.values())) + sum(widths) + 2 * len(widths) + len(_AFTER) + 2
    console.print(plain(f"Walls: {family}, and what became of everything else, by what it happened in", style="bold"))
    columns = [(family, "left"), *((host, "left") for host in hosts)]
    rows = table(*columns, *([(_AFTER, "right")] if wide and timed else []))
    # Of names and hosts it is the hosts, each above a column of one character, that may be folded.
    rows.columns[0].no_wrap = True
    for name in names:
        row = [plain(stems[name])]
        for host in hosts:
            mark = marks.get((name, host), "")
            style = _STYLE.get(found[name, host].outcome, "yellow") if mark else ""
            row.append(plain(mark if wide or not mark else _MARKS[mark][0], style=style))
        if wide and timed:
            after = detection(found.get((name, timed)))
            row.append(plain(format_quantity(after.value, "s") if after else ""))
        rows.add_row(*row)
    console.print(rows)
    for mark in dict.fromkeys(mark for mark in _MARKS if mark in marks.values()):
        console.print(plain(f"  {mark if wide else _MARKS[mark][0]}: {_MARKS[mark][1]}", style="dim"))
    if wide and timed:
        console.print(plain(f"  {_AFTER}: from the fault to the return of waitpid; host {timed}", style="dim"))
    print_reasons(console, walls)
    console.print(plain(f"  all facts of one: partywall show FILE --wall {names[0]}", style="dim"))
    console.print()


def _print_list(console: Console, walls: list[WallResult], counted: list[WallResult]) -> None:
    console.print(plain("Walls", style="bold"))
    if counted:
        each = Counter(wall.outcome.value for wall in counted)
        said = ", ".join(f"{count} {outcome}" for outcome, count in each.items())
        console.print(
            plain(f"  {len(counted)} as they should be: {said}; all: partywall show FILE --full", style="dim")
        )
    if not walls:
        console.print()
        return
    rows = table(
        ("wall", "left"),
        ("host", "left"),
        ("outcome", "left"),
        ("control", "left"),
        ("detected after", "left"),
    )
    for wall in walls:
        found = detection(wall)
        after = interval(found.value, found.low, found.high, "s") if found else ""
        rows.add_row(
            plain(wall.id),
            plain(wall.host),
            plain(wall.outcome.value, style=_STYLE.get(wall.outcome, "yellow")),
            plain(wall.control.value),
            plain(after),
        )
    console.print(rows)
    print_reasons(console, walls)
    console.print()


def print_reasons(console: Console, walls: list[WallResult]) -> None:
    """Each reason once, whatever number of walls shares it."""
    for line in reasons_of(walls):
        console.print(plain(f"  {line}", style="dim"))
