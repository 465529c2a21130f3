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
from functools import partial
from pathlib import Path
from typing import IO

from openroots.clock import Unpredictable, stopwatch
from openroots.fhir.added import Added
from openroots.gateway import standards
from openroots.gateway.access import Identify, how_known
from openroots.gateway.answering import answer_of
from openroots.gateway.asking_again import asked_again
from openroots.gateway.carrying import Carrier
from openroots.gateway.effect import Effect, Kept
from openroots.gateway.exchange import Exchange
from openroots.gateway.fetch import Fetcher
from openroots.gateway.health import open_answers
from openroots.gateway.metrics import Metrics
from openroots.gateway.noting import Notes, entry_of
from openroots.gateway.policy import Asking, Policy, rule_of
from openroots.gateway.recorder import Recorder
from openroots.gateway.routes import Router
from openroots.gateway.trail import Trail, explained, find
from openroots.gateway.wire import (
    Answer,
    RawHeaders,
    media_type,
    read_body,
    read_headers,
    read_query,
)
from openroots.problem import Problem
from openroots.service import (
    Access,
    Caller,
    Endpoint,
    Fetch,
    Later,
    Reply,
    Request,
    Service,
)
from openroots.storage import Author, Conflict, Snapshot, Unavailable
from openroots.storage.audit import Journal
from openroots.storage.looks import Looks
from openroots.storage.receipt import HEADER, SALT, salted
from openroots.world import World

Step = Callable[[Exchange], Awaitable[None] | None]

