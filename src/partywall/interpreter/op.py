"""The contract of one op in Python."""

import errno

__all__ = ["MissingError", "Op", "Settings", "check_status"]


class MissingError(ImportError):
    """A module that an op cannot do without; the message says what to install."""


class Settings:
    """What an op may need to know of its trial.

    Attributes:
        target: path of the program that exec runs.
        status: what that program, and every child of an op, ends with.
        directory: where files are made.
    """

    def __init__(self, target: str, status: int, directory: str) -> None:
        self.target = target
        self.status = status
        self.directory = directory


class Op:
    """One op, made after the image was built and the worker pinned, before the first op.

    Any exception fails the trial; an OSError with its error number.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def drive(self, ops: int) -> None:
        """Carry out that many ops and prove that they happened: the timed side."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back what the op holds; nothing of it may stay behind."""


def check_status(found: int | None, wanted: int) -> None:
    """ChildProcessError unless a child ended as it should have."""
    if found != wanted:
        raise ChildProcessError(errno.ECHILD, f"a child ended with {found}, not with {wanted}")
