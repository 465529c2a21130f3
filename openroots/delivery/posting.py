"""Posts to receivers over connections that are kept open: what webhooks are sent by.

aiohttp looks names up, makes connections, checks certificates and parses what is answered. A
request is written here in one go: of one URL it always begins with the same bytes, and what a
client session does besides, for cookies, redirects and forms, would take longer than all else that
a delivery needs.

Source: RFC 9112 for the message; aiohttp's documentation.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from socket import AddressFamily
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ClientRequest
from aiohttp.http import HttpProcessingError
from yarl import URL

from openroots import __version__
from openroots.delivery.addresses import Permit, Refused
from openroots.delivery.connections import Connections, Line, Receiver

MOST_READ = 16 << 10  # bytes of the answer's body: nothing in it matters
LONGEST_READ = 1.0  # seconds for that body: the status has been given
MOST_CONNECTIONS = 1024  # in use at once
MOST_KEPT = 256  # besides
INTERIM = frozenset(range(100, 200)) - {101}  # statuses that come before the answer


class Resolver(AbstractResolver):
    """Looks names up, and gives those addresses alone that are permitted."""

    def __init__(self, inner: AbstractResolver, permit: Permit) -> None:
        self._inner = inner
        self._permit = permit

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """The permitted addresses of a name. Raises Refused where there are none."""
        found = await self._inner.resolve(host, port, family)
        permitted = [each for each in found if self._permit(ip_address(each["host"]))]
        if not permitted:
            raise Refused("address not permitted")
        return permitted

    async def close(self) -> None:
        """Close what looks names up."""
        await self._inner.close()


class Target(NamedTuple):
    """A URL that is posted to: how to connect to it, and how a request to it begins."""

    url: URL
    receiver: Receiver
    head: bytes


class Answered(NamedTuple):
    """What matters of an answer: its status, and when to come again where it says so."""

    status: int
    retry_after: str


class Poster:
    """Connections to the receivers of one world. Made and used inside a running event loop."""

    def __init__(self, permit: Permit, trust: ssl.SSLContext | None = None) -> None:
        connector = aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS + MOST_KEPT,
            resolver=Resolver(aiohttp.ThreadedResolver(), permit),
            ssl=trust or True,
            use_dns_cache=False,
        )
        self._connections = Connections(connector, MOST_KEPT)

    def target(self, url: str) -> Target:
        """What is posted to at this URL. Raises ValueError for what is none."""
        where = URL(url)
        asked = ClientRequest("POST", where, loop=asyncio.get_running_loop())
        lines = (
            f"POST {asked.url.raw_path_qs} HTTP/1.1",
            f"host: {asked.headers['Host']}",
            f"user-agent: OpenRoots/{__version__}",
            "accept: */*",
        )
        receiver = Receiver(asked.connection_key, asked)
        return Target(where, receiver, "".join(f"{line}\r\n" for line in lines).encode("ascii"))

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answered:
        """What is answered. Raises ClientError or OSError where nothing is."""
        line = await self._connections.take(target.receiver)
        try:
            answered = await _answered(line, _written(target, headers, body))
        except BaseException as error:
            line.connection.close()
            if isinstance(error, HttpProcessingError | aiohttp.EofStream):
                raise aiohttp.ClientPayloadError from error
            raise
        self._connections.keep(target.receiver, line)
        return answered

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()


def _written(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers.items()]).encode()
    return b"%s%s\r\ncontent-length: %d\r\n\r\n%s" % (target.head, lines, len(body), body)


async def _answered(line: Line, request: bytes) -> Answered:
    """The answer to this request, once a short body has been read."""
    line.transport.write(request)
    while True:
        message, body = await line.protocol.read()
        if message.code not in INTERIM:
            break
    if not body.at_eof():
        await _read(body)
    return Answered(message.code, message.headers.get("retry-after", ""))


async def _read(body: aiohttp.StreamReader) -> None:
    """Read a short body to its end, so that the connection can be used again; any other as far as
    is worth while."""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(LONGEST_READ):
            read = 0
            async for part in body.iter_any():
                read += len(part)
                if read > MOST_READ:
                    return
