"""The text report of a comparison: what differs first, then what is open, then what is the same."""

from math import log

from rich.console import Console
from rich.table import Table

from partywall.comparison import Change, Changed, Comparison
from partywall.report.layout import console_for, plain, table, written
from partywall.units import format_quantity

__all__ = ["render_comparison"]

_WORDS = {Changed.LOWER: ("faster", "less"), Changed.HIGHER: ("slower", "more")}
_STYLES = {Changed.LOWER: "green", Changed.HIGHER: "red", Changed.UNDECIDED: "yellow"}
_FEW = 12
_USUAL = ("image=pristine", "resident=0B", "target=none")


def render_comparison(comparison: Comparison, everything: bool = False, colour: bool = False) -> str:
    """The comparison as text; with ``everything`` the cells that are the same or undecided are listed one by one."""
    console = console_for(colour)
    band = f"{100 * comparison.band:g} %"
    said = f"{comparison.estimate} after over before, of {comparison.of}; what is less than {band} does not matter"
    console.print(plain(said, style="bold"))
    for name, before, after in comparison.hosts:
        console.print(plain(f"  {name}: {before} before, {after} after", style="yellow"))
    if comparison.of == "runs":
        console.print(plain("  one session on each side: what differs from session to session is not in the intervals"))
    _arms(console, comparison)
    console.print()
    groups = {kind: [c for c in comparison.changes if c.changed == kind] for kind in Changed}
    different = sorted(groups[Changed.HIGHER] + groups[Changed.LOWER], key=_size, reverse=True)
    if different:
        console.print(_rows(different))
        console.print()
    for kind, title in ((Changed.UNDECIDED, "undecided"), (Changed.SAME, "the same")):
        _group(console, title, groups[kind], everything)
    for kind, title in (
        (Changed.UNUSABLE, "cannot be compared"),
        (Changed.GONE, "only before"),
        (Changed.NEW, "only after"),
    ):
        for change in groups[kind]:
            console.print(plain(f"{title}: {_name(change)}{': ' if change.why else ''}{change.why}", style="dim"))
    _sum(console, groups, comparison)
    return written(console)


def _arms(console: Console, comparison: Comparison) -> None:
    for arm in comparison.arms:
        if arm.ratio is not None:
            word = "the machine itself was another" if arm.changed in _WORDS else arm.changed.value
            console.print(plain(f"  reference {_name(arm)}: {_change(arm)}, {word}"))


def _name(change: Change) -> str:
    """The cell's id without the levels that all cells have unless something else was asked for."""
    name, bracket, rest = change.cell.partition("[")
    levels, _, reading = rest.partition("]")
    shown = ",".join(level for level in levels.split(",") if level not in _USUAL)
    return f"{name}[{shown}]{reading}" if bracket and shown else f"{name}{reading}"


def _size(change: Change) -> float:
    return abs(log(change.ratio.value)) if change.ratio is not None and change.ratio.value > 0 else 0.0


def _change(change: Change) -> str:
    """The relative change with its interval, in percent or as a factor."""
    if change.ratio is None:
        return "-"
    ends = (change.ratio.value, change.ratio.low, change.ratio.high)
    if max(ends) >= 2 or min(ends) <= 0.5:
        value, low, high = (f"{end:.3g}" for end in ends)
        return f"x {value} [{low}, {high}]"
    value, low, high = (f"{100 * (end - 1):+.1f}" for end in ends)
    return f"{value} % [{low}, {high}]"


def _rows(changes: list[Change]) -> Table:
    rows = table(("", "left"), ("cell", "left"), ("before", "right"), ("after", "right"), ("change [95 %]", "left"))
    for change in changes:
        words = _WORDS.get(change.changed)
        word = words[change.unit != "s"] if words else change.changed.value
        rows.add_row(
            plain(word, style=_STYLES.get(change.changed, "")),
            plain(_name(change)),
            *(plain(format_quantity(e.value, e.unit) if e else "-") for e in (change.before, change.after)),
            plain(_change(change)),
        )
    return rows


def _group(console: Console, title: str, changes: list[Change], everything: bool) -> None:
    if not changes:
        return
    if everything or (title == "undecided" and len(changes) <= _FEW):
        console.print(_rows(changes))
        console.print()
        return
    widest = max(changes, key=lambda c: (c.ratio.high / c.ratio.low) if c.ratio and c.ratio.low > 0 else 0.0)
    console.print(plain(f"{len(changes)} {title}; the widest interval: {_name(widest)} {_change(widest)}"))


def _sum(console: Console, groups: dict[Changed, list[Change]], comparison: Comparison) -> None:
    parts = [f"{len(groups[kind])} {word}" for kind, (word, _) in reversed(_WORDS.items())]
    parts += [f"{len(groups[kind])} {kind.value}" for kind in (Changed.UNDECIDED, Changed.SAME)]
    level = f"{100 * comparison.level:g} %"
    console.print(plain(f"{', '.join(parts)}; that any of these is wrong has a probability of {level} at most (Holm)"))
