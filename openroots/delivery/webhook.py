"""Sends parcels to HTTPS endpoints of subscribers.

A receiver is trusted with nothing: it has some seconds, what it answers is not read beyond some
kilobytes, it cannot send us elsewhere, its certificate must be good and its address permitted. An
answer of 200 to 299 says that it has taken the parcel.

Source: Standard Webhooks 1.0; aiohttp's documentation.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from openroots.delivery.addresses import Permit, Refused, must_be_permitted
from openroots.delivery.signing import signed
from openroots.delivery.source import Outcome, Parcel

if TYPE_CHECKING:  # what a world without webhooks need not load
    import aiohttp

    from openroots.delivery.posting import Poster, Target

LONGEST = 15.0  # seconds for one attempt, from the first byte to the last
MOST_AT_A_HOST = 32
MOST_KNOWN = 10_000  # URLs that were looked at
GONE = 410

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
        self._poster: Poster | None = None
        self._targets: dict[str, Target] = {}
        self._hosts: dict[tuple[str, int], asyncio.Semaphore] = {}

    def takes(self, endpoint: str) -> bool:
        return endpoint.startswith(("https://", "http://"))

    async def hand_over(self, parcels: Sequence[Parcel], at: datetime) -> list[Outcome]:
        return [await self._sent(parcel, at) for parcel in parcels]

    async def close(self) -> None:
        if self._poster is not None:
            await self._poster.close()

    async def _sent(self, parcel: Parcel, at: datetime) -> Outcome:
        import aiohttp

        url, written = parcel.subscriber.endpoint, parcel.written
        try:
            poster = self._opened()
            target = self._permitted(url, poster)
            key = await self._key_of(parcel.subscriber.id)
            headers = signed(key, parcel.id, at, written.body)
            headers["content-type"] = written.media_type
            async with self._turn_at(target), asyncio.timeout(self._longest):
                status = await poster.post(target, headers, written.body)
            return Outcome(200 <= status <= 299, str(status), gone=status == GONE)
        except TimeoutError:
            return Outcome(False, "too slow")
        except Refused as refused:
            return Outcome(False, str(refused))
        except aiohttp.ClientError as error:
            return Outcome(False, _cause(error))
        except (OSError, ValueError) as error:
            return Outcome(False, type(error).__name__)

    def _permitted(self, url: str, poster: "Poster") -> "Target":
        """The URL, looked at once. Raises Refused. What its name means is looked at each time."""
        if (known := self._targets.get(url)) is None:
            must_be_permitted(url, self._permit)
            if len(self._targets) >= MOST_KNOWN:
                self._targets.clear()
            known = self._targets[url] = poster.target(url)
        return known

    def _turn_at(self, target: "Target") -> asyncio.Semaphore:
        """What lets so many at once through to a host. The time to wait for it does not count."""
        host = target.url.host or "", target.url.port or 0
        if (turn := self._hosts.get(host)) is None:
            if len(self._hosts) >= MOST_KNOWN:
                self._hosts = {key: each for key, each in self._hosts.items() if each.locked()}
            turn = self._hosts[host] = asyncio.Semaphore(MOST_AT_A_HOST)
        return turn

    def _opened(self) -> "Poster":
        """The connections, made where the event loop runs."""
        if self._poster is None:
            from openroots.delivery.posting import Poster

            self._poster = Poster(self._permit, self._trust)
        return self._poster


def _cause(error: "aiohttp.ClientError") -> str:
    """What went wrong, in words that tell nothing of the network that we stand in."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "certificate not good"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, Refused):
        return str(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "connection closed"
    return "no answer of HTTP"
