"""Workers that are Python interpreters, and the ops that Python has of its own.

An op is one module of `ops`, named as in the catalog: its docstring says what one op is and what lies
inside the timed region, and it ends in one ``OP``.  What is imported here becomes part of the image
that is measured, so an op's module imports what its op needs and nothing more.
"""

__all__: list[str] = []
