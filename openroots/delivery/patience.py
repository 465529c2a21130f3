"""How long something may take: a bound on each of many, for which one timer is enough.

For webhooks. `asyncio.timeout` sets a timer each time and takes it back; here each is bounded by
the same time, so whoever began first is the first to be stopped.

Source: the rules of `asyncio.timeout` for who was cancelled by whom.
"""

import asyncio
from types import TracebackType


class Patience:
    """A bound of so many seconds. Used inside a running event loop."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._begun: dict[Within, float] = {}  # who began first comes first
        self._timer: asyncio.TimerHandle | None = None

    def within(self) -> "Within":
        """A block that is stopped when its time is over. Raises TimeoutError out of it."""
        return Within(self)

    def begin(self, one: "Within") -> None:
        """From now on its time runs."""
        loop = asyncio.get_running_loop()
        self._begun[one] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._longest, self._look)

    def end(self, one: "Within") -> None:
        """It needs no more time."""
        self._begun.pop(one, None)

    def _look(self) -> None:
        """Stop whatever has had its time, and look again when the next has."""
        loop = asyncio.get_running_loop()
        self._timer, now = None, loop.time()
        for one, begun in list(self._begun.items()):
            if (left := begun + self._longest - now) > 0:
                self._timer = loop.call_later(left, self._look)
                return
            self.end(one)
            one.stop()


class Within:
    """One block of a task that is waited for so long and no longer."""

    __slots__ = ("_asked", "_patience", "_stopped", "_task")

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._stopped = False

    def __enter__(self) -> "Within":
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be waited for")
        self._task, self._asked = task, task.cancelling()
        self._patience.begin(self)
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patience.end(self)
        if not self._stopped:
            return
        only_us = self._task.uncancel() <= self._asked
        if only_us and type is asyncio.CancelledError:
            raise TimeoutError from error

    def stop(self) -> None:
        """Its time is over."""
        self._stopped = True
        self._task.cancel()
