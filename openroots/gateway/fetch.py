"""Fetches what handlers ask for from other machines: an application's published keys.

For the pipeline. A document is asked for with a short wait and a bound on its size; no redirect is
followed, and nothing but HTTPS is asked, or this machine itself. It is kept for a minute of wall
time, so that a key which was taken back is refused from then on at the latest; that there was no
answer is remembered for some seconds, so that one broken address costs little.

Source: RFC 7517 section 5; RFC 8725 section 3.10, for the bounds.
"""

import logging
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from openroots.gateway.elsewhere import heard
from openroots.service import Fetched

KEPT_FOR = timedelta(seconds=60)
FAILED_FOR = timedelta(seconds=5)
MOST = 1000  # documents that are kept
LARGEST = 64 << 10  # bytes
SLOWEST = 5.0  # seconds
log = logging.getLogger(__name__)


class Fetcher:
    """The documents of one process, by their URLs."""

    def __init__(self) -> None:
        self._kept: dict[str, Fetched] = {}

    async def fetch(self, url: str, wall: datetime, since: datetime | None = None) -> Fetched:
        """The document at this URL, or that there was none; asked for again where what is kept is
        too old, or older than `since`."""
        kept = self._kept.get(url)
        if kept is not None and _is_fresh(kept, wall, since):
            return kept
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[url] = fetched = Fetched(await _asked(url), wall)
        return fetched


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


def _is_fresh(kept: Fetched, wall: datetime, since: datetime | None) -> bool:
    life = FAILED_FOR if kept.body is None else KEPT_FOR
    is_new_enough = since is None or kept.at >= since or kept.body is None
    return is_new_enough and kept.at <= wall < kept.at + life


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
        return answer.body if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.info("keys could not be fetched: %s", type(error).__name__)
        return None
