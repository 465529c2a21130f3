"""The body of a request: whole, or why it is not taken.

For the ASGI door. Our own connection has most bodies at hand already; of any other server, and of a
large body, the parts are received one by one.

Source: ASGI 3.0.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from openroots.gateway.wire import HAS_WHOLE
from openroots.problem import Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

LARGEST_BODY = 4 << 20  # bytes, of any API; an endpoint may take less
SLOWEST_BODY = 15  # seconds: less than what is accepted has when the server stops
NO_EXTENSIONS: Mapping[str, Any] = {}


def announced(headers: Mapping[str, str]) -> int:
    """How many bytes the request says that its body has; 0 where it does not say."""
    length = headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


async def body_of(scope: Scope, receive: Receive, announced: int = 0) -> bytes:
    """The whole body. Raises Problem for one that is too large, breaks off or comes too late."""
    if announced > LARGEST_BODY:  # a client that waits to be told to go on need not send it
        raise Problem("body-too-large", limit=LARGEST_BODY)
    whole = scope.get("extensions", NO_EXTENSIONS).get(HAS_WHOLE)
    body: bytes | None = whole() if whole else None
    if body is None:
        return await _received(receive)
    if len(body) > LARGEST_BODY:
        raise Problem("body-too-large", limit=LARGEST_BODY)
    return body


async def _received(receive: Receive) -> bytes:
    """The same where it has still to come."""
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem("body-broken-off")
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
                size += len(parts[-1])
                if size > LARGEST_BODY:
                    raise Problem("body-too-large", limit=LARGEST_BODY)
    except TimeoutError:
        raise Problem("body-too-slow", seconds=SLOWEST_BODY) from None
    return b"".join(parts)
