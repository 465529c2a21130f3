"""Requests as they are made, told to whoever listens: server-sent events.

For `app.py`, which leads here what asks for /_openroots/requests/live; the tooling door says first
whether it may. Each event is one exchange in short, as lists show it, with its id.

    id: 6a1f...
    data: {"id": "6a1f...", "method": "GET", "path": "...", "status": 200, ...}

Source: WHATWG HTML, "Server-sent events".
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from openroots.gateway.recorder import Recorded, Recorder
from openroots.gateway.tooling.requests import in_short

Message = MutableMapping[str, Any]

PATH = "/_openroots/requests/live"
LONGEST = 10.0  # seconds of one answer
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


async def tell(
    recorder: Recorder,
    last: str,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Tell of each exchange after the `last` one that was heard of, for a while, or until the
    server is told to stop: a listener then asks again."""
    queue = recorder.listen()
    telling = asyncio.create_task(_tell(recorder.after(last), queue, send))
    gone = asyncio.create_task(_until_gone(receive))
    ended = asyncio.create_task(recorder.ended.wait())
    every = [telling, gone, ended]
    try:
        await asyncio.wait(every, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
    finally:
        recorder.leave(queue)
        for each in every:
            each.cancel()
        await asyncio.wait(every)
    await send({"type": "http.response.body", "body": b""})


def last_heard_of(scope: Message) -> str:
    """The id of the event that the listener heard last."""
    found = [value for name, value in scope["headers"] if name == b"last-event-id"]
    return found[-1].decode("latin-1") if found else ""


async def _until_gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _tell(
    missed: list[Recorded],
    queue: "asyncio.Queue[Recorded]",
    send: Callable[[Message], Awaitable[None]],
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    lines = b"retry: 100\n\n" + b"".join(map(_event, missed))
    while True:
        await send({"type": "http.response.body", "body": lines, "more_body": True})
        lines = _event(await queue.get())


def _event(recorded: Recorded) -> bytes:
    told = orjson.dumps(in_short(recorded))
    return b"id: %b\ndata: %b\n\n" % (recorded.id.encode(), told)
