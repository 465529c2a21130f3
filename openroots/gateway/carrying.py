"""Carries the rulebook of another node: pulls it, checks it, puts it in force, and goes on by it.

For `app.py`, which has it asked for every minute of wall time, and for the tooling. Where the other
node is down, or what it sends is forged or older, what is kept stays in force, and why is logged
once, kept with it, and told by `openroots status` and `openroots doctor`.

Source: RFC 9110 (ETag, If-None-Match); RFC 7515 (JWS).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from openroots.gateway.elsewhere import heard
from openroots.problem import Json
from openroots.register.carried import NOTHING, Carried, Source, carried_in, taken_over
from openroots.register.kept import rulebook_of
from openroots.register.signed import rulebook_from
from openroots.storage import Author, Mark
from openroots.world import World

LARGEST = 32 << 20  # bytes of a signed rulebook
SLOWEST = 20.0  # seconds
log = logging.getLogger(__name__)


class NotCarried(Exception):
    """There is no rulebook to enforce: none was kept, and none can be had."""


async def nobody_else() -> None:
    """Nobody else need be told that another rulebook is in force."""


@dataclass(slots=True)
class Carrier:
    """What carries the rulebook of one source into one world. `tell` has others who judge by it,
    such as workers, look again."""

    world: World
    source: Source
    tell: Callable[[], Awaitable[None]] = nobody_else
    asked: datetime | None = None
    trouble: str = ""

    async def begin(self) -> None:
        """See that there is a rulebook to enforce: the one kept, or else one that is pulled now.
        Raises NotCarried where there is neither."""
        kept = await self.kept()
        if kept is None or kept.url != self.source.url:
            await self.pull()
            if self.trouble:
                raise NotCarried(f"the rulebook of {self.source.url}: {self.trouble}")

    async def pull(self) -> str:
        """Ask for a newer rulebook and put it in force; why there is none to be had, or ""."""
        import aiohttp  # which a node needs that carries a rulebook

        kept = await self.kept()
        self.asked = self.world.wall.now()
        try:
            await self._take(*await self._answer(kept), kept)
            trouble = ""
        except aiohttp.ClientError as error:
            trouble = f"it cannot be reached ({type(error).__name__})"
        except TimeoutError:
            trouble = "it does not answer in time"
        except ValueError as error:
            trouble = f"refused: {error}"
        await self._note(trouble)
        return trouble

    async def told(self) -> Json:
        """Whence the rulebook is, by whose key, how old it is, and what is wrong, if anything."""
        kept = await self.kept()
        if kept is None:
            return {"url": self.source.url, "trouble": self.trouble}
        published = kept.published
        return {
            "url": kept.url,
            "key": kept.kid,
            "hash": published.hash,
            "at": published.at,
            "acts": published.number,
            "asked": self.asked,
            "trouble": kept.trouble,
        }

    async def kept(self) -> Carried | None:
        """What is kept and in force; None where nothing is."""
        store = self.world.store
        return await asyncio.to_thread(lambda: carried_in(store.snapshot()))

    async def _answer(self, kept: Carried | None) -> tuple[str, str]:
        """The signed rulebook and its ETag, or "" where nothing is new."""
        same = kept is not None and self.source.kid in ("", kept.kid)
        headers = {"if-none-match": kept.etag} if kept and same and kept.etag else {}
        answer = await heard(self.source.url, headers, seconds=SLOWEST, largest=LARGEST)
        if answer.status == 304 and headers:
            return "", ""
        if answer.status != 200:
            raise ValueError(f"it answers {answer.status}")
        return answer.body.decode("ascii", "replace"), answer.headers.get("etag", "")

    async def _take(self, text: str, etag: str, kept: Carried | None) -> None:
        """Put a newer one in force, once it was found to be one that this version can read."""
        if not text:
            return
        found = await asyncio.to_thread(taken_over, text, self.source, etag, kept)
        await asyncio.to_thread(rulebook_from, found.published.content)
        await self.keep(found)
        log.warning("the rulebook of %s is in force: %s", found.url, found.published.hash[:12])

    async def _note(self, trouble: str) -> None:
        """Tell of a trouble once, and of its end; keep it for whoever asks later."""
        if trouble and trouble != self.trouble:
            log.warning("the rulebook of %s: %s", self.source.url, trouble)
        self.trouble = trouble
        kept = await self.kept()
        if kept is not None and kept.trouble != trouble:
            await _commit(self.world, kept._replace(trouble=trouble).mark())

    async def keep(self, carried: Carried) -> None:
        """Keep this rulebook, and have it enforced: also where the world was begun again."""
        await _commit(self.world, carried.mark())
        await _enforce(self.world)
        await self.tell()


async def end(world: World) -> None:
    """Have a world go by its own register again, where it carried the rulebook of another."""
    store = world.store
    if await asyncio.to_thread(lambda: carried_in(store.snapshot())):
        await _commit(world, NOTHING)
        await _enforce(world)


async def _enforce(world: World) -> None:
    store = world.store
    world.rulebook = await asyncio.to_thread(lambda: rulebook_of(store.snapshot()))


async def _commit(world: World, mark: Mark) -> None:
    wall = world.wall.now()
    await world.store.commit(
        marks=[mark], by=Author("openroots", "", "rulebook", "", wall, world.time.now())
    )
