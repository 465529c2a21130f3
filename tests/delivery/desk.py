"""A small world of notices for tests of delivery: a real store, and a source that is easily read.

A subscription is a resource that says which types it wants and where they go. Every signal is an
event of its type about its subject.
"""

import asyncio
import math
from collections.abc import Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
from aiohttp import web

from openroots.clock import Movable, Repeatable, Stopped
from openroots.delivery import kept
from openroots.delivery.addresses import is_public_or_own
from openroots.delivery.dispatcher import Dispatcher
from openroots.delivery.kept import DEAD_LETTER, dead_letter_terms
from openroots.delivery.source import Outcome, Subscriber, Written
from openroots.delivery.webhook import Webhooks
from openroots.register.rulebook import compile_rulebook
from openroots.storage import Author, Change, Query, Signal
from openroots.storage.sqlite import open_sqlite
from openroots.world import World

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WANTED = "Wanted"


class Notices:
    """Who wants which types of signals, as resources of type Wanted say."""

    def begin(self, db):
        self.wanted = {row.id: row.body["types"] for row in db.search(Query(WANTED)).rows}

    def follow(self, told, db):
        if told.signal.type != "wanted":
            return False
        found = db.read([(WANTED, told.signal.dataref)])
        self.wanted.pop(told.signal.dataref, None)
        self.wanted |= {id: row.body["types"] for (_, id), row in found.items()}
        return True

    def removed(self, told, db):
        id = told.signal.dataref
        return "" if db.read([(WANTED, id)]) else id

    def asks_for(self, type):
        return type == "unreadable" or any(type in types for types in self.wanted.values())

    def event(self, told, db):
        type, subject, dataref = told.signal
        if type == "unreadable":
            raise ValueError(type)
        return {"id": f"event-{told.cursor}", "type": type, "subject": subject, "data": dataref}

    def trial(self, told, subscriber):
        return {"id": f"trial-{told.cursor}", "type": "trial", "data": "trial"}

    def matching(self, event):
        return [id for id, types in self.wanted.items() if event["type"] in types]

    def subscribers(self, ids, db):
        rows = db.read([(WANTED, id) for id in ids]).values()
        return {
            row.id: Subscriber(
                row.id, "app", "Y90001", row.body["to"], row.body.get("active", True), row.body
            )
            for row in rows
        }

    def active(self, applications, db):
        return dict.fromkeys(
            set(applications) - {row.id for row in db.search(Query("Revoked")).rows}
        )

    def all_ids(self, db):
        return [row.id for row in db.search(Query(WANTED)).rows]

    def reading(self, event, subscriber):
        return None

    def written(self, event, subscriber, found=None):
        if event["data"] == "poison":
            raise ValueError("poison")
        return Written(orjson.dumps(event), "application/json")


class Shelf:
    """A channel to endpoints that begin with shelf: it notes what it is given, and refuses what
    it is told to refuse."""

    batch, flights = 1, 4

    def __init__(self):
        self.got = []
        self.first = asyncio.Event()
        self.refused = lambda parcel: False
        self.answer = Outcome(False, "refused")

    def takes(self, endpoint):
        return endpoint.startswith("shelf:")

    async def hand_over(self, parcels, at):
        await asyncio.sleep(0)
        return [self.put(parcel) for parcel in parcels]

    def put(self, parcel):
        if self.refused(parcel):
            return self.answer
        self.got.append(parcel)
        self.first.set()
        return Outcome(True, "200")

    async def close(self):
        pass

    def data(self, subscriber=None):
        """What was in the events that it took."""
        return [
            orjson.loads(parcel.written.body)["data"]
            for parcel in self.got
            if subscriber in (None, parcel.subscriber.id)
        ]


def terms(type: str, body) -> Iterable[tuple[str, str]]:
    return dead_letter_terms(body) if type == DEAD_LETTER else ()


class Desk:
    """A world on a store in a file, with its time in hand."""

    def __init__(self, world, path):
        self.world, self.path = world, path
        self.wall = world.wall
        self.shelf = Shelf()
        self.proved, self.unproved = [], None

    def dispatcher(self, *channels, wait=asyncio.sleep, source=Notices, **more):
        """One that delivers to the shelf, and through these channels. It keeps how far it has come
        when it is told to, however long a turn takes."""
        more = {"fresh": 0, "keeping": math.inf, **more}
        shelves = [self.shelf, *channels]
        return Dispatcher(self.world, source, shelves, prove=self.prove, wait=wait, **more)

    async def prove(self, entry):
        if self.unproved is not None:
            raise self.unproved
        self.proved.append(entry)

    def by(self):
        now = self.wall.now()
        return Author("test", "", "test", "", now, now)

    async def wants(self, id, to, *types, **more):
        """Subscribe, or subscribe otherwise."""
        row = self.world.store.snapshot().get(WANTED, id)
        body = {"to": to, "types": types, **more}
        change = Change(WANTED, id, body, row.version if row else 0)
        signals = [Signal("wanted", "", id)]
        await self.world.store.commit([change], signals=signals, by=self.by())

    async def wants_no_more(self, id):
        """Unsubscribe."""
        row = self.world.store.snapshot().read([(WANTED, id)])[WANTED, id]
        change, signals = Change(WANTED, id, None, row.version), [Signal("wanted", "", id)]
        await self.world.store.commit([change], signals=signals, by=self.by())

    async def tells(self, *signals):
        """Commit signals: (type, subject, data)."""
        await self.world.store.commit(signals=[Signal(*each) for each in signals], by=self.by())

    async def asks(self, wish):
        await self.world.store.commit(signals=[wish.signal()], by=self.by())

    def webhooks(self, **more):
        return Webhooks(key_of, more.pop("permit", is_public_or_own), **more)

    async def reopened(self):
        """The same world, as the next run finds it."""
        await self.world.store.close()
        self.world.store = await open_sqlite(self.path, terms)
        return self


async def key_of(subscription):
    return subscription.encode()


@asynccontextmanager
async def desk(folder):
    """A desk on a store in this folder."""
    wall = Stopped(NOON)
    store = await open_sqlite(folder / "delivery.db", terms)
    world = World(
        store=store,
        wall=wall,
        time=Movable(wall),
        chance=Repeatable(1),
        rulebook=compile_rulebook((), ()),
        keys=None,
    )
    made = Desk(world, folder / "delivery.db")
    yield made
    await made.world.store.close()


def alone(test):
    """Run an async test, which is given a desk of its own."""

    def run(tmp_path):
        async def at_a_desk():
            async with desk(tmp_path) as made:
                await asyncio.wait_for(test(made), 60)

        asyncio.run(at_a_desk())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def all_turns(dispatcher, most=200):
    """Take turns until nothing is left that can be done now."""
    for _ in range(most):
        more = await dispatcher.turn()
        await dispatcher.settled()
        if not more:
            more = await dispatcher.turn()
            await dispatcher.settled()
            if not more:
                return


class Receiver:
    """A web server that notes what it is sent, and answers as it is told to."""

    def __init__(self):
        self.got = []
        self.answer = lambda request: web.Response()

    async def take(self, request):
        body = await request.read()
        self.got.append((dict(request.headers), body))
        answer = self.answer(request)
        return await answer if asyncio.iscoroutine(answer) else answer


@asynccontextmanager
async def receiver(**tls):
    """A receiver, and its address."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, **tls)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    try:
        yield made, f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()


def state(made, id="one"):
    """What is kept of a subscription."""
    return kept.states(made.world.store.snapshot(), [id]).get(id)
