"""Lets so many at once through to one receiver; who comes later waits, first come first served.

For webhooks. Where there is room, which is nearly always, to ask for a turn costs next to nothing.

Source: the rules of `asyncio.Semaphore`.
"""

import asyncio
from collections import deque


class Turns:
    """Room for so many at once. Used inside a running event loop."""

    __slots__ = ("_most", "_room", "_waiting")

    def __init__(self, most: int) -> None:
        self._most = self._room = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_idle(self) -> bool:
        """Whether nobody is through, and nobody waits."""
        return self._room == self._most

    def taken(self) -> bool:
        """Take a turn where there is room: whether there was."""
        if not self._room:
            return False
        self._room -= 1
        return True

    async def wait(self) -> None:
        """Return once a turn has been given up to the caller."""
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # it had just been given up to the caller
                self.give()
            raise

    def give(self) -> None:
        """Give a turn up, to whoever has waited longest."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._room += 1
