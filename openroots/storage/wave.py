"""A wave: what comes in turns of the event loop that follow each other, and is written together.

For the writers of the store and of the audit log. Each flush to disk costs a caller the same,
however many share it. While more comes with each turn, a flush that waited for one more turn holds
more; who is alone waits for one turn in which nothing comes, some microseconds.

Source: none.
"""

import asyncio
from collections.abc import Callable

TURNS = 8  # that the first of a wave is kept waiting at most


class Wave:
    """Calls `hand_over` when a turn has brought no more. `size` tells how much there is by now.
    Made inside a running event loop."""

    def __init__(self, size: Callable[[], int], hand_over: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._size = size
        self._hand_over = hand_over

    def begin(self) -> None:
        """The first of a wave has come."""
        self._loop.call_soon(self._look, 0, TURNS)

    def _look(self, before: int, turns: int) -> None:
        size = self._size()
        if turns and size > before:
            self._loop.call_soon(self._look, size, turns - 1)
        else:
            self._hand_over()
