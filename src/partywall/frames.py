"""Tables of a session in the libraries that people analyse tables with, loaded when they are asked for."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Literal

from partywall import store
from partywall.errors import InputError
from partywall.model import Cell
from partywall.record import Record
from partywall.tidy import tidy_columns

__all__ = ["Table", "arrow_table", "as_pandas", "as_polars"]

Table = Literal["samples", "cells"]


def arrow_table(record: Record, cells: Sequence[Cell], table: Table) -> Any:
    """A pyarrow.Table: of all samples, or of the figures of these cells; InputError if it is no such table."""
    if table == "samples":
        return store.to_arrow(record)
    if table == "cells":
        return store.as_table(tidy_columns(cells))
    raise InputError(f"there is no table {table!r}; there are 'samples' and 'cells'")


def as_pandas(table: Any) -> Any:
    """A pandas.DataFrame of a pyarrow.Table."""
    _load("pandas")
    return table.to_pandas()


def as_polars(table: Any) -> Any:
    """A polars.DataFrame of a pyarrow.Table."""
    return _load("polars").from_arrow(table)


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        said = f"{name} is not installed; pip install 'partywall[frames]' installs it"
        raise InputError(said) from None
