"""``partywall doctor``."""

import click

__all__ = ["command"]

_MARKS = {"good": "ok", "note": "note", "bad": "BAD", "unknown": "?"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(as_json: bool) -> None:
    """Say what on this machine makes figures worse, and what could be done; changes nothing."""
    from partywall import host
    from partywall.doctor import examine

    findings = examine()
    if as_json:
        import msgspec

        document = {"host": host.fingerprint(), "findings": findings}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    for finding in findings:
        click.echo(f"{_MARKS[finding.gravity]:<5} {finding.name}: {finding.observed}")
        for what, text in (("effect", finding.effect), ("remedy", finding.remedy), ("command", finding.command)):
            if text:
                click.echo(f"      {what}: {text}")
    bad = sum(finding.gravity == "bad" for finding in findings)
    notes = sum(finding.gravity == "note" for finding in findings)
    click.echo(f"{bad} bad, {notes} to know; nothing was changed")
