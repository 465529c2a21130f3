"""How the first administrator of an installation arises: by a link shown on its own terminal.

For `up`, which shows the link, and for the page that it leads to. The code in it is known to this
run alone; the store holds its SHA-256, so that each worker knows it. It is good for an hour and for
one administrator, and five wrong tries end it, whoever makes them: a start makes another.

    begin/link                   the hash of the code       (expires)
    begin/<hash>/wrong/<1..5>    one wrong try each, once
    begin/<hash>/used            once

Source: RFC 4086 section 6.1, for codes that nobody can guess: 128 random bits.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from typing import TypeVar

from openroots.gateway.tooling.desk import OPERATOR, operator_entry
from openroots.identity import administrators
from openroots.identity.applications import fingerprint
from openroots.identity.tokens import new_text
from openroots.storage import Author, Conflict, Mark, Snapshot
from openroots.storage.audit import Journal
from openroots.world import World

T = TypeVar("T")

LINK = "begin/link"
GOOD_FOR = timedelta(hours=1)
MOST_WRONG = 5
SIZE = 16  # bytes
NAME = "begin"  # as which it stands in the audit log


class Beginning:
    """The way in for the first administrator of a world."""

    def __init__(self, world: World, journal: Journal) -> None:
        self._world, self._journal = world, journal

    async def offer(self) -> str:
        """The code of a new link, which ends any older one; "" where there is an administrator."""
        if await self._look(administrators.active_in):
            return ""
        code = urlsafe_b64encode(self._world.chance.bytes(SIZE)).rstrip(b"=").decode()
        expires = self._world.wall.now() + GOOD_FOR
        link = Mark(LINK, fingerprint(code).encode(), expires)
        await self._world.store.commit(marks=[link], by=self._author(""))
        return code

    async def is_open(self, code: str) -> bool:
        """Whether this is the code, and it is still good. A wrong one counts as a try."""
        link = await self._look(self._open_link)
        if link and not compare_digest(link, fingerprint(code)):
            await self._count_wrong_try(link)
            return False
        return bool(link)

    async def make(self, code: str, id: str, name: str) -> str:
        """The key of the administrator that is made with the code; "" where it is not good, or was
        used meanwhile. The audit entry is on disk before it is told."""
        if not await self.is_open(code):
            return ""
        world = self._world
        key, trail = new_text(world.chance.bytes), world.chance.bytes(12).hex()
        change = administrators.made(id, name, key, world.wall.now())
        used = self._once(f"begin/{fingerprint(code)}/used")
        try:
            t = await world.store.commit([change], marks=[used], by=self._author(trail))
        except Conflict:
            return ""
        await self._journal.keep(operator_entry(NAME, world, trail, t=t, user=id))
        return key

    def _open_link(self, db: Snapshot) -> str:
        """The hash of the code that is good now, or ""."""
        link = db.marks([LINK]).get(LINK)
        if link is None or link.expires is None or link.expires <= self._world.wall.now():
            return ""
        hash = link.value.decode()
        last = [f"begin/{hash}/used", _wrong_try(hash, MOST_WRONG)]
        return "" if db.marks(last) or administrators.active_in(db) else hash

    async def _count_wrong_try(self, hash: str) -> None:
        for number in range(1, MOST_WRONG + 1):
            wrong = self._once(_wrong_try(hash, number))
            try:
                await self._world.store.commit(marks=[wrong], by=self._author(""))
            except Conflict:
                continue
            return

    async def _look(self, look: Callable[[Snapshot], T]) -> T:
        store = self._world.store
        if store.inline:
            return look(store.snapshot())
        return await asyncio.to_thread(lambda: look(store.snapshot()))

    def _once(self, key: str) -> Mark:
        """What can be committed once, and is remembered for longer than the link is good."""
        return Mark(key, b"1", self._world.wall.now() + 2 * GOOD_FOR, once=True)

    def _author(self, trail: str) -> Author:
        wall, time = self._world.wall.now(), self._world.time.now()
        return Author(OPERATOR, "", NAME, trail, wall, time)


def _wrong_try(hash: str, number: int) -> str:
    return f"begin/{hash}/wrong/{number}"
