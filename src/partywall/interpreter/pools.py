"""A round trip through an executor of concurrent.futures whose one worker is already running."""

from collections.abc import Callable
from concurrent.futures import Executor

from partywall.interpreter.op import Op, Settings

__all__ = ["RoundTrip"]


class RoundTrip(Op):
    """One op is submit(question).result(), where the question is who the worker is.

    The question is a builtin function, so that what is pickled is a name, and no module of partywall is
    imported in a worker.  That the answer is another one than here proves that a worker gave it.
    """

    def __init__(self, settings: Settings, pool: Executor, question: Callable[[], int]) -> None:
        super().__init__(settings)
        self._pool = pool
        self._question = question
        # The worker starts with the first task.
        self.drive(1)

    def drive(self, ops: int) -> None:
        """As `Op.drive`; every answer is checked."""
        submit, question = self._pool.submit, self._question
        here = question()
        for _ in range(ops):
            if submit(question).result() == here:
                raise RuntimeError("a task was not carried out by the pool's worker")

    def close(self) -> None:
        """Shut the pool down and wait for its worker's end."""
        self._pool.shutdown(wait=True)
