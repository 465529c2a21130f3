"""A set of texts that may be larger than memory: in a file without a name, gone when it is closed.

For whoever goes through a file of people and must know again what stood in it before.

Source: SQLite, "Temporary databases": one of no name is kept in memory until that is much.
"""

from collections.abc import Sequence

import apsw

AT_A_TIME = 500  # texts that are looked up at once


class Texts:
    """A set of texts, empty at first."""

    def __init__(self) -> None:
        self._db = apsw.Connection("")
        self._db.execute("CREATE TABLE held (text TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, texts: Sequence[str]) -> None:
        """Hold these too."""
        with self._db:
            rows = ((one,) for one in texts)
            self._db.executemany("INSERT OR IGNORE INTO held VALUES (?)", rows)

    def among(self, texts: Sequence[str]) -> list[str]:
        """Which of these are held."""
        found: list[str] = []
        for first in range(0, len(texts), AT_A_TIME):
            asked = texts[first : first + AT_A_TIME]
            marks = ", ".join("?" * len(asked))
            rows = self._db.execute(f"SELECT text FROM held WHERE text IN ({marks})", asked)
            found += [str(text) for (text,) in rows]
        return found

    def close(self) -> None:
        """Let go of all."""
        self._db.close()
