"""An event loop on a thread of its own, so that plain tests can use what must be awaited.

For `testing`.

Source: none.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """An event loop on a thread of its own, so that plain tests can use what must be awaited."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._run, name="openroots", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self.loop.is_closed()

    def start(self, waited: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run it there. Raises RuntimeError once the loop is closed."""
        if self.is_closed:
            waited.close()
            raise RuntimeError("this world is closed: open another to ask it")
        return asyncio.run_coroutine_threadsafe(waited, self.loop)

    def close(self) -> None:
        """End it, with whatever still runs there and the threads that it had: a suite of many
        tests would run out of them, and of files."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _run(self) -> None:
        with self._runner:  # closed here: the thread that ends it may have a loop of its own
            self.loop.run_forever()
