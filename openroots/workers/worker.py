"""A worker: answers requests, and hands what it commits to the keeper of the file.

    python -m openroots.workers FD      FD: this end of the channel to the keeper

Source: none.
"""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, MutableMapping, Sequence
from typing import Any, NamedTuple

import apsw

from openroots.app import open_part, reopen
from openroots.gateway.quota import Counted, Name
from openroots.gateway.tooling import refused
from openroots.gateway.wire import Answer
from openroots.house import House
from openroots.opening import look_again
from openroots.problem import Problem
from openroots.server import prepare, serve
from openroots.settings import Settings
from openroots.storage import Batched, Unavailable
from openroots.storage.closed import ClosedStore
from openroots.storage.sqlite_reading import unavailable_where_lost
from openroots.storage.sqlite_writer import LATEST, Work
from openroots.workers.channel import Channel, opened

Scope = MutableMapping[str, Any]
ASKED = ("type", "method", "path", "scheme", "query_string", "headers", "client")


class Begin(NamedTuple):
    """What the keeper tells a worker first: which of them it is, and where it listens."""

    settings: Settings
    number: int
    sockets: list[int]
    generation: int


class Elsewhere:
    """The writer of the file, which is another process. Made again with every new file, so that
    what was decided on an old one is never written to the next."""

    batched = Batched()

    def __init__(self, channel: Channel, generation: int) -> None:
        self._channel = channel
        self._generation = generation
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._latest: int | None = None

    @unavailable_where_lost
    def latest(self, db: apsw.Connection) -> int:
        """The newest commit: SQLite shows none to other processes that is not on disk. All who ask
        in one turn of the loop are told the same: who hears of a newer one has a later turn."""
        if threading.get_ident() != self._thread:
            return _newest(db)
        if self._latest is None:
            self._latest = _newest(db)
            self._loop.call_soon(self._forget)
        return self._latest

    def _forget(self) -> None:
        self._latest = None

    def keep(self, work: Work) -> "asyncio.Future[int]":
        """Hand this to the keeper."""
        return self._channel.ask("keep", (self._generation, work))

    async def close(self) -> None:
        """The keeper finishes what it accepted."""


def _newest(db: apsw.Connection) -> int:
    found: int = db.execute(LATEST).get
    return found


class TheirTooling:
    """The tooling of the world, which the keeper answers."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def answer(self, scope: Scope, body: bytes) -> Answer:
        """What the keeper answers to this request."""
        asked = {name: scope[name] for name in ASKED}
        try:
            answer: Answer = await self._channel.ask("tooling", (asked, body))
        except Unavailable:
            return refused(Problem("unavailable"))
        return answer


class TheirCounter:
    """Counts of all workers together, which the keeper has."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def count(self, names: Sequence[Name], at: float) -> Awaitable[Counted]:
        """What the keeper counts. Raises Unavailable where it has gone."""
        return self._channel.ask("count", (names, at))


class Worker:
    """One worker at work."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.begun: asyncio.Future[Begin | None] = asyncio.get_running_loop().create_future()
        self.channel: Channel
        self.house: House
        self._generation = 0
        self._has_left = False
        self._turn = asyncio.Lock()  # of whoever closes or opens the files

    async def answer(self, what: str, value: Any) -> Any:
        """What the keeper asks."""
        match what:
            case "begin":
                self.begun.set_result(value)
            case "settle":
                await self.house.journal.settled()
            case "head":
                return self.house.journal.head()
            case "turn":
                return await self.house.audit.turn(value)
            case "figures":
                return self.house.counted()
            case "leave":
                async with self._turn:
                    await self._leave()
            case "look":
                async with self._turn:
                    await self._look(value)
            case "stop":
                self.stop.set()
        return None

    async def run(self, end: socket.socket) -> None:
        """Serve until the keeper says stop, or is gone."""
        self.channel = await opened(end, self.answer)
        ending = asyncio.create_task(self._end_with_the_keeper())
        if begin := await self.begun:
            await self._serve(begin)
        ending.cancel()
        self.channel.close()

    async def _serve(self, begin: Begin) -> None:
        settings, number, sockets, self._generation = begin
        writer = Elsewhere(self.channel, self._generation)
        tooling = TheirTooling(self.channel)
        counter = TheirCounter(self.channel)
        self.house = await open_part(settings, number, writer, tooling, self._figures, counter)
        if settings.store:  # else the keeper writes for all, and sees by itself what is decided
            self.house.gateway.decide.tell = self._decided
        listening = [socket.socket(fileno=each) for each in sockets]
        prepare()
        await serve(self.house, listening, self._ready, self.stop)

    async def _leave(self) -> None:
        """Close the files, as others take their place, until `_look` says that these are there."""
        if self._has_left:
            return
        world, self._has_left = self.house.world, True
        old, world.store = world.store, ClosedStore()
        await self.house.journal.settled()  # the entries of what was just committed
        await self.house.audit.leave()
        await old.close()

    async def _look(self, generation: int) -> None:
        """The world may have changed: its time, its rulebook, or the file that holds it."""
        if generation != self._generation:
            if self._has_left:
                await self.house.audit.enter()
                self._has_left = False
            await reopen(self.house, Elsewhere(self.channel, generation))
            self._generation = generation
        else:
            await look_again(self.house.world)

    def _ready(self) -> None:
        self.channel.tell("ready", self.house.gateway.run)

    async def _decided(self) -> None:
        await self.channel.ask("decided")

    async def _figures(self) -> bytes:
        text: bytes = await self.channel.ask("figures")
        return text

    async def _end_with_the_keeper(self) -> None:
        await self.channel.lost.wait()
        self.stop.set()
        if not self.begun.done():  # killed before it could say where
            self.begun.set_result(None)


async def main(end: socket.socket) -> None:
    """Be a worker, at this end of the channel."""
    await Worker().run(end)


def start() -> None:
    """Be a worker, on the fastest kind of event loop there is."""
    import uvloop

    # Until it serves, a signal to stop must not leave a half-opened worker behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = socket.socket(fileno=int(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        try:
            loop.run(main(end))
        except Unavailable as error:  # a database that is away: another is begun until it is back
            sys.exit(f"a worker cannot open the store: {error}")
