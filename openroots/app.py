"""The composition root: from settings to an ASGI application with everything behind it.

Only here are modes chosen, files opened and the parts of the house put together. `open_house`
opens a world with its gateway; `House.application` is the door that an ASGI server calls.

    state/openroots.db      the store         state/trails/    what `why` reads
    state/audit/0.jsonl     the audit log     state/token      opens the tooling door

Source: ASGI 3.0; the Fetch standard, for CORS.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, TypeVar

from openroots import services
from openroots.clock import Chance, Clock, Movable, Unpredictable, Wall
from openroots.gateway import access
from openroots.gateway.pipeline import Gateway
from openroots.gateway.proof import Proved, unproved
from openroots.gateway.tooling import Tooling, local_token, refused
from openroots.gateway.trail import forget_old
from openroots.gateway.wire import Answer, squeezed
from openroots.problem import Problem
from openroots.register.kept import rulebook_of
from openroots.seed import Progress, is_seeded, quiet, seed
from openroots.service import Service
from openroots.settings import Settings
from openroots.storage import Author, Json, Mark, Snapshot, Store, Terms, Unavailable
from openroots.storage.audit import Journal, Segment
from openroots.storage.closed import ClosedStore
from openroots.storage.sqlite import open_sqlite
from openroots.world import World, kept_shift

T = TypeVar("T")
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 4 << 20  # bytes, of any API; an endpoint may take less
LARGEST_HEAD = 32 << 10  # bytes of path, query and headers
SLOWEST_BODY = 15  # seconds: less than what is accepted has when the server stops
HOUSEKEEPING = timedelta(hours=1)

EXPOSED = (
    b"etag, x-request-id, x-correlation-id, x-openroots-trail, "
    b"deprecation, sunset, link, retry-after"
)
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED),
]
PREFLIGHT = [
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"*, authorization"),
    (b"access-control-max-age", b"3600"),
]


@dataclass(slots=True)
class House:
    """One world with its gateway, its pages and its tooling, open for requests.

    `site` makes the pages when the first is asked for: APIs need not wait for templates.
    """

    settings: Settings
    world: World
    gateway: Gateway
    journal: Journal
    tooling: Tooling
    site: Callable[[], Application]
    housekeeping: asyncio.Task[None]

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI door: an API, the tooling, figures, or a page."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def close(self) -> None:
        """Finish what was accepted and close the files: every commit is proved by then."""
        self.housekeeping.cancel()
        await self.journal.close()
        with suppress(Unavailable):  # then the next start looks further back
            latest = await _found(self.world.store, attrgetter("t"))
            await _keep_mark(self.world, Proved(latest, self.world.wall.now()).mark())
        await self.world.store.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if service := self.gateway.service(path):
            await _send(send, await self._api(service, scope, receive), scope)
        elif path.startswith("/_openroots/"):
            await _send(send, await self._tooling(scope, receive), scope)
        elif path == "/metrics" and scope["method"] in ("GET", "HEAD"):
            text = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
            await _send(send, Answer(200, text, self.gateway.metrics.text()), scope)
        else:
            site = await asyncio.to_thread(self.site)
            await site(scope, receive, send)

    async def _tooling(self, scope: Scope, receive: Receive) -> Answer:
        try:
            body = await _body(receive, LARGEST_BODY)
        except Problem as problem:
            return refused(problem)
        return await self.tooling.answer(scope, body)

    async def _api(self, service: Service, scope: Scope, receive: Receive) -> Answer:
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS":
            return Answer(204, PREFLIGHT, b"")
        if open_answer := self.gateway.open_answer(method, path):
            return open_answer
        raw_headers = scope["headers"]
        exchange = self.gateway.begin(service, method, path, scope["query_string"], raw_headers)
        if exchange.size > LARGEST_HEAD:
            exchange.problem = Problem("headers-too-large", limit=LARGEST_HEAD)
        elif "content-length" in exchange.headers or "transfer-encoding" in exchange.headers:
            try:
                exchange.body = await _body(receive, LARGEST_BODY)
            except Problem as problem:
                exchange.problem = problem
        answer = await self.gateway.answer(exchange)
        if "origin" in exchange.headers:
            answer.headers.extend(CORS)
        return squeezed(answer, exchange.headers.get("accept-encoding", ""))


async def open_house(
    settings: Settings,
    *,
    wall: Clock | None = None,
    chance: Chance | None = None,
    progress: Progress = quiet,
    lines: IO[bytes] | None = None,
) -> House:
    """Open the world that the settings describe, seeding it if it is new.

    `progress` is told of each step; log lines go to `lines`. Raises Unavailable where the state
    cannot be opened or written and TooNew where a later version of the program wrote it.
    """
    _make_folder(settings.state)
    found = services.find()
    terms = _terms(found)
    world = await _open_world(settings, terms, wall or Wall(), chance or Unpredictable(), progress)
    journal = Journal(Segment(settings.state / "audit" / "0.jsonl"))
    await _prove_what_a_crash_left(world.store, journal, settings.state / "audit")
    trails = settings.state / "trails"
    identify = access.KnownOnly() if settings.requires_key else access.KnownOrAnyone()
    gateway = Gateway(found, world, identify, journal, trails, lines)
    token = local_token(settings.state, world.chance)
    renewing = asyncio.Lock()

    async def renew(chosen: Settings) -> None:
        async with renewing:
            await _renew(world, chosen, terms)

    return House(
        settings,
        world,
        gateway,
        journal,
        Tooling(gateway, settings, token, journal, renew),
        cache(partial(_site, world, found, settings.ready_made)),
        asyncio.create_task(_housekeeping(world, trails)),
    )


async def _open_world(
    settings: Settings, terms: Terms, wall: Clock, chance: Chance, progress: Progress
) -> World:
    store = await _open_store(settings, terms, wall, progress)
    shift, rulebook = await _found(store, kept_shift), await _found(store, rulebook_of)
    return World(store, wall, Movable(wall, shift), chance, rulebook)


async def _found(store: Store, look: Callable[[Snapshot], T]) -> T:
    """What a look at the store finds: on a thread where that means to wait for another machine."""
    if store.inline:
        return look(store.snapshot())
    return await asyncio.to_thread(lambda: look(store.snapshot()))


def _make_folder(state: Path) -> None:
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{state}: {error.strerror}") from error


async def _open_store(settings: Settings, terms: Terms, wall: Clock, progress: Progress) -> Store:
    """The store of the settings, seeded. A file is seeded under another name, so that one of the
    right name is always whole."""
    if settings.store:
        from openroots.storage.postgres import open_postgres

        store: Store = await open_postgres(settings.store, terms)
        if not await _found(store, is_seeded):
            await seed(store, wall, settings, progress)
        return store
    path = settings.state / "openroots.db"
    if not path.exists():
        made = await _make_file(settings, terms, wall, progress)
        made.rename(path)
    return await open_sqlite(path, terms)


async def _make_file(settings: Settings, terms: Terms, wall: Clock, progress: Progress) -> Path:
    making = settings.state / "openroots.making"
    for left in settings.state.glob("openroots.making*"):
        left.unlink()
    store = await open_sqlite(making, terms)
    await seed(store, wall, settings, progress)
    await store.close()
    return making


async def _renew(world: World, settings: Settings, terms: Terms) -> None:
    """Put a store seeded afresh in the place of the one in use. What is asked in the moment
    between the two is told that the store is unavailable."""
    path = settings.state / "openroots.db"
    made = await _make_file(settings, terms, world.wall, quiet)
    old, world.store = world.store, ClosedStore()
    await old.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    made.replace(path)
    world.store = await open_sqlite(path, terms)
    world.time.shift = await _found(world.store, kept_shift)
    world.rulebook = await _found(world.store, rulebook_of)


def _site(world: World, found: list[Service], made_up: bool) -> Application:
    from openroots.pages.site import site

    return site(world, found, made_up=made_up)


def _terms(found: list[Service]) -> Terms:
    indexers = {type: index for service in found for type, index in service.indexers.items()}

    def terms(type: str, body: Json) -> list[tuple[str, str]]:
        indexer = indexers.get(type)
        return list(indexer(body)) if indexer else []

    return terms


async def _prove_what_a_crash_left(store: Store, journal: Journal, folder: Path) -> None:
    look = partial(unproved, store, folder)
    for entry in look() if store.inline else await asyncio.to_thread(look):
        await journal.keep(entry)


async def _housekeeping(world: World, trails: Path) -> None:
    """Now and then: forget what has expired, and move on from where the next start must look for
    commits without proof. What was committed a whole round ago has been proved since."""
    known = Proved()
    while True:
        now = world.wall.now()
        forget_old(trails, now)
        with suppress(Unavailable):  # a full disk, a lost server: the next round does it
            await world.store.sweep(now)
            if known.t:
                await _keep_mark(world, known.mark())
            known = Proved(await _found(world.store, attrgetter("t")), now)
        await asyncio.sleep(HOUSEKEEPING.total_seconds())


async def _keep_mark(world: World, mark: Mark) -> None:
    now = world.wall.now()
    await world.store.commit(marks=[mark], by=Author("openroots", "", "proof", "", now, now))


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises Problem for one that is too large, breaks off or comes too late."""
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
                if size > limit:
                    raise Problem("body-too-large", limit=limit)
    except TimeoutError:
        raise Problem("body-too-slow", seconds=SLOWEST_BODY) from None
    return b"".join(parts)


async def _send(send: Send, answer: Answer, scope: Scope) -> None:
    body = answer.body
    headers = [*answer.headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
