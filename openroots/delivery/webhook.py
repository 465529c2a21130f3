"""Sends parcels to HTTPS endpoints of subscribers.

A receiver is trusted with nothing: it has some seconds, what it answers is not read beyond some
kilobytes, it cannot send us elsewhere, its certificate must be good and its address permitted. An
answer of 200 to 299 says that it has taken the parcel.

Source: Standard Webhooks 1.0; aiohttp's documentation.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

import aiohttp
from yarl import URL

from openroots import __version__
from openroots.delivery.addresses import Permit, Refused, Resolver, must_be_permitted
from openroots.delivery.signing import signed
from openroots.delivery.source import Outcome, Parcel

LONGEST = 15.0  # seconds for one attempt, from the first byte to the last
LONGEST_CONNECT = 5.0
LARGEST_HEAD = 16 << 10  # bytes of the answer's header lines
MOST_READ = 16 << 10  # bytes of the answer's body: nothing in it matters
MOST_CONNECTIONS = 1024
MOST_AT_A_HOST = 32
MOST_KNOWN = 10_000  # URLs that were looked at

KeyOf = Callable[[str], Awaitable[bytes]]


class Webhooks:
    """The channel to endpoints that begin with http. `key_of` gives the key of a subscription."""

    batch = 1
    flights = 8

    def __init__(
        self,
        key_of: KeyOf,
        permit: Permit,
        *,
        trust: ssl.SSLContext | None = None,
        longest: float = LONGEST,
    ) -> None:
        self._key_of = key_of
        self._permit = permit
        self._trust = trust
        self._longest = longest
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}
        self._hosts: dict[tuple[str, int], asyncio.Semaphore] = {}

    def takes(self, endpoint: str) -> bool:
        return endpoint.startswith(("https://", "http://"))

    async def hand_over(self, parcels: Sequence[Parcel], at: datetime) -> list[Outcome]:
        return [await self._sent(parcel, at) for parcel in parcels]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _sent(self, parcel: Parcel, at: datetime) -> Outcome:
        url, written = parcel.subscriber.endpoint, parcel.written
        try:
            where = self._permitted(url)
            key = await self._key_of(parcel.subscriber.id)
            headers = {
                "content-type": written.media_type,
                **signed(key, parcel.id, at, written.body),
            }
            async with self._turn_at(where), asyncio.timeout(self._longest):
                return await self._posted(where, written.body, headers)
        except TimeoutError:
            return Outcome(False, "too slow")
        except Refused as refused:
            return Outcome(False, str(refused))
        except aiohttp.ClientError as error:
            return Outcome(False, _cause(error))
        except (OSError, ValueError) as error:
            return Outcome(False, type(error).__name__)

    def _permitted(self, url: str) -> URL:
        """The URL, looked at once. Raises Refused. What its name means is looked at each time."""
        if (known := self._urls.get(url)) is None:
            must_be_permitted(url, self._permit)
            if len(self._urls) >= MOST_KNOWN:
                self._urls.clear()
            known = self._urls[url] = URL(url)
        return known

    def _turn_at(self, where: URL) -> asyncio.Semaphore:
        """What lets so many at once through to a host. The time to wait for it does not count."""
        host = where.host or "", where.port or 0
        if (turn := self._hosts.get(host)) is None:
            if len(self._hosts) >= MOST_KNOWN:
                self._hosts = {key: each for key, each in self._hosts.items() if each.locked()}
            turn = self._hosts[host] = asyncio.Semaphore(MOST_AT_A_HOST)
        return turn

    async def _posted(self, url: URL, body: bytes, headers: dict[str, str]) -> Outcome:
        asked = self._opened().post(url, data=body, headers=headers, allow_redirects=False)
        async with asked as answer:
            await self._drained(answer)
            taken = 200 <= answer.status <= 299
            return Outcome(taken, str(answer.status), gone=answer.status == 410)

    async def _drained(self, answer: aiohttp.ClientResponse) -> None:
        """Read a short body to its end, so that the connection can be used again. Any other is
        broken off: the status has been given, and nothing else is waited for."""
        if answer.content_length is not None and answer.content_length <= MOST_READ:
            with suppress(aiohttp.ClientError):
                await answer.read()
            return
        with suppress(aiohttp.ClientError, TimeoutError, EOFError):
            async with asyncio.timeout(1):
                await answer.content.readexactly(MOST_READ)
        if not answer.content.at_eof():
            answer.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made where the event loop runs."""
        if self._session is None:
            resolver = Resolver(aiohttp.ThreadedResolver(), self._permit)
            trust: ssl.SSLContext | bool = self._trust or True
            connector = aiohttp.TCPConnector(
                limit=MOST_CONNECTIONS, resolver=resolver, ssl=trust, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=LONGEST_CONNECT),
                headers={"user-agent": f"OpenRoots/{__version__}"},
                auto_decompress=False,
                max_line_size=LARGEST_HEAD,
                max_field_size=LARGEST_HEAD,
            )
        return self._session


def _cause(error: aiohttp.ClientError) -> str:
    """What went wrong, in words that tell nothing of the network that we stand in."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "certificate not good"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, Refused):
        return str(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "connection closed"
    return "no answer of HTTP"
