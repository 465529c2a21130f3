"""What is found where an event points to, for subscribers who asked to have it sent along.

For delivery. What is ours is asked at this very door, as the application that subscribed: so it
gets what it would get if it asked itself, which is judged and audited as any answer. What is
elsewhere is asked over HTTPS, with bounds, at addresses where webhooks may be. Where nothing is
found the event goes without: it is never late or lost for want of what it points to.

Source: Multicast Notification Service API, "hydration" of a subscription.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson

from openroots.clock import new_uuid
from openroots.delivery.addresses import Permit, must_be_permitted
from openroots.delivery.following import looked
from openroots.delivery.source import Reading
from openroots.gateway.access import caller_of
from openroots.gateway.elsewhere import heard
from openroots.gateway.pipeline import Gateway
from openroots.identity.applications import APPLICATION
from openroots.service import Access, Caller
from openroots.storage import Json

LONGEST = 5.0  # seconds
LARGEST = 1 << 20  # bytes
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})
PROOFS = frozenset({"apikey", "authorization"})
ANONYMOUS = "open-access"  # who subscribed without a key, where that is allowed
FHIR_JSON = "application/fhir+json"

log = logging.getLogger(__name__)


class Hydration:
    """What events of one world point to. `origin` is how their datarefs to it begin."""

    def __init__(self, gateway: Gateway, origin: str, permit: Permit) -> None:
        self._gateway, self._origin, self._permit = gateway, origin, permit

    async def found(self, reading: Reading) -> Json | None:
        """The resource at that URL, as the subscriber is given it; None where there is none."""
        import aiohttp

        named = {name.lower(): value for name, value in reading.headers.items()}
        headers = self._usual() | {name: named[name] for name in named.keys() - OURS}
        try:
            if reading.url.startswith(f"{self._origin}/"):
                raw = await self._here(reading, headers)
            else:
                raw = await self._elsewhere(reading.url, headers)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.info("nothing is sent along with an event: %s", type(error).__name__)
            return None
        return _resource(raw)

    def _usual(self) -> dict[str, str]:
        id = new_uuid(self._gateway.world.chance.bytes)
        return {"accept": FHIR_JSON, "x-request-id": id, "x-correlation-id": id}

    async def _here(self, reading: Reading, headers: Mapping[str, str]) -> bytes | None:
        parts = urlsplit(reading.url.removeprefix(self._origin))
        service = self._gateway.service(parts.path)
        if service is None:
            return None
        origin = urlsplit(self._origin)
        told = {"host": origin.netloc, "x-forwarded-proto": origin.scheme, **headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
        exchange = self._gateway.begin(service, "GET", parts.path, parts.query.encode(), raw)
        if PROOFS.isdisjoint(headers) and reading.application != ANONYMOUS:
            exchange.caller = await self._caller(reading.application)
            if exchange.caller is None:
                return None
        answer = await self._gateway.answer(exchange)
        return answer.body if answer.status == 200 else None

    async def _caller(self, application: str) -> Caller | None:
        """Who subscribed; None for an application that is not there any more."""
        store = self._gateway.world.store
        row = await looked(store, lambda db: db.get(APPLICATION, application))
        return caller_of(row.body, Access.APPLICATION) if row else None

    async def _elsewhere(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        must_be_permitted(url, self._permit)
        answer = await heard(url, headers, seconds=LONGEST, largest=LARGEST, permit=self._permit)
        return answer.body if answer.status == 200 else None


def _resource(raw: bytes | None) -> Json | None:
    found: Any = None
    with suppress(ValueError):
        found = orjson.loads(raw or b"")
    is_resource = isinstance(found, dict) and isinstance(found.get("resourceType"), str)
    return found if is_resource else None
