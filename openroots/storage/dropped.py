"""A world that is dropped, whole or not at all: its store, whom it had erased, and its trails.

For `reset`. Several files cannot go at once, and half of them would spoil the world that is seeded
in their place: the log of one database is not that of another, and who was erased from one world
may be somebody else in the next. So a file that says that they go is there first, and what remains
to be removed after it is removed when the state is next opened. The audit log stays.

    dropping

Source: none.
"""

import os
from pathlib import Path

from openroots.storage.durable import names_to_disk
from openroots.storage.erasures import Erasures

DATABASE = "openroots.db"
MARK = "dropping"


def drop(state: Path) -> None:
    """Drop the world of a state, which nobody may have open. Raises OSError."""
    (state / MARK).touch()
    names_to_disk(state)
    finish_drop(state)


def finish_drop(state: Path) -> None:
    """Remove what was begun to be dropped; does nothing where there is none. Raises OSError."""
    if not (state / MARK).exists():
        return
    remove_store(state)
    Erasures(state).forget()
    for trails in (state / "trails").glob("*.jsonl"):
        os.truncate(trails, 0)  # not removed: a server that runs has the newest one open
    names_to_disk(state)
    (state / MARK).unlink()
    names_to_disk(state)


def remove_store(state: Path) -> None:
    """Remove a store with the files beside it, or those that are left of one. Raises OSError."""
    for beside in ("", "-wal", "-shm"):
        (state / f"{DATABASE}{beside}").unlink(missing_ok=True)
