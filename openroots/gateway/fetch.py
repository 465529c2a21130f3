"""Fetches what handlers ask for from other machines: an application's published keys.

For the pipeline. A document is asked for with a short wait and a bound on its size; no redirect is
followed, and nothing but HTTPS is asked, or this machine itself. It is kept for a minute of wall
time, so that a key which was taken back is refused from then on at the latest; that there was no
answer is remembered for some seconds, so that one broken address costs little. What is no JSON is
no answer either, such as a page that says sorry.

Anybody can have a document asked for anew, by naming a key that is not in it. So that this harms
nobody, all who want it at the same time wait for one answer, and where there is none what was kept
stands for the rest of its minute.

Source: RFC 7517 section 5; RFC 8725 section 3.10, for the bounds.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson

from openroots.gateway.elsewhere import heard
from openroots.service import Fetched
from openroots.service.request import BEGINNING

KEPT_FOR = timedelta(seconds=60)
FAILED_FOR = timedelta(seconds=5)
MOST = 1000  # documents that are kept
LARGEST = 64 << 10  # bytes
SLOWEST = 5.0  # seconds
NEVER = Fetched(None, BEGINNING)
log = logging.getLogger(__name__)


class Fetcher:
    """The documents of one process, by their URLs."""

    def __init__(self) -> None:
        self._kept: dict[str, Fetched] = {}
        self._underway: dict[str, asyncio.Task[Fetched]] = {}

    async def fetch(self, url: str, wall: datetime, since: datetime | None = None) -> Fetched:
        """The document at this URL, or that there was none; asked for again where what is kept is
        too old, or where `since` is told and nobody has hurried it since then."""
        kept = self._kept.get(url)
        if kept is None or not _stands(kept, wall):
            return await self._asked_once(url, wall)
        if since is not None and kept.body is not None and kept.hurried < since:
            return await self._asked_once(url, wall, hurried=True)
        return kept

    async def _asked_once(self, url: str, wall: datetime, *, hurried: bool = False) -> Fetched:
        """What is answered now, to all who wait for it; one of them may go away meanwhile."""
        task = self._underway.get(url)
        if task is None:
            asked = self._asked_anew(url, wall, hurried=hurried)
            task = self._underway[url] = asyncio.create_task(asked)
        return await asyncio.shield(task)

    async def _asked_anew(self, url: str, wall: datetime, *, hurried: bool) -> Fetched:
        try:
            body = await _asked(url)
        finally:
            del self._underway[url]
        before = self._kept.get(url, NEVER)
        if len(self._kept) >= MOST:
            self._kept.clear()
        lasts = body is None and before.body is not None and _stands(before, wall)
        found = before if lasts else Fetched(body, wall, before.hurried)
        self._kept[url] = found = found._replace(hurried=wall) if hurried else found
        return found


def may_be_fetched(url: str) -> bool:
    """Whether the URL is one of HTTPS, or of this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username or parts.password or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _stands(kept: Fetched, wall: datetime) -> bool:
    life = FAILED_FOR if kept.body is None else KEPT_FOR
    return kept.at <= wall < kept.at + life


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _asked(url: str) -> bytes | None:
    if not may_be_fetched(url):
        return None
    import aiohttp  # which most worlds never need

    try:
        answer = await heard(url, seconds=SLOWEST, largest=LARGEST)
        orjson.loads(answer.body)  # raises ValueError
        return answer.body
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.info("keys could not be fetched: %s", type(error).__name__)
        return None
