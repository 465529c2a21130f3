"""A channel between two processes of this program: either asks, the other answers.

All that is asked in one turn of the event loop goes as one message, so that a hundred commits
cost little more than one. Both ends are the same program, and nobody else can reach the channel,
so values go as Python packs them.

Source: Python's documentation of pickle, whose warning about strangers holds.
"""

import asyncio
import pickle
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast

from openroots.storage import Conflict, Unavailable

LENGTH = struct.Struct(">I")

# A future that is there already costs less than a coroutine, which becomes a task.
Answering = Callable[[str, Any], Awaitable[Any]]


class Item(NamedTuple):
    """Something asked, or the answer to what was asked under the same number (`what` is "")."""

    number: int
    what: str
    value: Any
    error: Exception | None = None


class Channel(asyncio.Protocol):
    """One end. `answer` is asked what the other end asks; `lost` is set when that has gone."""

    def __init__(self, answer: Answering) -> None:
        self.lost = asyncio.Event()
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Future[Any]] = set()
        self._leaving: list[Item] = []
        self._number = 0

    def ask(self, what: str, value: Any = None) -> "asyncio.Future[Any]":
        """What the other end answers. Ends in Unavailable where that end goes away first."""
        if self.lost.is_set():
            raise Unavailable("the other process has gone")
        self._number += 1
        future = self._asked[self._number] = self._loop.create_future()
        self._send(Item(self._number, what, value))
        return future

    def tell(self, what: str, value: Any = None) -> None:
        """Ask, and wait for no answer: that the other end has gone is noticed by `lost`."""
        if not self.lost.is_set():
            self.ask(what, value).add_done_callback(_heard)

    async def answered(self) -> None:
        """Return once everything that the other end has asked so far is done."""
        if self._answering:
            await asyncio.wait(self._answering)

    def close(self) -> None:
        """Send what waits, and let go."""
        self._flush()
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The other end is there."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The other end has gone: nothing that was asked of it will be answered."""
        self.lost.set()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(Unavailable("the other process has gone"))
        self._asked.clear()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: take each whole message among them."""
        self._received += data
        while len(self._received) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._received)
            if len(self._received) < LENGTH.size + size:
                return
            message = self._received[LENGTH.size : LENGTH.size + size]
            del self._received[: LENGTH.size + size]
            for item in pickle.loads(message):
                self._take(item)

    def _take(self, item: Item) -> None:
        if item.what:
            self._begin_to_answer(item)
            return
        future = self._asked.pop(item.number)
        if future.done():  # whoever asked has gone
            return
        if item.error:
            future.set_exception(item.error)
        else:
            future.set_result(item.value)

    def _begin_to_answer(self, item: Item) -> None:
        try:
            asked = asyncio.ensure_future(self._answer(item.what, item.value))
        except Exception as error:
            self._send(Item(item.number, "", None, _sendable(error)))
            return
        self._answering.add(asked)
        asked.add_done_callback(lambda done: self._tell(item.number, done))

    def _tell(self, number: int, done: "asyncio.Future[Any]") -> None:
        self._answering.discard(done)
        if done.cancelled():
            self._send(Item(number, "", None, Unavailable("the other process gave it up")))
        elif error := done.exception():
            self._send(Item(number, "", None, _sendable(error)))
        else:
            self._send(Item(number, "", done.result()))

    def _send(self, item: Item) -> None:
        if not self._leaving:
            self._loop.call_soon(self._flush)
        self._leaving.append(item)

    def _flush(self) -> None:
        if self._leaving and self._transport and not self.lost.is_set():
            message = pickle.dumps(self._leaving, protocol=pickle.HIGHEST_PROTOCOL)
            self._transport.writelines((LENGTH.pack(len(message)), message))
        self._leaving = []


def _heard(asked: "asyncio.Future[Any]") -> None:
    if not asked.cancelled():
        asked.exception()


def _sendable(error: BaseException) -> Exception:
    """The error as the other end raises it. One that cannot be packed would cost all that goes
    with it; so what is a defect is told by its name and words alone."""
    if isinstance(error, (Conflict, Unavailable, ValueError)):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


async def opened(end: socket.socket, answer: Answering) -> Channel:
    """The channel over one end of a pair of sockets."""
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_connection(lambda: Channel(answer), sock=end)
    return channel
