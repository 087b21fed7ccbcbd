"""One module for each op; see `partywall.interpreter`."""

__all__: list[str] = []
