"""``partywall list``."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from partywall.catalog import Factor

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(as_json: bool) -> None:
    """List the primitives with their factors, the walls with their hosts, the scenarios and the plans."""
    from partywall.catalog import PRIMITIVES, SCENARIOS, WALLS
    from partywall.catalog.scenario import PREFIX
    from partywall.plans import shipped_plans

    if as_json:
        import msgspec

        listing = {
            "primitives": [
                {
                    "name": p.name,
                    "family": p.family,
                    "title": p.title,
                    "one_op": p.one_op,
                    "factors": {f.name: _factor(f) for f in p.factors},
                }
                for p in PRIMITIVES.values()
            ],
            "walls": [{"name": w.name, "host": w.host, "title": w.title} for w in WALLS.values() if not w.scenario],
            "scenarios": [
                {"name": PREFIX + s.name, "title": s.title, "arrangements": [w.host for w in s.walls]}
                for s in SCENARIOS.values()
            ],
            "plans": [{"name": name, "title": title} for name, title in shipped_plans().items()],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(listing), indent=2).decode())
        return
    family = None
    for primitive in PRIMITIVES.values():
        if primitive.family != family:
            family = primitive.family
            click.echo(f"{family.value}")
        click.echo(f"  {primitive.name:<20} {primitive.one_op}")
        for factor in primitive.factors:
            click.echo(f"  {'':<20}   {factor.name}: {factor.describe()}")
    click.echo("walls")
    for wall in WALLS.values():
        if not wall.scenario:
            click.echo(f"  {wall.name:<20} {wall.title}")
    click.echo("scenarios")
    for scenario in SCENARIOS.values():
        click.echo(f"  {PREFIX + scenario.name:<20} {scenario.title}")
    click.echo("plans")
    for name, title in shipped_plans().items():
        click.echo(f"  {name:<20} {title}")


def _factor(factor: "Factor") -> dict[str, object]:
    return {
        "levels": factor.levels,
        "quantity": factor.quantity,
        "default": factor.default,
        "optional": factor.optional,
    }
