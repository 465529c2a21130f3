"""How far a worker takes the file to have come, which another process writes."""

import asyncio
import sys
from contextlib import closing
from pathlib import Path

import pytest

from openroots.storage.sqlite import open_connection, open_sqlite
from openroots.workers.channel import Channel
from openroots.workers.worker import Elsewhere
from tests.storage.desk import terms

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a port")


async def nobody(what: str, value: object) -> None:
    """What an end answers that is asked nothing."""


def test_who_looks_in_one_turn_of_the_loop_sees_the_same(tmp_path: Path) -> None:
    """What was written meanwhile is seen in the next, and by another thread, which has no turns."""

    async def look() -> None:
        store = await open_sqlite(tmp_path / "a.db", terms)
        theirs = Elsewhere(Channel(nobody), 0)
        with (
            closing(open_connection(store.path)) as db,
            closing(open_connection(store.path)) as own,
            closing(open_connection(store.path, writes=True)) as writer,
        ):
            assert theirs.latest(db) == 0
            writer.execute("INSERT INTO committed VALUES (1, 1, 0, '', '', '', '', '', '')")
            assert theirs.latest(db) == 0
            assert await asyncio.to_thread(theirs.latest, own) == 1
            assert theirs.latest(db) == 1
        await store.close()

    asyncio.run(look())
