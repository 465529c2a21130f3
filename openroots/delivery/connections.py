"""Connections to receivers, kept open between posts.

For posting. aiohttp makes them: it looks names up, checks certificates and parses what is
answered. Its connector keeps connections too; but to hand one back to it and ask for it again
takes longer than to post over it. So those that were used lately are kept here.

Source: RFC 9112 section 9.3, for how long they may be kept; aiohttp's documentation.
"""

import asyncio
from typing import NamedTuple

from aiohttp import BaseConnector, ClientTimeout
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ConnectionKey
from aiohttp.connector import Connection

LONGEST_CONNECT = 5.0  # seconds
LONGEST_KEPT = 15.0  # seconds without a post, after which a receiver may close it any moment
LARGEST_HEAD = 16 << 10  # bytes of an answer's header lines


class Receiver(NamedTuple):
    """Who is connected to: by which scheme, host and port, and how to ask the connector for it."""

    key: ConnectionKey
    asked: ClientRequest


class Line(NamedTuple):
    """An open connection."""

    connection: Connection
    protocol: ResponseHandler
    transport: asyncio.Transport

    @property
    def is_good(self) -> bool:
        """Whether it is open, and nothing has come that was not asked for."""
        return not (self.transport.is_closing() or self.protocol.should_close)


class Connections:
    """Those that a connector makes. It must permit `most` that are kept besides those in use."""

    def __init__(self, connector: BaseConnector, most: int, longest: float = LONGEST_KEPT) -> None:
        self._connector = connector
        self._most = most
        self._longest = longest
        self._patience = ClientTimeout(total=None, sock_connect=LONGEST_CONNECT)
        self._kept: dict[ConnectionKey, list[tuple[Line, float]]] = {}  # the last used comes last
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, receiver: Receiver) -> Line:
        """One that is kept, or a new one. Raises ClientError or OSError where none can be made."""
        kept = self._kept.get(receiver.key)
        while kept:
            line, _ = kept.pop()
            self._count -= 1
            if line.is_good:
                return line
            line.connection.close()
        return await self._made(receiver)

    def keep(self, receiver: Receiver, line: Line) -> None:
        """Keep one for the next post, if it can be used again."""
        if not line.is_good or self._count >= self._most:
            line.connection.close()
            return
        loop = asyncio.get_running_loop()
        self._kept.setdefault(receiver.key, []).append((line, loop.time()))
        self._count += 1
        if self._timer is None:
            self._timer = loop.call_later(self._longest, self._look)

    async def close(self) -> None:
        """Close all."""
        self._let_go(float("inf"))
        if self._timer is not None:
            self._timer.cancel()
        await self._connector.close()

    async def _made(self, receiver: Receiver) -> Line:
        connection = await self._connector.connect(receiver.asked, [], self._patience)
        protocol, transport = connection.protocol, connection.transport
        assert protocol is not None
        assert transport is not None
        protocol.set_response_params(
            auto_decompress=False,
            max_line_size=LARGEST_HEAD,
            max_field_size=LARGEST_HEAD,
        )
        return Line(connection, protocol, transport)

    def _look(self) -> None:
        """Let go of those that were not used for long, as long as there are any."""
        loop = asyncio.get_running_loop()
        self._let_go(loop.time() - self._longest)
        self._timer = loop.call_later(self._longest, self._look) if self._kept else None

    def _let_go(self, before: float) -> None:
        for key, lines in list(self._kept.items()):
            old = [line for line, used in lines if used <= before]
            del lines[: len(old)]
            self._count -= len(old)
            for line in old:
                line.connection.close()
            if not lines:
                del self._kept[key]
