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
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from openroots.gateway.elsewhere import heard
from openroots.service import Fetched

KEPT_FOR = timedelta(seconds=60)
FAILED_FOR = timedelta(seconds=5)
MOST = 1000  # documents that are kept
LARGEST = 64 << 10  # bytes
SLOWEST = 5.0  # seconds
log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """What was answered, and when; None where nothing was. And when it was last asked for."""

    body: bytes | None
    answered: datetime
    asked: datetime


class Fetcher:
    """The documents of one process, by their URLs."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._underway: dict[str, asyncio.Task[Kept]] = {}

    async def fetch(self, url: str, wall: datetime, since: datetime | None = None) -> Fetched:
        """The document at this URL, or that there was none; asked for again where what is kept is
        too old, or was last asked for before `since`."""
        kept = self._kept.get(url)
        if kept is None or not _stands(kept, wall) or _is_wanted_anew(kept, since):
            kept = await self._asked_once(url, wall)
        return Fetched(kept.body, kept.asked)

    async def _asked_once(self, url: str, wall: datetime) -> Kept:
        """What is answered now, to all who wait for it; one of them may go away meanwhile."""
        task = self._underway.get(url)
        if task is None:
            task = self._underway[url] = asyncio.create_task(self._asked_anew(url, wall))
        return await asyncio.shield(task)

    async def _asked_anew(self, url: str, wall: datetime) -> Kept:
        try:
            body = await _asked(url)
        finally:
            del self._underway[url]
        before = self._kept.get(url)
        if len(self._kept) >= MOST:
            self._kept.clear()
        if (
            body is None
            and before is not None
            and before.body is not None
            and _stands(before, wall)
        ):
            found = before._replace(asked=wall)
        else:
            found = Kept(body, wall, wall)
        self._kept[url] = found
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


def _stands(kept: Kept, wall: datetime) -> bool:
    life = FAILED_FOR if kept.body is None else KEPT_FOR
    return kept.answered <= wall < kept.answered + life


def _is_wanted_anew(kept: Kept, since: datetime | None) -> bool:
    return since is not None and kept.body is not None and kept.asked < since


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
