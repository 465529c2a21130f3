"""What was asked and answered of late, whole: so that a developer can look at it and do it again.

For the tooling. Bodies hold what is somebody's, so `app.py` has this only where all people are made
up. It is kept in memory, bounded in number and in size, and forgotten with the process or as soon
as another store takes the place of the one in use.

Source: none.
"""

import asyncio
from collections import deque
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from openroots.gateway.exchange import Exchange
from openroots.gateway.wire import Answer, RawHeaders
from openroots.service import Caller, Endpoint, Service
from openroots.storage import Store
from openroots.world import World

MOST = 500  # exchanges
MOST_BYTES = 32 << 20  # of all bodies together
LARGEST = 256 << 10  # bytes of a body that is told of
MOST_WAITING = 100  # exchanges that somebody who listens may be behind


class Recorded(NamedTuple):
    """One exchange. `id` is that of its trail. A body that was too large is None; what went out is
    as the client got it, but before it was packed. `lost` says that it got nothing. `began` is when
    it came in by the stopwatch, which goes on where a world's wall stands still."""

    id: str
    wall: datetime
    endpoint: str
    application: str
    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes | None
    status: int
    answered: RawHeaders
    answer: bytes | None
    ms: float
    lost: bool
    began: float

    @property
    def target(self) -> str:
        """The path with the query, as it was asked for."""
        return f"{self.path}?{self.query.decode('latin-1')}" if self.query else self.path


class Kept(NamedTuple):
    """What is kept of an exchange until somebody looks at it: what came in and what went out. Of
    what the steps made of it nothing stays."""

    id: str
    wall: datetime
    service: Service
    endpoint: Endpoint | None
    caller: Caller | None
    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes
    answer: Answer
    seconds: float
    lost: bool
    began: float

    @property
    def size(self) -> int:
        """How many bytes its bodies take."""
        return len(self.body) + len(self.answer.body)


class Recorder:
    """The newest exchanges of one process; `let_go` counts older ones that it keeps no more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._store: Store = world.store
        self._kept: deque[Kept] = deque()
        self._bytes = self.let_go = 0
        self._listening: set[asyncio.Queue[Recorded]] = set()
        self.ended = asyncio.Event()  # whoever listens need not wait for more

    def keep(self, exchange: Exchange, answer: Answer, seconds: float) -> None:
        """Keep this exchange, which took so long, and let go of the oldest where there are too
        many."""
        self._forget_another_world()
        kept = Kept(
            exchange.trail.id,
            exchange.wall,
            exchange.service,
            exchange.endpoint,
            exchange.caller,
            exchange.method,
            exchange.path,
            exchange.raw_query,
            exchange.headers,
            exchange.body,
            answer,
            seconds,
            exchange.lost,
            exchange.started,
        )
        self._kept.append(kept)
        self._bytes += len(exchange.body) + len(answer.body)
        while len(self._kept) > MOST or self._bytes > MOST_BYTES:
            self._bytes -= self._kept.popleft().size
            self.let_go += 1
        for queue in self._listening:
            if not queue.full():
                queue.put_nowait(recorded(kept))

    def newest(self, most: int, endpoint: str = "", status: int = 0) -> list[Recorded]:
        """The newest so many, the newest first: of an endpoint, or with a status, or any."""
        self._forget_another_world()
        fitting = (
            one
            for one in map(recorded, reversed(self._kept))
            if endpoint in ("", one.endpoint) and status in (0, one.status)
        )
        return list(islice(fitting, most))

    def find(self, id: str) -> Recorded | None:
        """The one of this trail; "last" is the newest."""
        self._forget_another_world()
        fitting = (one for one in reversed(self._kept) if id in ("last", one.id))
        found = next(fitting, None)
        return recorded(found) if found else None

    def after(self, id: str) -> list[Recorded]:
        """All that came after the one of this trail: all there are where it is kept no more, as
        they came after it too, and nothing where none is named."""
        kept = list(self._kept) if id else []
        at = next((at for at, one in enumerate(kept) if one.id == id), -1)
        return [recorded(one) for one in kept[at + 1 :]]

    def listen(self) -> "asyncio.Queue[Recorded]":
        """What is given each exchange from now on, until `leave`. Who is far behind misses some."""
        queue: asyncio.Queue[Recorded] = asyncio.Queue(MOST_WAITING)
        self._listening.add(queue)
        return queue

    def leave(self, queue: "asyncio.Queue[Recorded]") -> None:
        """Listen no more."""
        self._listening.discard(queue)

    def forget(self) -> None:
        """Keep nothing of what was recorded until now."""
        self.let_go += len(self._kept)
        self._kept.clear()
        self._bytes = 0

    def _forget_another_world(self) -> None:
        if self._store is not self._world.store:
            self._store = self._world.store
            self._kept.clear()
            self._bytes = self.let_go = 0


def recorded(kept: Kept) -> Recorded:
    """The exchange as it is told of."""
    endpoint, caller, answer = kept.endpoint, kept.caller, kept.answer
    return Recorded(
        kept.id,
        kept.wall,
        endpoint.id if endpoint else f"{kept.service.name}.unknown",
        caller.application if caller else "",
        kept.method,
        kept.path,
        kept.query,
        kept.headers,
        kept.body if len(kept.body) <= LARGEST else None,
        answer.status,
        answer.headers,
        answer.body if len(answer.body) <= LARGEST else None,
        kept.seconds * 1000,
        kept.lost,
        kept.began,
    )
