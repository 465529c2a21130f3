"""Requests that come together take each step together: all of them the first, then all the second.

For the pipeline. A step that is taken again at once costs less than half of what it costs after
all the others, as its code and what it looks at are still at hand in the caches of the processor.
What comes in one turn of the event loop is a round; who comes alone is one too. Who waits for
something in a step, or is refused there, goes on alone: docs/decisions/0016-rounds.md.

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from openroots.gateway.exchange import Exchange
from openroots.problem import Problem

Step = Callable[[Exchange], Awaitable[None] | None]


class _Going:
    """An exchange on its way, until it stops: at a step that failed or waits, or after the last."""

    __slots__ = ("_error", "awaited", "exchange", "left", "stopped")

    def __init__(self, exchange: Exchange, stopped: asyncio.Future[None]) -> None:
        self.exchange = exchange
        self.stopped = stopped
        self.left: Sequence[Step] = ()
        self.awaited: Awaitable[None] | None = None
        self._error: BaseException | None = None

    def stop(
        self,
        left: Sequence[Step] = (),
        awaited: Awaitable[None] | None = None,
        error: BaseException | None = None,
    ) -> None:
        """Have who waits for it go on, with what the step waits for and the steps that are left."""
        self.left, self.awaited, self._error = left, awaited, error
        self.stopped.set_result(None)

    @property
    def has_failed(self) -> bool:
        """Whether a step raised."""
        return self._error is not None

    def failure(self) -> BaseException:
        """What a step raised. It is let go of, as its traceback would keep this alive."""
        assert self._error is not None
        error, self._error = self._error, None
        return error

    def leave(self) -> None:
        """What a step waits for is waited for by nobody, and is not begun."""
        if isinstance(self.awaited, Coroutine):
            self.awaited.close()


class Rounds:
    """Takes exchanges through the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [(step, steps[count:]) for count, step in enumerate(steps, 1)]
        self._come: list[_Going] = []

    async def through(self, exchange: Exchange) -> None:
        """Take the exchange through all steps, beside those that come at the same time. Raises what
        a step raised; those after it are not taken."""
        loop = asyncio.get_running_loop()
        if not self._come:
            loop.call_soon(self._set_out)
        self._come.append(going := _Going(exchange, loop.create_future()))
        try:
            await going.stopped
        except asyncio.CancelledError:
            going.leave()
            raise
        if going.has_failed:
            raise going.failure()
        if going.awaited is not None:
            await going.awaited
        for step in going.left:
            if (awaited := step(exchange)) is not None:
                await awaited

    def _set_out(self) -> None:
        come, self._come = self._come, []
        for step, left in self._steps:
            for one in come:
                if one.stopped.done():  # or gone away before it began
                    continue
                try:
                    awaited = step(one.exchange)
                except Problem as problem:
                    # Its traceback would keep the whole round for as long as it is kept itself.
                    one.stop(left, error=problem.with_traceback(None))
                except BaseException as error:  # whatever it is: who waits for it must be told
                    one.stop(left, error=error)
                else:
                    if awaited is not None:
                        one.stop(left, awaited)
        for one in come:
            if not one.stopped.done():
                one.stop()
