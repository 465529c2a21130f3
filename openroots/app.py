"""The composition root: from settings to an ASGI application with everything behind it.

Only here are modes chosen, files opened and the parts of the house put together. `open_house`
opens a world with its gateway; `House.application` is the door that an ASGI server calls.

    state/openroots.db      the store         state/trails/    what `why` reads
    state/audit/0.jsonl     the audit log     state/token      opens the tooling door

Source: ASGI 3.0; the Fetch standard, for CORS.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Protocol

from openroots import opening, services
from openroots.clock import Chance, Clock, Unpredictable, Wall
from openroots.gateway import access, products
from openroots.gateway.effect import Forgotten, Kept
from openroots.gateway.faults import Faults
from openroots.gateway.metrics import Metrics
from openroots.gateway.pipeline import Gateway, Step
from openroots.gateway.proof import Proved, unproved
from openroots.gateway.quota import Counter, InMemory, Quota
from openroots.gateway.tooling import Tooling, local_token, refused
from openroots.gateway.trail import forget_old
from openroots.gateway.wire import Answer, squeezed
from openroots.opening import deriving_of, found_in, look_again, open_world, renew, world_of
from openroots.problem import Problem
from openroots.seed import Progress, quiet
from openroots.service import Service
from openroots.settings import Settings
from openroots.storage import Author, Mark, Unavailable
from openroots.storage.audit import Journal, Segment
from openroots.storage.sqlite_writer import Writer
from openroots.world import World

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
    b"deprecation, sunset, link, retry-after, ratelimit, ratelimit-policy"
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


class AnswersTooling(Protocol):
    """The tooling door, or the way to it."""

    async def answer(self, scope: Scope, body: bytes) -> Answer: ...


@dataclass(slots=True)
class House:
    """One world with its gateway, its pages and its tooling, open for requests.

    `site` makes the pages when the first is asked for: APIs need not wait for templates.
    `figures` are those of the whole world; `closing` is what is to be done once all is proved.
    """

    settings: Settings
    world: World
    gateway: Gateway
    journal: Journal
    tooling: AnswersTooling
    site: Callable[[], Application]
    figures: Callable[[], Awaitable[bytes]]
    closing: Callable[[], Awaitable[None]]

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI door: an API, the tooling, figures, or a page."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def close(self) -> None:
        """Finish what was accepted and close the files: every commit is proved by then."""
        await self.journal.close()
        await self.closing()
        await self.world.store.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if service := self.gateway.service(path):
            await _send(send, await self._api(service, scope, receive), scope)
        elif path.startswith("/_openroots/"):
            await _send(send, await self._tooling(scope, receive), scope)
        elif path == "/metrics" and scope["method"] in ("GET", "HEAD"):
            text = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
            await _send(send, Answer(200, text, await self.figures()), scope)
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
        if self.settings.tls:  # there is no proxy in front that would say so
            exchange.headers["x-forwarded-proto"] = scope["scheme"]
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
    faults: Faults | None = None,
) -> House:
    """Open the world that the settings describe, seeding it if it is new.

    `progress` is told of each step; log lines go to `lines`; `faults` strike in a made-up world
    only. Raises Unavailable where the state
    cannot be opened or written and TooNew where a later version of the program wrote it.
    """
    found = services.find()
    deriving = deriving_of(found)
    times = wall or Wall(), chance or Unpredictable()
    world = await open_world(settings, deriving, *times, progress)
    await _offer(world, found)
    audit = settings.state / "audit"
    cut_torn_lines(audit)
    journal = Journal(Segment(audit / "0.jsonl"))
    await prove_what_was_left(world, journal, audit)
    gateway = _gateway(settings, found, world, journal, lines, faults)
    token = local_token(settings.state, world.chance)
    renewing = asyncio.Lock()

    async def renew_world(chosen: Settings) -> None:
        async with renewing:
            await renew(world, chosen, deriving)

    housekeeping = asyncio.create_task(_housekeeping(world, settings.state / "trails"))
    return House(
        settings,
        world,
        gateway,
        journal,
        Tooling(gateway, settings, token, journal, renew_world),
        cache(partial(_site, world, found, settings)),
        partial(_own_figures, gateway),
        partial(_all_is_proved, world, housekeeping),
    )


async def open_part(
    settings: Settings,
    number: int,
    writer: Writer,
    tooling: AnswersTooling,
    figures: Callable[[], Awaitable[bytes]],
    counter: Counter,
) -> House:
    """The house as one of several processes that serve the same world: see `workers`.

    It has a segment of the audit log of its own; what is for the whole world is done elsewhere.
    """
    found = services.find()
    store = await opening.open_part(settings, deriving_of(found), writer)
    world = await world_of(store, Wall(), Unpredictable(), settings.state / opening.KEYS)
    journal = Journal(Segment(settings.state / "audit" / f"{number}.jsonl"))
    lines = sys.stderr.buffer if settings.log == "text" else None
    gateway = _gateway(settings, found, world, journal, lines, None, counter)
    site = cache(partial(_site, world, found, settings))
    return House(settings, world, gateway, journal, tooling, site, figures, _nothing_more)


async def reopen(house: House, writer: Writer) -> None:
    """Have a part of the house use the file that took the place of the one it has open."""
    world, old = house.world, house.world.store
    world.store = await opening.open_part(house.settings, deriving_of(services.find()), writer)
    await old.close()
    await look_again(world)


def _gateway(
    settings: Settings,
    found: list[Service],
    world: World,
    journal: Journal,
    lines: IO[bytes] | None,
    faults: Faults | None,
    counter: Counter | None = None,
) -> Gateway:
    identify = access.KnownOnly() if settings.requires_key else access.KnownOrAnyone()
    effect = Forgotten() if settings.stateless else Kept()
    added = _added_steps(settings, faults, counter or InMemory())
    trails = settings.state / "trails"
    return Gateway(found, world, identify, journal, trails, lines, added, effect)


async def _own_figures(gateway: Gateway) -> bytes:
    total = Metrics()
    total.add(gateway.metrics.figures(gateway.world.store.batched))
    return total.text()


async def _nothing_more() -> None:
    """Whoever has the whole world does the rest."""


async def _all_is_proved(world: World, housekeeping: "asyncio.Task[None]") -> None:
    """Note up to where every commit has its entry, for the next start."""
    housekeeping.cancel()
    with suppress(Unavailable):  # then the next start looks further back
        latest = await found_in(world.store, attrgetter("t"))
        await _keep_mark(world, Proved(latest, world.wall.now()).mark())


def _added_steps(settings: Settings, faults: Faults | None, counter: Counter) -> list[Step]:
    """What stands between knowing who asks and permitting it, in the mode of these settings."""
    limits: list[Step] = [Quota(counter)] if settings.limited else []
    return [*limits, faults] if faults and settings.troubled else limits


def _site(world: World, found: list[Service], settings: Settings) -> Application:
    from openroots.pages.site import site

    return site(world, found, made_up=settings.ready_made, kept=not settings.stateless)


def cut_torn_lines(audit: Path) -> None:
    """Cut off what a crash left half written at the end of each segment."""
    for path in audit.glob("*.jsonl"):
        Segment(path).close()


async def prove_what_was_left(world: World, journal: Journal, audit: Path, run: str = "") -> None:
    """Audit the commits that a crash left without an entry: all, or those of one gateway's run."""
    look = partial(unproved, world.store, audit, run)
    for entry in look() if world.store.inline else await asyncio.to_thread(look):
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
            known = Proved(await found_in(world.store, attrgetter("t")), now)
        await asyncio.sleep(HOUSEKEEPING.total_seconds())


async def _offer(world: World, found: list[Service]) -> None:
    """Make the products of services that an earlier version of the program did not have."""
    if changes := await found_in(world.store, partial(products.missing, found)):
        now = world.wall.now()
        by = Author("openroots", "", "products", "", now, now)
        await world.store.commit(changes, by=by)


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
