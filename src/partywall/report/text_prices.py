"""The price list in the text report: what each mechanism costs, then what was tried in it."""

from rich.console import Console

from partywall.model import Estimate, Outcome, Price
from partywall.report.layout import plain, span, table

__all__ = ["print_prices"]

_STYLE = {Outcome.HOLDS: "green", Outcome.BROKEN: "red"}
_MARKS = {
    Outcome.HOLDS: ("+", "the act failed, and the caller went on unharmed"),
    Outcome.BROKEN: ("x", "the act came through"),
    Outcome.UNSUPPORTED: (".", "not supported here, see below"),
    Outcome.INVALID: ("?", "not proved, see below"),
    Outcome.OPEN: ("o", "a documented exception, demonstrated here"),
    Outcome.SHUT: ("-", "a documented exception that this machine does not show"),
    Outcome.REPORTED: ("i", "reported only"),
}


def print_prices(console: Console, prices: tuple[Price, ...]) -> None:
    """Print the costs, the acts by mechanism, and once each why something is missing."""
    if not prices:
        return
    console.print(plain("Price list of walls: what one costs here, with its 95 % interval", style="bold"))
    costs = table(("mechanism", "left"), ("create", "left"), ("call", "left"), ("one more takes", "left"))
    for price in prices:
        costs.add_row(plain(price.title), *(plain(_cost(of)) for of in (price.create, price.call, price.memory)))
    console.print(costs)
    for price in prices:
        if price.reason:
            console.print(plain(f"  {price.title}: {price.reason}", style="dim"))
    console.print()
    _print_acts(console, prices)


def _cost(estimate: Estimate | None) -> str:
    return span(estimate) if estimate else "-"


def _print_acts(console: Console, prices: tuple[Price, ...]) -> None:
    tried = [price for price in prices if price.contains]
    found = {(of.act, of.host): of for price in tried for of in price.contains}
    acts = list(dict.fromkeys(act for act, _ in found))
    if not acts:
        return
    console.print(plain("what was tried inside of each, and whether it held", style="bold"))
    needed = max(map(len, acts)) + sum(max(len(price.mechanism), len("unsupported")) + 2 for price in tried) + 2
    wide = console.width >= needed
    rows = table(("act", "left"), *((price.mechanism, "left") for price in tried))
    for act in acts:
        cells = [plain(act)]
        for price in tried:
            one = found.get((act, price.mechanism))
            mark = (one.outcome.value if wide else _MARKS[one.outcome][0]) if one else ""
            cells.append(plain(mark, style=_STYLE.get(one.outcome, "yellow") if one else ""))
        rows.add_row(*cells)
    console.print(rows)
    for outcome in dict.fromkeys(outcome for outcome in _MARKS if any(of.outcome == outcome for of in found.values())):
        mark, meaning = _MARKS[outcome]
        console.print(plain(f"  {outcome.value if wide else mark}: {meaning}", style="dim"))
    _print_reasons(console, tried)
    console.print(plain(f"  all facts of one: partywall show FILE --wall {tried[0].contains[0].wall}", style="dim"))
    console.print()


def _print_reasons(console: Console, prices: list[Price]) -> None:
    """Each reason once for a mechanism, whatever number of acts shares it."""
    for price in prices:
        said: dict[str, list[str]] = {}
        for of in price.contains:
            if of.reason and of.outcome in (Outcome.UNSUPPORTED, Outcome.INVALID):
                said.setdefault(of.reason.removeprefix(f"{of.wall}: "), []).append(of.act)
        for reason, acts in said.items():
            which = "" if len(acts) == len(price.contains) else f", {', '.join(acts)}"
            console.print(plain(f"  {price.mechanism}{which}: {reason}", style="dim"))
