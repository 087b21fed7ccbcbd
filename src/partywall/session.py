"""A session: what was recorded, and everything that follows from it, computed when asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from partywall import claims
from partywall.capacity import capacities, task_sizes
from partywall.cells import summarise_cells
from partywall.crossings import find_crossings
from partywall.distributions import Distribution, find_distributions
from partywall.errors import InputError
from partywall.figures import run_quantiles
from partywall.fit import Crossing, Fit
from partywall.fitting import Fitted, Samples, fit_laws
from partywall.frames import Table, arrow_table, as_pandas, as_polars
from partywall.gate import Gate, open_gate
from partywall.judge import judge
from partywall.model import Capacity, Cell, Claim, Precision, Regimes, Result, Sameness, Verdict, WallResult
from partywall.precision import counted, precision_of
from partywall.price import Price
from partywall.prices import price_list
from partywall.proofs import judge_walls
from partywall.record import SCHEMA, Record
from partywall.regimes import find_regimes
from partywall.sameness import compare_copies
from partywall.stats import QuantileInterval

__all__ = ["Session"]


@dataclass(frozen=True, eq=False)
class Session:
    """A record with its cells, walls, verdicts, models and crossings.

    Attributes:
        record: the raw samples and how they were taken.
        claim_set: the claims judged; None for those that partywall ships.
    """

    record: Record
    claim_set: tuple[Claim, ...] | None = None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Estimates per cell, seconds per op; copies of cells are left out, see `sameness`."""
        roles = [planned.role for planned in self.record.plan.cells]
        return tuple(cell for cell, role in zip(self._all_cells, roles, strict=True) if role != "aa")

    @cached_property
    def counted(self) -> Record:
        """The record with the runs that figures are made of: where a pilot does not count, without it."""
        return counted(self.record)

    @cached_property
    def _all_cells(self) -> tuple[Cell, ...]:
        return summarise_cells(self.counted)

    def within_run(self, cell: str, p: float = 0.5, confidence: float = 0.95) -> dict[int, QuantileInterval]:
        """A quantile of the samples of each run of one cell, the median by default, with its interval inside the run.

        The interval knows of the dependence between neighbouring samples, and only of that run: the next one may lie
        elsewhere, which is why no figure of a cell is made of it.  Runs of a pilot are left out, as of figures.
        Values are per op in the cell's unit, ``cell`` is its id.  Raises InputError if the session has no such cell,
        ValueError unless 0 < p < 1.
        """
        ids = [planned.id for planned in self.record.plan.cells]
        if cell not in ids:
            raise InputError(f"the session has no cell {cell!r}")
        return run_quantiles(self.counted, ids.index(cell), p, confidence)

    @cached_property
    def walls(self) -> tuple[WallResult, ...]:
        """Outcome per wall and host."""
        return judge_walls(self.record)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The judgement of every claim that the session has figures for.

        Cells measured to check a crossing are left out: their levels were chosen to lie at a bound.
        """
        return judge(self.counted, self._judged, self.walls, self.claims)

    @property
    def gate(self) -> Gate:
        """Whether the claims hold, one by one, the worst first; what the session lacks does not."""
        return open_gate(self.counted, self._judged, self.walls, self.claims, self.verdicts)

    @property
    def _judged(self) -> tuple[Cell, ...]:
        added = self.record.plan.added
        return tuple(cell for cell in self.cells if cell.id not in added)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that the session is judged by."""
        return claims.load_claims() if self.claim_set is None else self.claim_set

    @cached_property
    def samples(self) -> Samples:
        """Every run's values, as models are fitted to them."""
        return Samples(self.counted, self.cells)

    @cached_property
    def fitted(self) -> tuple[Fitted, ...]:
        """The declared models with every run's coefficients."""
        return fit_laws(self.samples)

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The declared models of every sweep in the session, with their residuals."""
        return tuple(one.fit for one in self.fitted)

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Where the models meet the bounds of the claims, and what was measured there."""
        return find_crossings(self.samples, self.fitted, self.claims)

    @cached_property
    def capacities(self) -> tuple[Capacity, ...]:
        """How many more idle tasks fit, of each kind that was weighed."""
        return capacities(self.counted)

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """What mechanisms cost beside what they contain; none if nothing was tried inside of them."""
        return price_list(self.cells, self.walls, task_sizes(self.counted))

    @cached_property
    def sameness(self) -> tuple[Sameness, ...]:
        """Cells against copies of themselves: how often a difference is seen where there is none."""
        return compare_copies(self.counted, self._all_cells)

    @cached_property
    def precision(self) -> Precision | None:
        """What was asked of the precision, and what was reached; None if nothing was asked."""
        return precision_of(self.record, self.cells)

    @cached_property
    def distributions(self) -> dict[str, Distribution]:
        """How the samples of each cell are distributed, by the cell's id; reads all of them once."""
        return find_distributions(self.counted)

    @cached_property
    def regimes(self) -> Regimes:
        """Whether the reference arms saw one regime of the machine or several."""
        return find_regimes(self.record)

    @property
    def result(self) -> Result:
        """All of it in the shape that ``--json`` prints."""
        return Result(
            format=SCHEMA,
            host=self.record.host,
            clock=self.record.clock,
            plan=self.record.plan,
            cells=self.cells,
            walls=self.walls,
            verdicts=self.verdicts,
            capacities=self.capacities,
            fits=self.fits,
            crossings=self.crossings,
            regimes=self.regimes,
            sameness=self.sameness,
            precision=self.precision,
            prices=self.prices,
        )

    def to_arrow(self, table: Table = "samples") -> Any:
        """A pyarrow.Table; all of it is loaded.

        Of "samples": a row per sample, with cell (its place in the plan), run, position, value, ops.  Of "cells": a
        row per cell and estimate, with a column for each factor; times in seconds per op.
        """
        return arrow_table(self.record, self.cells, table)

    def to_pandas(self, table: Table = "samples") -> Any:
        """The same as a pandas.DataFrame; InputError if pandas is not installed."""
        return as_pandas(self.to_arrow(table))

    def to_polars(self, table: Table = "samples") -> Any:
        """The same as a polars.DataFrame; InputError if polars is not installed."""
        return as_polars(self.to_arrow(table))
