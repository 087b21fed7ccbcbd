"""The exceptions that partywall raises, each with one plain line as its message."""

__all__ = ["InputError", "MeasureError", "PartywallError", "SessionError", "UnsupportedError"]


class PartywallError(Exception):
    """Any error of partywall; ``exit_code`` is what the command line ends with."""

    exit_code = 5


class InputError(PartywallError):
    """A name, factor, file or option that cannot be meant; says what and where."""

    exit_code = 2


class SessionError(InputError):
    """A session file that is truncated, foreign, or fails its schema."""


class UnsupportedError(PartywallError):
    """This machine cannot do it; the message is the reason."""

    exit_code = 4


class MeasureError(PartywallError):
    """A trial failed.

    Attributes:
        stage: where in the worker's life ("start", "open", "drive", ...).
        errno: the kernel's error number, 0 where there is none.
    """

    def __init__(self, message: str, stage: str = "", errno: int = 0) -> None:
        super().__init__(message)
        self.stage = stage
        self.errno = errno
