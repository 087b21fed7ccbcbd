"""The JSON document of ``--json``, and its published schema."""

from collections.abc import Mapping
from typing import Any

import msgspec

from partywall.distributions import Distribution
from partywall.model import Result
from partywall.record import SCHEMA

__all__ = ["json_schema", "render_json"]


def render_json(result: Result, distributions: Mapping[str, Distribution] | None = None) -> str:
    """The result as one indented JSON document, ending in a newline; distributions are no part of it."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every document of this version meets."""
    schema = msgspec.json.schema(Result)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}
