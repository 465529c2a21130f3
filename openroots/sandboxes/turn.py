"""The turn that a request to a sandbox has, and gives up while it only waits.

For `sandbox`. A request that is slow on purpose, or waits for a message, has no work to be done:
it keeps no other request of its sandbox from its turn.

Source: none.
"""

import asyncio
from contextvars import ContextVar


class Turn:
    """One request's turn of so many that a sandbox has."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has = False

    async def __aenter__(self) -> None:
        _OURS.set(self)
        await self._take()

    async def __aexit__(self, *ended: object) -> None:
        self._give_up()

    async def pause(self, seconds: float) -> None:
        """Wait so long without it, and then until it comes again."""
        self._give_up()
        await asyncio.sleep(seconds)
        await self._take()

    async def _take(self) -> None:
        await self._turns.acquire()
        self._has = True

    def _give_up(self) -> None:
        if self._has:
            self._has = False
            self._turns.release()


_OURS: ContextVar[Turn] = ContextVar("the turn of this request")


async def pause(seconds: float) -> None:
    """Wait so long, without the turn of the request that waits."""
    turn = _OURS.get(None)
    await (turn.pause(seconds) if turn else asyncio.sleep(seconds))
