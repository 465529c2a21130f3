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
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="openroots", daemon=True).start()

    def start(self, waited: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run it there."""
        return asyncio.run_coroutine_threadsafe(waited, self.loop)
