"""Breaks a connection off without an answer, as a fault or a network does.

For `house.py`. ASGI has no word for it, so what the server sends by is looked for behind `send`,
and behind whatever stands between, which tells it as `behind`. Where there is none, an answer is
begun and not ended, which makes servers close the connection.

Source: ASGI 3.0; uvicorn, which keeps a connection's transport beside what it calls.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


async def break_off(
    receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Close the connection of this request. It has no answer, and will have none."""
    transport = getattr(getattr(_servers(send), "__self__", None), "transport", None)
    if transport is None:
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _servers(send: object) -> object:
    """The server's own way to send."""
    while (behind := getattr(send, "behind", None)) is not None:
        send = behind
    return send
