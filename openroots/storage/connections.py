"""Connections to one SQLite file: one for each thread that asks, and all closed together.

For the store and the keys of people, which any thread may ask. Threads outlive what they asked: a
file that was closed and removed would take up its room until the last of them is gone.

Source: SQLite's documentation on threads.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

import apsw


class Connections:
    """The connections of all threads, each made by `opened` when its thread first asks."""

    def __init__(self, opened: Callable[[], apsw.Connection]) -> None:
        self._opened = opened
        self._own = threading.local()
        self._all: list[apsw.Connection] = []

    def own(self) -> apsw.Connection:
        """That of this thread."""
        if not hasattr(self._own, "db"):
            self._own.db = self._opened()
            self._all.append(self._own.db)
        db: apsw.Connection = self._own.db
        return db

    def close(self) -> None:
        """Close each; one that is in use at this moment goes with its thread. Ask again to have
        the file opened again."""
        closing, self._all, self._own = self._all, [], threading.local()
        for db in closing:
            with suppress(apsw.ThreadingViolationError):
                db.close()
