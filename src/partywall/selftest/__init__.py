"""What partywall's own intervals achieve: on data whose truth is known, and on the machine at hand.

`checks` holds what comes out; `families`, `coverage`, `within` and `sessions` are the synthetic part, `pairs`,
`planted` and `hog` the part on the machine, `suite` puts the parts together.
"""

__all__: list[str] = []
