"""The charts of a report, one file for each kind."""

from collections.abc import Iterator, Mapping

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.report.charts.chart import Chart

__all__ = ["Chart", "find_charts"]


def find_charts(result: Result, distributions: Mapping[str, Distribution]) -> Iterator[Chart]:
    """Every chart that this session has something for."""
    from partywall.report.charts.claims import claim_charts
    from partywall.report.charts.distributions import distribution_charts
    from partywall.report.charts.peers import peer_charts
    from partywall.report.charts.phases import phase_chart
    from partywall.report.charts.sweeps import sweep_charts
    from partywall.report.charts.walls import wall_charts
    from partywall.report.pairs import find_pairs
    from partywall.report.parts import find_parts

    yield from claim_charts(result)
    yield from peer_charts(find_pairs(result, distributions))
    yield from distribution_charts(result, distributions)
    yield from sweep_charts(result)
    yield from wall_charts(result)
    phases = phase_chart(find_parts(result))
    if phases is not None:
        yield phases
