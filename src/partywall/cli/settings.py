"""What several commands take in the same words: levels of factors, and a precision."""

from partywall.errors import InputError

__all__ = ["parse_precision", "parse_settings"]


def parse_precision(text: str) -> float:
    """Turn "2%" into 0.02; InputError that names the option otherwise."""
    from partywall.units import parse_share

    try:
        return parse_share(text)
    except InputError as error:
        raise InputError(f"--precision {error}") from None


def parse_settings(settings: tuple[str, ...], **options: str | None) -> dict[str, list[str]]:
    """The levels of each factor, from ``--set FACTOR=A,B`` and from options of their own; InputError if given twice."""
    factors = {name: value.split(",") for name, value in options.items() if value}
    for setting in settings:
        name, equals, levels = setting.partition("=")
        if not equals or not levels:
            raise InputError(f"--set {setting!r} is not FACTOR=LEVEL,LEVEL")
        if name in factors:
            raise InputError(f"factor {name} is given twice")
        factors[name] = levels.split(",")
    return factors
