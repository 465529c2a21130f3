"""The composition root: from settings to an ASGI application with everything behind it.

Only here are modes chosen, files opened and the parts of the house put together. `open_house`
opens a world with its gateway; `House.application` is the door that an ASGI server calls.

    state/openroots.db      the store         state/trails/    what `why` reads
    state/audit/0.jsonl     the audit log     state/token      opens the tooling door

Source: ASGI 3.0; the Fetch standard, for CORS.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Protocol

from openroots import opening, services
from openroots.clock import Chance, Clock, Unpredictable, Wall
from openroots.delivering import dispatcher_of
from openroots.delivery.addresses import is_public, is_public_or_own
from openroots.delivery.dispatcher import Dispatcher, Waiter
from openroots.fhir.added import PACKAGES, Added
from openroots.gateway import access, discovery, products
from openroots.gateway.audit_log import AuditLog, WholeLog, deeds_of
from openroots.gateway.beginning import Beginning
from openroots.gateway.carrying import Carrier, end
from openroots.gateway.counting import count_trails
from openroots.gateway.effect import Forgotten, Kept
from openroots.gateway.exchange import Exchange
from openroots.gateway.faults import Faults
from openroots.gateway.faults.breaking import break_off
from openroots.gateway.health import failing
from openroots.gateway.hydration import Hydration
from openroots.gateway.metrics import Metrics
from openroots.gateway.noticing import Noticing
from openroots.gateway.pipeline import Gateway, Step
from openroots.gateway.proof import Proved, unproved
from openroots.gateway.quota import Counter, InMemory, Quota
from openroots.gateway.reached import GIVEN_HEADERS, Reached
from openroots.gateway.recorder import Recorder
from openroots.gateway.tooling import Tooling, live, local_token, refused
from openroots.gateway.tooling.desk import Prune, Renew
from openroots.gateway.wire import WORTH_GZIP, Answer, read_headers, squeezed
from openroots.opening import deriving_of, found_in, look_again, open_world, renew, world_of
from openroots.problem import Problem
from openroots.pruning import pruned
from openroots.ready_made import APPLICATIONS
from openroots.register import kept_agreements
from openroots.register.carried import Source
from openroots.seed import Progress, quiet
from openroots.service import BENEATH, Service
from openroots.settings import Settings
from openroots.storage import Author, Mark, Unavailable
from openroots.storage.audit import Journal
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
COUNTING = timedelta(minutes=1)
PULLING = timedelta(minutes=1)

EXPOSED = (
    b"etag, location, x-request-id, x-correlation-id, x-openroots-trail, openroots-receipt, "
    b"deprecation, sunset, link, notification-id, retry-after, ratelimit, ratelimit-policy"
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


@dataclass(frozen=True, slots=True)
class Beside:
    """What is different of a house that stands beside others in one process: the path beneath
    which it answers, whence it takes a store afresh, and how its delivery passes the time."""

    path: str = ""
    make: opening.Make | None = None
    wait: Waiter = asyncio.sleep


ALONE = Beside()


class AnswersTooling(Protocol):
    """The tooling door, or the way to it."""

    async def answer(self, scope: Scope, body: bytes) -> Answer: ...


@dataclass(slots=True)
class House:
    """One world with its gateway, its pages and its tooling, open for requests.

    `site` makes the pages when the first is asked for: APIs need not wait for templates.
    `figures` are those of the whole world; `closing` is what is to be done once all is proved.
    `delivery` is what delivers its events, where this is the one place that does.
    """

    settings: Settings
    world: World
    gateway: Gateway
    audit: AuditLog
    tooling: AnswersTooling
    site: Callable[[], Application]
    figures: Callable[[], Awaitable[bytes]]
    closing: Callable[[], Awaitable[None]]
    delivery: Dispatcher | None = None
    _reached: Reached = field(init=False)

    def __post_init__(self) -> None:
        own = self.settings
        self._reached = Reached(own.url, own.host, own.port, pinned=own.pinned)

    @property
    def journal(self) -> Journal:
        """What writes its audit entries, trails and log lines."""
        return self.audit.journal

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI door: an API, the tooling, figures, or a page."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    def hasten(self) -> None:
        """Have what waits for something to happen be answered at once: the house will close."""
        self.world.ending = True
        if self.gateway.recorder is not None:
            self.gateway.recorder.ended.set()

    async def close(self) -> None:
        """Finish what was accepted and close the files: every commit is proved by then."""
        if self.delivery is not None:
            await self.delivery.close()
        await self.audit.close()
        await self.closing()
        await self.world.store.close()

    async def begin(self) -> str:
        """The path of the page by which a first administrator arises, good for an hour; "" where
        there is one, or where all people are made up and nobody need be trusted."""
        if self.settings.ready_made:
            return ""
        with suppress(Unavailable):  # a full disk: the next start makes one
            if code := await Beginning(self.world, self.journal).offer():
                return f"/begin/{code}"
        return ""

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        came = scope
        if not path.startswith("/_openroots/"):  # which looks at the Host header itself
            scope = self._reached.told(scope)
        if document := self._document(path, scope):
            await _send(send, document, scope)
        elif service := self.gateway.service(path):
            await self._api(service, scope, receive, send)
        elif path.startswith("/_openroots/"):
            await self._tell(await self._tooling(scope, receive), scope, receive, send)
        elif path == "/metrics" and scope["method"] in ("GET", "HEAD"):
            text = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
            await _send(send, Answer(200, text, await self.figures()), scope)
        else:
            site = await asyncio.to_thread(self.site)
            whole = scope.get("root_path", "") + path  # pages make their links from both
            await site({**scope, "path": whole, GIVEN_HEADERS: came["headers"]}, receive, send)

    def _document(self, path: str, scope: Scope) -> Answer | None:
        """What clients look for at a well-known place, if it is one and there is anything."""
        if discovery.MARK not in path or scope["method"] not in ("GET", "HEAD"):
            return None
        headers = read_headers(scope["headers"])[0] | {BENEATH: scope.get("root_path", "")}
        return discovery.described(path, headers, self.gateway.services)

    async def _tooling(self, scope: Scope, receive: Receive) -> Answer:
        try:
            body = await _body(receive, LARGEST_BODY)
        except Problem as problem:
            return refused(problem)
        return await self.tooling.answer(scope, body)

    async def _tell(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """The tooling's answer; where it says that requests can be told as they come, those."""
        recorder = self.gateway.recorder
        if recorder is not None and scope["path"] == live.PATH and answer.status == 200:
            await live.tell(recorder, live.last_heard_of(scope), receive, send)
        else:
            await _send(send, answer, scope)

    async def _api(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        method, path, gateway = scope["method"], scope["path"], self.gateway
        if method == "OPTIONS":
            return await _send(send, Answer(204, PREFLIGHT, b""), scope)
        if open_answer := gateway.open_answer(method, path):
            open_answer = await failing(path, service, self.world.store) or open_answer
            allowed = open_answer._replace(headers=[*open_answer.headers, *CORS])
            return await _send(send, allowed, scope)
        exchange = gateway.begin(service, method, path, scope["query_string"], scope["headers"])
        await self._take_in(exchange, scope, receive)
        answer = await gateway.decided(exchange)
        try:
            await self._give_out(exchange, answer, scope, receive, send)
        finally:
            gateway.note(exchange, answer)  # the client need not wait for that
        return None

    async def _take_in(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        """What is said of the request beside its headers, and its body where it has one."""
        headers = exchange.headers
        if beneath := scope.get("root_path"):
            headers[BENEATH] = beneath
        if self.settings.tls:  # there is no proxy in front that would say so
            headers["x-forwarded-proto"] = scope["scheme"]
        if exchange.size > LARGEST_HEAD:
            exchange.problem = Problem("headers-too-large", limit=LARGEST_HEAD)
        elif "content-length" in headers or "transfer-encoding" in headers:
            try:
                exchange.body = await _body(receive, LARGEST_BODY, _announced(exchange.headers))
            except Problem as problem:
                exchange.problem = problem

    async def _give_out(
        self, exchange: Exchange, answer: Answer, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if exchange.lost:
            return await break_off(receive, send)
        if "origin" in exchange.headers:
            answer.headers.extend(CORS)
        if len(answer.body) >= WORTH_GZIP:
            answer = squeezed(answer, exchange.headers.get("accept-encoding", ""))
        return await _send(send, answer, scope)


async def open_house(
    settings: Settings,
    *,
    wall: Clock | None = None,
    chance: Chance | None = None,
    progress: Progress = quiet,
    lines: IO[bytes] | None = None,
    faults: Faults | None = None,
    beside: Beside = ALONE,
) -> House:
    """Open the world that the settings describe, seeding it if it is new.

    `progress` is told of each step; log lines go to `lines`; `faults` strike in a made-up world
    only. Raises Unavailable where the state
    cannot be opened or written and TooNew where a later version of the program wrote it.
    """
    found = _served(settings)
    deriving = deriving_of(found)
    times = wall or Wall(), chance or Unpredictable()
    world = await open_world(settings, deriving, *times, progress)
    await _offer(world, found)
    carrier = await _carrier(settings, world)
    audit = WholeLog(settings.state, world.keys, world.wall)
    await prove_what_was_left(world, audit.journal, audit.folder)
    gateway = _gateway(settings, found, world, audit, lines, faults)
    gateway.carrier = carrier
    token = local_token(settings.state, world.chance)
    renew_world = _renewing(world, deriving, beside, carrier)
    prune = partial(pruned, settings, world, audit)
    housekeeping = asyncio.create_task(_housekeeping(settings, world, carrier, prune))
    tooling = Tooling(gateway, settings, token, audit.journal, renew_world, prune)
    return House(
        settings,
        world,
        gateway,
        audit,
        tooling,
        cache(partial(_site, gateway, settings, audit.journal, tooling)),
        partial(_own_figures, gateway),
        partial(_all_is_proved, world, housekeeping),
        _delivery(settings, gateway, audit, beside),
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
    found = _served(settings)
    store = await opening.open_part(settings, deriving_of(found), writer)
    world = await world_of(store, Wall(), Unpredictable(), settings.state / opening.KEYS)
    audit = AuditLog(settings.state, number, world.keys)
    lines = sys.stderr.buffer if settings.log == "text" else None
    gateway = _gateway(settings, found, world, audit, lines, None, counter)
    site = cache(partial(_site, gateway, settings, audit.journal, tooling))
    return House(settings, world, gateway, audit, tooling, site, figures, _nothing_more)


async def reopen(house: House, writer: Writer) -> None:
    """Have a part of the house use the file that took the place of the one it has open."""
    world, old = house.world, house.world.store
    world.store = await opening.open_part(house.settings, deriving_of(services.find()), writer)
    await old.close()
    await look_again(world)


def _served(settings: Settings) -> list[Service]:
    """The services of a world: those for made-up people only where all are."""
    return [one for one in services.find() if settings.ready_made or not one.made_up]


def _gateway(
    settings: Settings,
    found: list[Service],
    world: World,
    audit: AuditLog,
    lines: IO[bytes] | None,
    faults: Faults | None,
    counter: Counter | None = None,
) -> Gateway:
    audit.looks.deeds = deeds_of(found)
    identify = access.KnownOnly() if settings.requires_key else access.KnownOrAnyone()
    effect = Forgotten() if settings.stateless else Kept()
    added = _added_steps(settings, (faults or Faults()).watch(world), counter or InMemory())
    trails = settings.state / "trails"
    gateway = Gateway(
        found,
        world,
        identify,
        audit.journal,
        trails,
        lines,
        added,
        effect,
        audit.looks,
        settings.explains_all,
    )
    gateway.recorder = Recorder(world) if settings.recorded else None
    gateway.given.packages = Added(settings.state / PACKAGES)
    return gateway


def _delivery(
    settings: Settings, gateway: Gateway, audit: AuditLog, beside: Beside
) -> Dispatcher | None:
    """What delivers events: nothing, where nothing is kept. A developer's webhooks may be on this
    machine."""
    if settings.stateless:
        return None
    origin = f"{settings.url or f'http://{settings.host}:{settings.port}'}{beside.path}"
    permit = is_public_or_own if settings.ready_made else is_public
    prove, alone = audit.journal.keep, not settings.store
    faults = next((step for step in gateway.steps if isinstance(step, Faults)), None)
    troubles = faults.of_signal if faults else None
    hydrate = Hydration(gateway, origin, permit).found
    made = dispatcher_of(
        gateway.world,
        origin,
        permit,
        prove,
        beside.wait,
        alone=alone,
        troubles=troubles,
        hydrate=hydrate,
    )
    return made.start()


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


def _added_steps(settings: Settings, faults: Faults, counter: Counter) -> list[Step]:
    """What stands between knowing who asks and permitting it, in the mode of these settings."""
    limits: list[Step] = [Quota(counter)] if settings.limited else []
    return [*limits, faults] if settings.troubled else limits


def _site(
    gateway: Gateway, settings: Settings, journal: Journal, tooling: AnswersTooling
) -> Application:
    from openroots.pages.site import site

    made_up = settings.ready_made
    known = APPLICATIONS if made_up else ()
    begins = None if made_up else Beginning(gateway.world, journal)
    return site(gateway, known, begins, tooling, made_up=made_up, kept=not settings.stateless)


async def prove_what_was_left(world: World, journal: Journal, audit: Path, run: str = "") -> None:
    """Audit the commits that a crash left without an entry: all, or those of one gateway's run."""
    look = partial(unproved, world.store, audit, run)
    for entry in look() if world.store.inline else await asyncio.to_thread(look):
        await journal.keep(entry)


async def _counting(world: World, trails: Path) -> None:
    """Every minute: count who meets which standard, from what the trails say, and tell suppliers
    of what has come by the world's time."""
    noticing = Noticing()
    while True:
        await asyncio.sleep(COUNTING.total_seconds())
        with suppress(Unavailable, OSError):
            await count_trails(world, trails)
            await noticing.look(world)


async def _carrier(settings: Settings, world: World) -> Carrier | None:
    """What carries another node's rulebook here, once there is one in force; None where the world
    goes by its own."""
    if not settings.rulebook:
        await end(world)
        return None
    carrier = Carrier(world, Source.of(settings.rulebook))
    try:
        await carrier.begin()
    except BaseException:
        await world.store.close()
        raise
    return carrier


def _renewing(
    world: World, deriving: opening.Deriving, beside: Beside, carrier: Carrier | None
) -> Renew:
    """What drops a world and seeds it again, one after the other; what it carries stays."""
    turns = asyncio.Lock()

    async def renew_world(chosen: Settings) -> None:
        async with turns:
            kept = await carrier.kept() if carrier else None
            await renew(world, chosen, deriving, beside.make)
            if carrier and kept:
                await carrier.keep(kept)

    return renew_world


async def _pulling(carrier: Carrier) -> None:
    """Every minute: take over what the other node has published since."""
    while True:
        with suppress(Unavailable):  # a full disk: the next round does it
            await carrier.pull()
        await asyncio.sleep(PULLING.total_seconds())


async def _housekeeping(
    settings: Settings, world: World, carrier: Carrier | None, prune: Prune
) -> None:
    """Now and then: forget what has expired, and move on from where the next start must look for
    commits without proof. What was committed a whole round ago has been proved since."""
    trails, known = settings.state / "trails", Proved()
    rounds = [_pulling(carrier)] if carrier else []
    rounds += [] if settings.stateless else [_counting(world, trails)]
    beside = [asyncio.create_task(one) for one in rounds]
    try:
        await _kept_in_order(world, prune, known)
    finally:
        for task in beside:
            task.cancel()


async def _kept_in_order(world: World, prune: Prune, known: Proved) -> None:
    while True:
        now = world.wall.now()
        with suppress(Unavailable, OSError):  # a full disk, a lost server: the next round does it
            await prune()
        with suppress(Unavailable):
            await world.store.sweep(now)
            if known.t:
                await _keep_mark(world, known.mark())
            known = Proved(await found_in(world.store, attrgetter("t")), now)
        await asyncio.sleep(HOUSEKEEPING.total_seconds())


async def _offer(world: World, found: list[Service]) -> None:
    """Make the products of services, and the founding agreements, that an earlier version of the
    program did not have."""
    changes = await found_in(world.store, partial(products.missing, found))
    if changes := [*changes, *await found_in(world.store, kept_agreements.missing)]:
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


def _announced(headers: Mapping[str, str]) -> int:
    """How many bytes the request says that its body has; 0 where it does not say."""
    length = headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


async def _body(receive: Receive, limit: int, announced: int = 0) -> bytes:
    """The whole body. Raises Problem for one that is too large, breaks off or comes too late."""
    if announced > limit:  # a client that waits to be told to go on need not send it
        raise Problem("body-too-large", limit=limit)
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
