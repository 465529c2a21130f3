"""One world open for requests: the ASGI door, behind which its gateway, pages and tooling stand.

`House.application` is what an ASGI server calls. It reads and sends bytes, and knows of no API.

Source: ASGI 3.0; the Fetch standard, for CORS.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from openroots.body import NO_EXTENSIONS, Receive, Scope, announced, body_of
from openroots.delivery.dispatcher import Dispatcher
from openroots.delivery.figures import Deliveries
from openroots.gateway import discovery
from openroots.gateway.answering import mirrored
from openroots.gateway.audit_log import AuditLog
from openroots.gateway.beginning import Beginning
from openroots.gateway.exchange import Exchange
from openroots.gateway.faults.breaking import break_off
from openroots.gateway.health import failing
from openroots.gateway.metrics import Figures, text_of
from openroots.gateway.pipeline import Gateway
from openroots.gateway.reached import FORWARDED_PROTO, GIVEN_HEADERS, Reached
from openroots.gateway.tooling import live, refused
from openroots.gateway.wire import (
    GIVES_WHOLE,
    IS_HEARD,
    WORTH_GZIP,
    Answer,
    read_headers,
    squeezed,
)
from openroots.problem import Problem
from openroots.service import Service
from openroots.service.request import BENEATH
from openroots.settings import Settings
from openroots.storage import Unavailable
from openroots.storage.audit import Journal
from openroots.world import World

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_HEAD = 32 << 10  # bytes of path, query and headers
NOT_MODIFIED = 304
NO_CONTENT = (204, NOT_MODIFIED)  # they have none of their own, so nothing is said of its length
EXPOSED = (
    b"etag, location, x-request-id, x-correlation-id, x-openroots-trail, openroots-receipt, "
    b"deprecation, sunset, link, notification-id, retry-after, ratelimit, ratelimit-policy, x-next"
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

NOWHERE = Answer(400, [(b"content-type", b"text/plain; charset=utf-8")], b"* names no page")

# Where other nodes look for what is enforced: they need not know where the register's API is.
AT_THE_ROOT = {
    "/rulebook": "/standards-register/rulebook/signed",
    "/rulebook/history": "/standards-register/rulebook/history",
}


class AnswersTooling(Protocol):
    """The tooling door, or the way to it."""

    async def answer(self, scope: Scope, body: bytes) -> Answer: ...


@dataclass(slots=True)
class House:
    """One world with its gateway, its pages and its tooling, open for requests.

    `site` makes the pages when the first is asked for: APIs need not wait for templates.
    `closing` is what is to be done once all is proved. `delivery` is what delivers its events,
    where this is the one place that does. `everywhere` tells the figures of the whole world, where
    other processes serve it too.
    """

    settings: Settings
    world: World
    gateway: Gateway
    audit: AuditLog
    tooling: AnswersTooling
    site: Callable[[], Application]
    closing: Callable[[], Awaitable[None]]
    delivery: Dispatcher | None = None
    everywhere: Callable[[], Awaitable[bytes]] | None = None
    _reached: Reached = field(init=False)

    def __post_init__(self) -> None:
        own = self.settings
        self._reached = Reached(own.url, own.host, own.port, pinned=own.pinned)

    def counted(self) -> Figures:
        """What this process counted, to be added up with that of others."""
        deliveries = self.delivery.figures() if self.delivery else Deliveries()
        return self.gateway.metrics.figures(self.world.store.batched, deliveries)

    async def figures(self) -> bytes:
        """Those of the whole world, in the text format of Prometheus."""
        return await self.everywhere() if self.everywhere else text_of([self.counted()])

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
        self.world.store.hasten()
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
        else:
            await self._other(path, scope, came, receive, send)

    async def _other(
        self, path: str, scope: Scope, came: Scope, receive: Receive, send: Send
    ) -> None:
        """What is no API: the tooling, figures, or a page. Each may tell of what was answered."""
        self.gateway.note_all()
        if meant := AT_THE_ROOT.get(path):
            await self._http({**scope, "path": meant}, receive, send)
        elif path.startswith("/_openroots/"):
            await self._tell(await self._tooling(scope, receive), scope, receive, send)
        elif path == "/metrics" and scope["method"] in ("GET", "HEAD"):
            text = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
            await _send(send, Answer(200, text, await self.figures()), scope)
        elif path == "*":  # the server as a whole, of which OPTIONS alone can ask
            known = scope["method"] == "OPTIONS"
            await _send(send, Answer(204, PREFLIGHT, b"") if known else NOWHERE, scope)
        else:
            site = await asyncio.to_thread(self.site)
            whole = scope.get("root_path", "") + path  # pages make their links from both
            await site({**scope, "path": whole, GIVEN_HEADERS: came["headers"]}, receive, send)

    def _document(self, path: str, scope: Scope) -> Answer | None:
        """What clients look for at a well-known place, if it is one and there is anything."""
        if discovery.MARK not in path or scope["method"] not in ("GET", "HEAD"):
            return None
        headers = read_headers(scope["headers"])[0] | self._way(scope)
        return discovery.described(path, headers, self.gateway.services)

    async def _tooling(self, scope: Scope, receive: Receive) -> Answer:
        try:
            body = await body_of(scope, receive)
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
            headers = [*open_answer.headers, *mirrored(read_headers(scope["headers"])[0]), *CORS]
            return await _send(send, open_answer._replace(headers=headers), scope)
        exchange = gateway.begin(service, method, path, scope["query_string"], scope["headers"])
        await self._take_in(exchange, scope, receive)
        answer = await gateway.decided(exchange)
        try:
            await self._give_out(exchange, answer, scope, receive, send)
        except BaseException:  # as at the end of all: there may be no turn after this
            gateway.note(exchange, answer)
            raise
        gateway.note_soon(exchange, answer)  # the client need not wait for that
        return None

    async def _take_in(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        """What is said of the request beside its headers, and its body where it has one."""
        headers = exchange.headers
        headers.update(self._way(scope))
        if exchange.size > LARGEST_HEAD:
            exchange.problem = Problem("headers-too-large", limit=LARGEST_HEAD)
        elif "content-length" in headers or "transfer-encoding" in headers:
            exchange.is_heard = scope.get("extensions", NO_EXTENSIONS).get(IS_HEARD)
            try:
                exchange.body = await body_of(scope, receive, announced(exchange.headers))
            except Problem as problem:
                exchange.problem = problem

    def _way(self, scope: Scope) -> dict[str, str]:
        """What is known of the way by which a request came, whatever its headers say of it."""
        beneath = scope.get("root_path")
        way = {BENEATH: beneath} if beneath else {}
        if self.settings.tls:  # there is no proxy in front that would say so
            way[FORWARDED_PROTO] = scope["scheme"]
        return way

    async def _give_out(
        self, exchange: Exchange, answer: Answer, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if exchange.lost:
            return await break_off(receive, send)
        if "origin" in exchange.headers:
            answer.headers.extend(CORS)
        if len(answer.body) >= WORTH_GZIP or answer.status == NOT_MODIFIED:
            answer = squeezed(answer, exchange.headers.get("accept-encoding", ""))
        return await _send(send, answer, scope)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _send(send: Send, answer: Answer, scope: Scope) -> None:
    status, headers, body = answer
    if status not in NO_CONTENT:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    if scope["method"] == "HEAD":
        body = b""
    give = scope.get("extensions", NO_EXTENSIONS).get(GIVES_WHOLE)
    if give is None or not give(Answer(status, headers, body)):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
