"""What happens to a request, top to bottom.

`Gateway.answer` takes an exchange through a tuple of steps. Each is one function, leaves what it
found in the exchange and a line in its trail, or raises Problem; then the steps that are left are
skipped and the problem is told in the dialect of the API that was asked. One breakpoint in
`answer` shows everything.

    arrive     is it here whole              permit   may they; what may they see
    match      which endpoint                judge    what standards say of the request
    read       headers and parameters        decide   handle, judge what is written, commit
    identify   who asks                      prove    an audit entry, on disk

Between identify and permit stand the steps that `app.py` adds: limits, faults.

For `app.py`, pages, the command and tests, which all come in by this door.

Source: house rules of OpenRoots; the order of checks is that of the published APIs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO

import orjson

from openroots.clock import stopwatch
from openroots.gateway import policy, repeats, standards
from openroots.gateway.access import how_known
from openroots.gateway.effect import Effect, Kept
from openroots.gateway.exchange import Exchange
from openroots.gateway.health import open_answers
from openroots.gateway.metrics import Metrics
from openroots.gateway.routes import Router
from openroots.gateway.trail import Trail, covered, explained, file_of
from openroots.gateway.wire import (
    Answer,
    RawHeaders,
    media_type,
    read_body,
    read_headers,
    read_query,
)
from openroots.problem import Json, Problem
from openroots.service import Access, Caller, Endpoint, Reply, Request, Service
from openroots.storage import Author, Conflict, Snapshot, Unavailable
from openroots.storage.audit import Journal
from openroots.world import World

Identify = Callable[[dict[str, str], Endpoint, Snapshot, datetime], Caller]
Step = Callable[[Exchange], Awaitable[None] | None]

ATTEMPTS = 5  # at a commit that others get in the way of
log = logging.getLogger(__name__)


class Gateway:
    """The services of one world, behind one door."""

    def __init__(
        self,
        services: Iterable[Service],
        world: World,
        identify: Identify,
        journal: Journal,
        trails: Path,
        lines: IO[bytes] | None = None,
        added: Sequence[Step] = (),
        effect: Effect | None = None,
    ) -> None:
        self.services = tuple(services)
        self.world = world
        self.metrics = Metrics()
        self._router = Router(self.services)
        self._failures = {service.name: service.failures for service in self.services}
        self._open_answers = open_answers(self.services)
        self._media_types = {
            service.dialect.name: (b"content-type", service.dialect.media_type.encode())
            for service in self.services
        }
        self._identify = identify
        self._journal = journal
        self._trails = trails
        self._day, self._day_file = date.min, trails
        self._lines = lines
        self._effect = effect or Kept()
        self.run = world.chance.bytes(4).hex()
        self._count = 0
        self.steps: tuple[Step, ...] = (
            self.arrive,
            self.match,
            self.read,
            self._waited(self.identify),
            *added,
            self._waited(self.permit),
            self.judge,
            self.decide,
            self.prove,
        )

    def service(self, path: str) -> Service | None:
        """The service that this path belongs to, or None."""
        return self._router.service(path)

    def open_answer(self, method: str, path: str) -> Answer | None:
        """The answer of `_ping` and the like, which need no header and leave no trail."""
        return self._open_answers.get(path) if method in ("GET", "HEAD") else None

    def begin(
        self,
        service: Service,
        method: str,
        path: str,
        raw_query: bytes = b"",
        raw_headers: RawHeaders = (),
        body: bytes = b"",
    ) -> Exchange:
        """An exchange at its beginning, with a trail of its own."""
        wall = self.world.wall.now()
        self._count += 1
        trail = Trail(f"{int(wall.timestamp()):08x}{self.run}{self._count & 0xFFFFFFFF:08x}")
        headers, repeated, size = read_headers(raw_headers)
        return Exchange(
            method=method,
            path=path,
            raw_query=raw_query,
            headers=headers,
            repeated=repeated,
            body=body,
            service=service,
            trail=trail,
            wall=wall,
            time=wall + self.world.time.shift,
            started=stopwatch(),
            size=size + len(path) + len(raw_query),
        )

    async def answer(self, exchange: Exchange) -> Answer:
        """Take the exchange through all steps, and give what goes on the wire."""
        try:
            for step in self.steps:
                if (waiting := step(exchange)) is not None:
                    await waiting
        except Problem as problem:
            await self._refuse(exchange, problem)
        except Unavailable as error:
            exchange.trail.add("store", "unavailable", type(error).__name__)
            await self._refuse(exchange, Problem("unavailable"), proved=False)
        except Exception:
            log.exception("defect, trail %s", exchange.trail.id)
            await self._refuse(exchange, Problem("internal", trail=exchange.trail.id))
        answer = self._encode(exchange)
        self._note(exchange, answer)
        return answer

    def arrive(self, exchange: Exchange) -> None:
        """Whether the request came through the door whole."""
        if exchange.problem is not None:
            raise exchange.problem

    def match(self, exchange: Exchange) -> None:
        """Which endpoint is asked."""
        service, path = exchange.service, exchange.path
        route = self._router.find(service, path)
        if route is None:
            raise Problem("path-unknown", path=path[len(service.base) :] or "/")
        method = "GET" if exchange.method == "HEAD" else exchange.method
        endpoint = route.endpoints.get(method)
        if endpoint is None:
            allowed = ", ".join(route.endpoints)
            path = next(iter(route.endpoints.values())).path
            raise Problem("method-unknown", method=method, allowed=allowed, path=path)
        exchange.endpoint, exchange.params = endpoint, route.params
        exchange.trail.add("route", endpoint.id)

    def read(self, exchange: Exchange) -> None:
        """Whether headers, parameters and body are in form, in the order that this API checks."""
        endpoint = _endpoint(exchange)
        if exchange.repeated:
            raise Problem("header-repeated", header=exchange.repeated)
        exchange.query = read_query(exchange.raw_query)
        if endpoint.opening:
            request = self._request(exchange)
            for check in endpoint.opening:
                check(request)
        for rule in endpoint.rules:
            rule.check(exchange.headers)
        exchange.trail.add("form", "headers and parameters are well formed")

    def identify(self, exchange: Exchange) -> None:
        """Who asks."""
        if exchange.caller is None:
            db, endpoint = self.world.store.snapshot(), _endpoint(exchange)
            exchange.caller = self._identify(exchange.headers, endpoint, db, exchange.wall)
            words = how_known(exchange.headers, exchange.caller)
        else:
            words = f"{exchange.caller.application} ({exchange.caller.access}): from within"
        exchange.trail.add("caller", words)

    def permit(self, exchange: Exchange) -> None:
        """May they, and what may they see."""
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        policy.permit(caller, endpoint, exchange.params)
        exchange.scope = policy.scope_of(caller, self.world.store)
        exchange.trail.add("policy", f"permitted: {caller.access}")

    def judge(self, exchange: Exchange) -> None:
        """What the standards in force say of the request itself."""
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        rulebook = self.world.rulebook
        exchange.rules = rulebook.rules(endpoint.service.name, endpoint.name, caller.setting)
        standards.judge_request_of(exchange)

    def decide(self, exchange: Exchange) -> Awaitable[None] | None:
        """The service's answer and its commit. A plain read has nothing to wait for."""
        self._read_body(exchange)
        request = self._request(exchange)
        if not self._inline(request):
            return self._decide_elsewhere(exchange, request)
        self._handle(exchange, request)
        return self._commit(exchange, request) if _reply(exchange).writes else None

    async def prove(self, exchange: Exchange) -> None:
        """An audit entry on disk before the answer leaves: whoever's data it holds."""
        await self._journal.keep(self._entry(exchange))
        exchange.trail.add("audit", "on disk")

    def _waited(self, step: Step) -> Step:
        """The step as it is where the store answers at once, else on a thread of its own."""
        if self.world.store.inline:
            return step
        return lambda exchange: asyncio.to_thread(step, exchange)  # type: ignore[arg-type]

    def _inline(self, request: Request) -> bool:
        return self.world.store.inline and not request.endpoint.scans

    async def _decide_elsewhere(self, exchange: Exchange, request: Request) -> None:
        await asyncio.to_thread(self._handle, exchange, request)
        if _reply(exchange).writes:
            await self._commit(exchange, request)

    def _handle(self, exchange: Exchange, request: Request) -> None:
        """Have the service decide, on a fresh snapshot. What it refuses may have been asked before
        and done: then its first answer is given again."""
        db = self.world.store.snapshot(exchange.scope)
        try:
            handler = self._effect.handler(request.endpoint)
            exchange.reply = reply = handler(request, db)
        except Problem as problem:
            # A refusal can tell of what was read: whose it was is proved as for any answer.
            exchange.subjects = _whose(problem, db)
            if not self._answered_before(exchange, db):
                raise
            return
        exchange.caller = reply.caller or exchange.caller
        changed = [change.subject for change in reply.changes if change.subject]
        exchange.subjects = tuple(dict.fromkeys((*_whose(reply, db), *changed)))
        exchange.trail.add("handle", "answered")

    def _answered_before(self, exchange: Exchange, db: Snapshot) -> bool:
        first = self._effect.first_reply(exchange, db)
        if first is None:
            return False
        exchange.reply, exchange.subjects = first, tuple(dict.fromkeys(db.seen))
        exchange.trail.add("handle", "the first answer again")
        return True

    async def _commit(self, exchange: Exchange, request: Request) -> None:
        """Keep what the service decided; where others were first, have it decide afresh."""
        found = exchange.findings
        for _ in range(ATTEMPTS):
            try:
                return await self._commit_once(exchange)
            except Conflict:
                exchange.findings = found
                if await asyncio.to_thread(self._answered_meanwhile, exchange):
                    return None
                # A client that named a version is told: it must look at what the others did.
                if "if-match" in exchange.headers:
                    break
                exchange.trail.add("commit", "others were first: decided again")
                await asyncio.to_thread(self._handle, exchange, request)
        raise Problem("conflict")

    def _answered_meanwhile(self, exchange: Exchange) -> bool:
        return self._answered_before(exchange, self.world.store.snapshot(exchange.scope))

    async def _commit_once(self, exchange: Exchange) -> None:
        reply = _reply(exchange)
        standards.judge_written(exchange, reply)
        author = self._author(exchange)
        exchange.t = await self._effect.commit(exchange, reply, self.world.store, author)
        if exchange.t is None:
            exchange.trail.add("commit", "nothing is kept here, and no signal is given")
            return
        told = ", ".join(signal.type for signal in reply.signals) or "none"
        exchange.trail.add("commit", f"t {exchange.t}; signals: {told}")

    def _read_body(self, exchange: Exchange) -> None:
        endpoint = _endpoint(exchange)
        if not endpoint.takes:
            return
        if len(exchange.body) > endpoint.largest:
            raise Problem("body-too-large", limit=endpoint.largest)
        given = media_type(exchange.headers)
        if given not in endpoint.takes:
            raise Problem(endpoint.body_type, given=given, wanted=endpoint.takes[0])
        exchange.parsed = read_body(exchange.body, given)

    def _request(self, exchange: Exchange) -> Request:
        return Request(
            endpoint=_endpoint(exchange),
            params=exchange.params,
            headers=exchange.headers,
            caller=exchange.caller or NOBODY,
            time=exchange.time,
            chance=self.world.chance.bytes,
            query=exchange.query,
            body=exchange.parsed,
        )

    def _author(self, exchange: Exchange) -> Author:
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        return Author(
            caller.application,
            caller.ods_code,
            endpoint.id,
            exchange.trail.id,
            exchange.wall,
            exchange.time,
        )

    async def _refuse(self, exchange: Exchange, problem: Problem, *, proved: bool = True) -> None:
        """Put the problem in the reply's place, and prove that it was asked, where it is known by
        whom; where that cannot be proved either, the answer is that the service is unavailable."""
        failures = self._failures[exchange.service.name]
        exchange.reply = None
        exchange.failure = failures[problem.row].told(problem.fields)
        words, mend = explained(failures[problem.row], problem.fields)
        exchange.trail.add("refused", problem.row, words, mend)
        if proved and exchange.caller is not None:
            try:
                await self.prove(exchange)
            except Unavailable:
                exchange.failure = failures["unavailable"].told({})

    def _encode(self, exchange: Exchange) -> Answer:
        """The reply, or the failure in the API's dialect, with the headers of every answer."""
        headers = _mirrored(exchange)
        dialect = exchange.service.dialect
        if failure := exchange.failure:
            headers.append(self._media_types[dialect.name])
            headers += [(name.encode(), value.encode()) for name, value in failure.headers]
            body = orjson.dumps(dialect.render(failure, exchange.trail.id))
            return Answer(failure.status, headers, body)
        reply = _reply(exchange)
        if not any(name == "content-type" for name, _ in reply.headers):
            offers = _endpoint(exchange).offers
            own = (b"content-type", offers[0].encode()) if offers else None
            headers.append(own or self._media_types[dialect.name])
        if reply.version is not None:
            headers.append((b"etag", b'W/"%d"' % reply.version))
        headers += [(name.encode(), value.encode()) for name, value in reply.headers]
        if exchange.unmet:
            headers += standards.warnings(exchange)
            if instead := standards.outcome_instead(exchange):
                return Answer(reply.status, headers, orjson.dumps(instead))
        return Answer(reply.status, headers, repeats.encoded(reply.body))

    def _entry(self, exchange: Exchange) -> Json:
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        failure, reply = exchange.failure, exchange.reply
        return {
            "wall": exchange.wall,
            "time": exchange.time,
            "application": caller.application,
            "organisation": caller.ods_code,
            "access": caller.access,
            "user": "" if caller.access is Access.PATIENT else caller.subject,
            "endpoint": endpoint.id,
            "subjects": exchange.subjects,
            "status": failure.status if failure else reply.status if reply else 500,
            "trail": exchange.trail.id,
            "t": exchange.t,
        }

    def _note(self, exchange: Exchange, answer: Answer) -> None:
        """The trail, the log line and the figures: written soon, waited for by nobody."""
        seconds = stopwatch() - exchange.started
        caller, endpoint = exchange.caller, exchange.endpoint
        name = endpoint.id if endpoint else f"{exchange.service.name}.unknown"
        self.metrics.count(name, exchange.method, answer.status, seconds, exchange.findings)
        kept = {
            "trail": exchange.trail.id,
            "wall": exchange.wall,
            "time": exchange.time,
            "application": caller.application if caller else "",
            "organisation": caller.ods_code if caller else "",
            "setting": caller.setting if caller else "",
            "endpoint": name,
            "method": exchange.method,
            "path": exchange.service.base + (endpoint.path if endpoint else "/..."),
            "status": answer.status,
            "ms": round(seconds * 1000, 3),
            "request_id": covered(exchange.headers.get("x-request-id", "")),
            "correlation_id": covered(exchange.headers.get("x-correlation-id", "")),
            "t": exchange.t,
            "steps": exchange.trail.steps,
            "standards": standards.kept(exchange),
        }
        self._journal.note(self._file(exchange.wall.date()), orjson.dumps(kept) + b"\n")
        if self._lines is not None:
            line = (
                f"{exchange.wall.isoformat()} {exchange.method} {name} {answer.status} "
                f"{kept['ms']} ms {kept['application']} {exchange.trail.id}\n"
            )
            self._journal.note(self._lines, line.encode())

    def _file(self, day: date) -> Path:
        if day != self._day:
            self._day, self._day_file = day, file_of(self._trails, day)
        return self._day_file


NOBODY = Caller("", "", Access.APPLICATION)  # while a request is read, before it is known who asks


def _endpoint(exchange: Exchange) -> Endpoint:
    assert exchange.endpoint is not None
    return exchange.endpoint


def _reply(exchange: Exchange) -> Reply:
    assert exchange.reply is not None
    return exchange.reply


def _caller(exchange: Exchange) -> Caller:
    assert exchange.caller is not None
    return exchange.caller


def _whose(told: Reply | Problem, db: Snapshot) -> tuple[str, ...]:
    """Whose data is told, as the service says; else of everybody whose was read."""
    return tuple(dict.fromkeys(db.seen if told.about is None else told.about))


def _mirrored(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-openroots-trail", exchange.trail.id.encode())]
    for name in ("x-request-id", "x-correlation-id"):
        if value := exchange.headers.get(name):
            headers.append((name.encode(), value.encode("latin-1")))
    headers += exchange.notices
    return headers
