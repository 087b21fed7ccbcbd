"""Probes in Python, one module for each family of walls: `PROBE` takes what is asked and returns facts."""

__all__: list[str] = []
