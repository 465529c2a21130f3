"""Sends parcels to HTTPS endpoints of subscribers.

A receiver is trusted with nothing: it has some seconds, what it answers is not read beyond some
kilobytes, it cannot send us elsewhere, its certificate must be good and its address permitted. An
answer of 200 to 299 says that it has taken the parcel.

Source: Standard Webhooks 1.0; aiohttp's documentation.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from openroots.delivery.addresses import Permit, Refused, must_be_permitted
from openroots.delivery.patience import Patience
from openroots.delivery.schedule import wait_asked
from openroots.delivery.signing import signed
from openroots.delivery.source import Outcome, Parcel
from openroots.delivery.turns import Turns

if TYPE_CHECKING:  # what a world without webhooks need not load
    import aiohttp

    from openroots.delivery.posting import Poster, Target

LONGEST = 15.0  # seconds for one attempt, from the first byte to the last
MOST_AT_A_HOST = 32
MOST_KNOWN = 10_000  # URLs that were looked at
GONE = 410
TOO_BUSY = (429, 503)

KeyOf = Callable[[str], Awaitable[bytes]]


class Known(NamedTuple):
    """A URL that was looked at: how to post to it, and the turns at its host."""

    target: "Target"
    turns: Turns


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
        self._patience = Patience(longest)
        self._poster: Poster | None = None
        self._known: dict[str, Known] = {}
        self._turns: dict[tuple[str, int], Turns] = {}  # by host

    def takes(self, endpoint: str) -> bool:
        return endpoint.startswith(("https://", "http://"))

    async def hand_over(self, parcels: Sequence[Parcel], at: datetime) -> list[Outcome]:
        outcomes = []
        for parcel in parcels:  # of which there is one: a comprehension would take its own frame
            outcomes.append(await self._sent(parcel, at))  # noqa: PERF401
        return outcomes

    async def close(self) -> None:
        if self._poster is not None:
            await self._poster.close()

    async def _sent(self, parcel: Parcel, at: datetime) -> Outcome:
        url, written = parcel.subscriber.endpoint, parcel.written
        try:
            poster = self._poster or self._opened()
            target, turns = self._known.get(url) or self._permitted(url, poster)
            key = await self._key_of(parcel.subscriber.id)
            headers = signed(key, parcel.id, at, written.body)
            headers["content-type"] = written.media_type
            if not turns.taken():
                await turns.wait()  # for which the time does not count
            try:
                with self._patience.within():
                    status, later = await poster.post(target, headers, written.body)
            finally:
                turns.give()
        except Exception as error:
            return _failed(error)
        wait = wait_asked(later, at) if status in TOO_BUSY else None
        return Outcome(200 <= status <= 299, str(status), gone=status == GONE, wait=wait)

    def _permitted(self, url: str, poster: "Poster") -> Known:
        """The URL, looked at once. Raises Refused. What its name means is looked at each time."""
        must_be_permitted(url, self._permit)
        target = poster.target(url)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
            self._turns = {host: turns for host, turns in self._turns.items() if not turns.is_idle}
        host = target.url.host or "", target.url.port or 0
        turns = self._turns.setdefault(host, Turns(MOST_AT_A_HOST))
        known = self._known[url] = Known(target, turns)
        return known

    def _opened(self) -> "Poster":
        """The connections, made where the event loop runs."""
        from openroots.delivery.posting import Poster

        self._poster = Poster(self._permit, self._trust)
        return self._poster


def _failed(error: Exception) -> Outcome:
    """What became of an attempt that this ended. Raises it where it is none of the receiver's."""
    import aiohttp

    match error:
        case TimeoutError():
            return Outcome(False, "too slow")
        case Refused():
            return Outcome(False, str(error))
        case aiohttp.ClientError():
            return Outcome(False, _cause(error))
        case OSError() | ValueError():
            return Outcome(False, type(error).__name__)
        case _:
            raise error


def _cause(error: "aiohttp.ClientError") -> str:
    """What went wrong, in words that tell nothing of the network that we stand in."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "certificate not good"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no TLS that we speak"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, Refused):
        return str(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "connection closed"
    return "no answer of HTTP"