RECEIPT = HEADER.encode()
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
        looks: Looks | None = None,
        explains_all: bool = True,
    ) -> None:
        self.services = tuple(services)
        self.world = world
        self.metrics = Metrics()
        self._router = Router(self.services)
        self._failures = {service.name: service.failures for service in self.services}
        self._open_answers = open_answers(self.services)
        self._identify = identify
        self._known_in = world.store
        self.policy = Policy()
        self._journal = journal
        self._find = partial(find, trails)
        self._notes = Notes(journal, trails, lines, explains_all=explains_all)
        self._effect = effect or Kept()
        self.looks = looks
        self._fetcher = Fetcher()
        self.packages: Added | None = None
        self.run = world.chance.bytes(4).hex()
        self._count, self._renewing = 0, asyncio.Lock()
        self.recorder: Recorder | None = None
        self.carrier: Carrier | None = None
        self.steps = self._all_steps(added)

    def _all_steps(self, added: Sequence[Step]) -> tuple[Step, ...]:
        return (
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
            time=self.world.time.at(wall),
            started=stopwatch(),
            size=size + len(path) + len(raw_query),
        )

    async def answer(self, exchange: Exchange) -> Answer:
        """Take the exchange through all steps, and give what goes on the wire: an answer of
        status 0 where nothing is to."""
        try:
            for step in self.steps:
                if (waiting := step(exchange)) is not None:
                    await waiting
        except Problem as problem:
            await self._refuse(exchange, await self._left_behind(exchange, problem))
        except Unavailable as error:
            exchange.trail.add("store", "unavailable", type(error).__name__)
            await self._refuse(exchange, Problem("unavailable"), proved=False)
        except Exception:
            log.exception("defect, trail %s", exchange.trail.id)
            await self._refuse(exchange, Problem("internal", trail=exchange.trail.id))
        answer = exchange.answer or answer_of(exchange)
        self.note(exchange, answer)
        return Answer(0, [], b"") if exchange.lost else answer

    def note(self, exchange: Exchange, answer: Answer) -> None:
        """Count the exchange and write down what became of it: nobody waits for that."""
        seconds = stopwatch() - exchange.started
        name = exchange.endpoint.id if exchange.endpoint else f"{exchange.service.name}.unknown"
        self.metrics.count(name, exchange.method, answer.status, seconds, exchange.findings)
        self._notes.keep(exchange, name, answer, seconds)
        if self.recorder is not None:
            self.recorder.keep(exchange, answer, seconds)

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
        for rule in endpoint.strict_rules:
            rule.check(exchange.headers)
        exchange.trail.add("form", "headers and parameters are well formed")

    def identify(self, exchange: Exchange) -> None:
        """Who asks."""
        if exchange.caller is None:
            store, endpoint = self.world.store, _endpoint(exchange)
            exchange.looked = store, (db := store.snapshot())
            if (
                store is not self._known_in
            ):  # another took its place: who was known there is not here
                self._known_in = store
                self._identify.forget()
            exchange.caller = self._identify(exchange.headers, endpoint, db, exchange.wall)
            words = how_known(exchange.headers, exchange.caller)
        else:
            words = f"{exchange.caller.application} ({exchange.caller.access}): from within"
        exchange.trail.add("caller", words)

    def permit(self, exchange: Exchange) -> None:
        """May they, and what may they see."""
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        store = self.world.store
        store, db = exchange.looked or (store, store.snapshot())
        asking = Asking(caller, endpoint, exchange.time, exchange.params, exchange.headers)
        try:
            decision = self.policy.decide(asking, store, db)
        except Problem as problem:
            exchange.noted = {**exchange.noted, "rules": [rule_of(problem)]}
            raise
        exchange.scope, exchange.decision = decision.scope, decision
        exchange.noted = decision.noted
        exchange.trail.add("policy", f"permitted: {caller.access}", decision.words)

    def judge(self, exchange: Exchange) -> None:
        """What the standards in force say of the request itself."""
        caller, endpoint = _caller(exchange), _endpoint(exchange)
        rulebook = self.world.rulebook
        exchange.rules = standards.rules_for(rulebook, endpoint, caller)
        asked = f"{len(exchange.rules)} clauses bind {caller.setting or 'no care setting'} here"
        exchange.trail.add("rulebook", rulebook.hash[:12], asked)
        standards.judge_request_of(exchange)

    def decide(self, exchange: Exchange) -> Awaitable[None] | None:
        """The service's answer and its commit. A plain read has nothing to wait for."""
        self._read_body(exchange)
        request = self._request(exchange)
        if not self._inline(request):
            return self._decide_elsewhere(exchange, request)
        try:
            self._handle(exchange, request)
        except Fetch as wanted:
            return self._fetch_and_decide(exchange, request, wanted)
        except Later as wish:
            return self._wait_and_decide(exchange, request, wish)
        return self._commit(exchange, request) if _reply(exchange).writes else None

    async def prove(self, exchange: Exchange) -> None:
        """An audit entry on disk before the answer leaves: whoever's data it holds. Its receipt
        goes with the answer."""
        exchange.caller = _turned_out(exchange)
        exchange.answer = answer = answer_of(exchange)
        salt = Unpredictable().bytes(SALT)
        entry = entry_of(exchange, _caller(exchange), answer, salt)
        if receipt := await self._journal.keep(entry):
            answer.headers.append((RECEIPT, salted(receipt, salt).encode()))
        exchange.trail.add("audit", "on disk")

    def _waited(self, step: Step) -> Step:
        """The step as it is where the store answers at once, else on a thread of its own."""
        if self.world.store.inline:
            return step
        return lambda exchange: asyncio.to_thread(step, exchange)  # type: ignore[arg-type]

    def _inline(self, request: Request) -> bool:
        return self.world.store.inline and not request.endpoint.scans

    async def _decide_elsewhere(self, exchange: Exchange, request: Request) -> None:
        if request.endpoint.reads_trails:
            await self._journal.settled()
        try:
            await asyncio.to_thread(self._handle, exchange, request)
        except Fetch as wanted:
            await self._fetch_and_decide(exchange, request, wanted)
            return
        except Later as wish:
            await self._wait_and_decide(exchange, request, wish)
            return
        if _reply(exchange).writes:
            await self._commit(exchange, request)

    async def _fetch_and_decide(self, exchange: Exchange, request: Request, wanted: Fetch) -> None:
        """Have the service decide once it has what it asked for of another machine."""
        for _ in range(ATTEMPTS):
            url, since = wanted.url, wanted.since
            exchange.fetched[url] = await self._fetcher.fetch(url, exchange.wall, since)
            try:
                await asyncio.to_thread(self._handle, exchange, request)
                break
            except Fetch as more:
                wanted = more
        if _reply(exchange).writes:
            await self._commit(exchange, request)

    async def _wait_and_decide(self, exchange: Exchange, request: Request, wish: Later) -> None:
        """Have the service decide again, for as long as it is willing to wait."""
        await asked_again(partial(self._handle, exchange), request, wish.seconds, self.world)
        if _reply(exchange).writes:
            await self._commit(exchange, request)

    async def _left_behind(self, exchange: Exchange, problem: Problem) -> Problem:
        """Keep the marks that a refusal leaves, before it is told; where others were first, the
        service refuses afresh."""
        for _ in range(ATTEMPTS):
            if not problem.marks:
                return problem
            try:
                by, store = self._author(exchange), self.world.store
                exchange.t = await store.commit(marks=problem.marks, by=by)
                return problem
            except Unavailable:
                return Problem("unavailable")
            except Conflict:
                try:
                    await asyncio.to_thread(self._handle, exchange, self._request(exchange))
                except Problem as again:
                    problem = again
        return Problem("conflict")

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
        exchange.subjects = _whose(reply, db)
        if changed := [change.subject for change in reply.changes if change.subject]:
            exchange.subjects = tuple(dict.fromkeys((*exchange.subjects, *changed)))
        people = f"subjects: {len(exchange.subjects)}" if exchange.subjects else ""
        exchange.trail.add("handle", "answered", people)

    def _answered_before(self, exchange: Exchange, db: Snapshot) -> bool:
        first = self._effect.first_reply(exchange, db)
        if first is None:
            return False
        exchange.reply, exchange.subjects = first, tuple(dict.fromkeys(db.seen))
        exchange.trail.add("handle", "the first answer again")
        return True

    async def _commit(self, exchange: Exchange, request: Request) -> None:
        """Keep what the service decided; where others were first, have it decide afresh."""
        found, request = exchange.findings, request._replace(patient=False)
        for _ in range(ATTEMPTS):
            try:
                return await self._commit_once(exchange)
            except Conflict:
                exchange.findings = found
                if await asyncio.to_thread(self._answered_meanwhile, exchange):
                    return None
                relied = exchange.decision.guards
                await asyncio.to_thread(self._permit_again, exchange)
                # A client that named a version is told: it must look at what the others did.
                if "if-match" in exchange.headers and exchange.decision.guards == relied:
                    break
                exchange.trail.add("commit", "others were first: decided again")
                await asyncio.to_thread(self._handle, exchange, request)
        raise Problem("conflict")

    def _answered_meanwhile(self, exchange: Exchange) -> bool:
        return self._answered_before(exchange, self.world.store.snapshot(exchange.scope))

    def _permit_again(self, exchange: Exchange) -> None:
        exchange.looked = None
        self.permit(exchange)

    async def _commit_once(self, exchange: Exchange) -> None:
        reply = _reply(exchange)
        standards.judge_written(exchange, reply)
        author = self._author(exchange)
        # Nothing is kept on a permission that was taken back before.
        reply = reply._replace(guards=(*reply.guards, *exchange.decision.guards))
        exchange.t = await self._effect.commit(exchange, reply, self.world.store, author)
        if exchange.t is None:
            exchange.trail.add("commit", "nothing is kept here, and no signal is given")
            return
        async with self._renewing:  # so that an older rulebook never takes a newer one's place
            await standards.renew(self.world, reply)
        told = ", ".join(signal.type for signal in reply.signals) or "none"
        counts = f"{len(reply.changes)} changes, {len(reply.guards)} guards"
        exchange.trail.add("commit", f"t {exchange.t}; signals: {told}", counts)

    def _read_body(self, exchange: Exchange) -> None:
        endpoint = _endpoint(exchange)
        if not (endpoint.takes or endpoint.raw):
            return
        if len(exchange.body) > endpoint.largest:
            raise Problem("body-too-large", limit=endpoint.largest)
        if endpoint.raw:
            exchange.parsed = exchange.body
            return
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
            looks=self.looks if _endpoint(exchange).reads_audit else None,
            trail_of=self._find if _endpoint(exchange).reads_trails else None,
            wall=exchange.wall,
            fetched=exchange.fetched,
            keys=self.world.keys,
            packages=self.packages,
        )

    def _author(self, exchange: Exchange) -> Author:
        caller, endpoint = _turned_out(exchange), _endpoint(exchange)
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
        exchange.reply = exchange.answer = None
        exchange.failure = failures[problem.row].told(problem.fields)
        words, mend = explained(failures[problem.row], problem.fields)
        exchange.trail.add("refused", problem.row, words, mend)
        if proved and exchange.caller is not None:
            try:
                await self.prove(exchange)
            except Unavailable:
                exchange.answer = None
                exchange.failure = failures["unavailable"].told({})


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


def _turned_out(exchange: Exchange) -> Caller:
    """Who asked, as the service found where nobody was asked at the door."""
    found = exchange.reply.caller if exchange.reply else None
    return found or _caller(exchange)


def _whose(told: Reply | Problem, db: Snapshot) -> tuple[str, ...]:
    """Whose data is told, as the service says; else of everybody whose was read."""
    people = db.seen if told.about is None else told.about
    return tuple(dict.fromkeys(people) if len(people) > 1 else people)
