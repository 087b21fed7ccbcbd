"""Keeping processes and threads: their memory, its pages, and their end."""

from partywall.catalog.declaration import Primitive

__all__ = ["PRIMITIVES"]

PRIMITIVES: tuple[Primitive, ...] = ()
