"""What a service decides, and what becomes of it: the step of the pipeline that handles a request.

A handler is given a fresh snapshot and no way to wait. What it wishes for instead (a document of
another machine, another moment) it raises; then it is asked again with that. What it decided is
committed; where others were first, it decides afresh on what they left.

For the pipeline.

Source: house rules of OpenRoots.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from openroots.fhir.added import Added
from openroots.gateway import standards
from openroots.gateway.asking_again import asked_again
from openroots.gateway.carrying import nobody_else
from openroots.gateway.effect import Effect
from openroots.gateway.exchange import Exchange
from openroots.gateway.fetch import Fetcher
from openroots.gateway.parameters import check_parameters
from openroots.gateway.wire import media_type, read_body
from openroots.problem import Json, Problem
from openroots.register.kept import makes_rules
from openroots.service import Access, Caller, Endpoint, Fetch, Later, Reply, Request
from openroots.storage import Author, Conflict, Snapshot, Unavailable
from openroots.storage.looks import Looks
from openroots.world import World

NOTHING_SAID = b"{}"  # a body that many clients send where they have none
CODINGS = frozenset({"br", "compress", "deflate", "gzip", "x-gzip", "zstd"})
ATTEMPTS = 5  # at a commit that others get in the way of
NOBODY = Caller("", "", Access.APPLICATION)  # while a request is read, before it is known who asks


@dataclass(slots=True)
class Given:
    """What endpoints may be given beside a snapshot: who looked at records, the trail of a request,
    and the FHIR packages that were added to the world."""

    looks: Looks | None = None
    trail_of: Callable[[str, str], Json | None] | None = None
    packages: Added | None = None


class Deciding:
    """The step, for one world. `permit` is asked again where what it relied on has changed, and
    `settled` waits until every trail so far can be read. `tell` has others who judge by the
    rulebook look again, before the answer leaves that makes another."""

    def __init__(
        self,
        world: World,
        effect: Effect,
        given: Given,
        permit: Callable[[Exchange], None],
        settled: Callable[[], Awaitable[None]],
    ) -> None:
        self._world, self._effect, self._given = world, effect, given
        self._permit, self._settled = permit, settled
        self._fetcher = Fetcher()
        self.tell = nobody_else
        self._renewing = asyncio.Lock()

    def take(self, exchange: Exchange) -> None:
        """What the service is given: body and parameters as the endpoint takes them. Raises Problem
        where it does not take them."""
        endpoint = exchange.asked
        if endpoint.takes or endpoint.raw:
            exchange.parsed = _parsed(exchange, endpoint)
        elif exchange.body and endpoint.bodiless and exchange.body.strip() != NOTHING_SAID:
            raise Problem("body-unwanted")
        exchange.request = request = self.request(exchange)
        for check in endpoint.asking:
            check(request)
        if exchange.query:
            check_parameters(endpoint, exchange.query)

    def __call__(self, exchange: Exchange) -> Awaitable[None] | None:
        """The service's answer and its commit. A plain read has nothing to wait for."""
        request = exchange.given
        if request.endpoint.scans or not self._world.store.inline:
            return self._elsewhere(exchange, request)
        try:
            reply = self._handle(exchange, request)
        except Fetch as wanted:
            return self._fetch_and_decide(exchange, request, wanted)
        except Later as wish:
            return self._wait_and_decide(exchange, request, wish)
        return self._commit(exchange, request) if reply.writes else None

    def request(self, exchange: Exchange) -> Request:
        """The request as a service is given it, as far as it is known by now."""
        endpoint, given = exchange.asked, self._given
        return Request(
            endpoint,
            exchange.params,
            exchange.headers,
            exchange.caller or NOBODY,
            exchange.time,
            self._world.chance.bytes,
            exchange.query,
            exchange.parsed,
            given.looks if endpoint.reads_audit else None,
            exchange.wall,
            exchange.fetched,
            self._world.keys,
            given.trail_of if endpoint.reads_trails else None,
            given.packages,
        )

    async def left_behind(self, exchange: Exchange, problem: Problem) -> Problem:
        """Keep the marks that a refusal leaves, before it is told; where others were first, the
        service refuses afresh."""
        for _ in range(ATTEMPTS):
            if not problem.marks:
                return problem
            try:
                by, store = author_of(exchange), self._world.store
                exchange.t = await store.commit(marks=problem.marks, by=by)
                return problem
            except Unavailable:
                return Problem("unavailable")
            except Conflict:
                try:
                    await asyncio.to_thread(self._handle, exchange, self.request(exchange))
                except Problem as again:
                    problem = again
        return Problem("conflict")

    async def _elsewhere(self, exchange: Exchange, request: Request) -> None:
        """The same on a thread of its own, where others need not wait for it."""
        if request.endpoint.reads_trails:
            await self._settled()
        try:
            reply = await asyncio.to_thread(self._handle, exchange, request)
        except Fetch as wanted:
            await self._fetch_and_decide(exchange, request, wanted)
        except Later as wish:
            await self._wait_and_decide(exchange, request, wish)
        else:
            if reply.writes:
                await self._commit(exchange, request)

    async def _fetch_and_decide(self, exchange: Exchange, request: Request, wanted: Fetch) -> None:
        """Have the service decide once it has what it asked for of another machine."""
        for _ in range(ATTEMPTS):
            url, since = wanted.url, wanted.since
            found = await self._fetcher.fetch(url, exchange.wall, since)
            exchange.fetched = {**exchange.fetched, url: found}
            try:
                request = request._replace(fetched=exchange.fetched)
                await asyncio.to_thread(self._handle, exchange, request)
                break
            except Fetch as more:
                wanted = more
        if exchange.told.writes:
            await self._commit(exchange, request)

    async def _wait_and_decide(self, exchange: Exchange, request: Request, wish: Later) -> None:
        """Have the service decide again, for as long as it is willing to wait."""
        handle, heard = partial(self._handle, exchange), exchange.is_heard
        await asked_again(handle, request, wish.seconds, self._world, heard)
        if exchange.told.writes:
            await self._commit(exchange, request)

    def _handle(self, exchange: Exchange, request: Request) -> Reply:
        """Have the service decide, on a fresh snapshot. What it refuses may have been asked before
        and done: then its first answer is given again."""
        db = self._world.store.snapshot(exchange.scope)
        try:
            reply = self._effect.handler(request.endpoint)(request, db)
        except Problem as problem:
            # A refusal can tell of what was read: whose it was is proved as for any answer.
            exchange.subjects = _whose(problem, db)
            if not self._answered_before(exchange, db):
                raise
            return exchange.told
        exchange.reply, exchange.subjects = reply, _whose(reply, db)
        if reply.changes:
            changed = (change.subject for change in reply.changes if change.subject)
            exchange.subjects = tuple(dict.fromkeys((*exchange.subjects, *changed)))
        people = f"subjects: {len(exchange.subjects)}" if exchange.subjects else ""
        exchange.trail.add("handle", "answered", people)
        return reply

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
                await asyncio.to_thread(self._permit_again, exchange)
                # Whether it is still at the version that a client named is for the service to say:
                # what the others changed may be something else.
                exchange.trail.add("commit", "others were first: decided again")
                again = request._replace(patient=False)
                await asyncio.to_thread(self._handle, exchange, again)
        raise Problem("conflict")

    def _answered_meanwhile(self, exchange: Exchange) -> bool:
        return self._answered_before(exchange, self._world.store.snapshot(exchange.scope))

    def _permit_again(self, exchange: Exchange) -> None:
        exchange.looked = None
        self._permit(exchange)

    async def _commit_once(self, exchange: Exchange) -> None:
        reply = exchange.told
        standards.judge_written(exchange, reply, self._given.packages)
        author = author_of(exchange)
        if relied := exchange.decision.guards:
            # Nothing is kept on a permission that was taken back before.
            reply = reply._replace(guards=(*reply.guards, *relied))
        exchange.t = await self._effect.commit(exchange, reply, self._world.store, author)
        if exchange.t is None:
            exchange.trail.add("commit", "nothing is kept here, and no signal is given")
            return
        if makes_rules(reply.changes):
            async with self._renewing:  # so that an older rulebook never takes a newer one's place
                await standards.renew(self._world, self.tell)
        told = ", ".join(signal.type for signal in reply.signals) or "none"
        counts = f"{len(reply.changes)} changes, {len(reply.guards)} guards"
        exchange.trail.add("commit", f"t {exchange.t}; signals: {told}", counts)


def author_of(exchange: Exchange) -> Author:
    """By whom a commit of this exchange is made."""
    caller = exchange.turned_out
    return Author(
        caller.application,
        caller.ods_code,
        exchange.asked.id,
        exchange.trail.id,
        exchange.wall,
        exchange.time,
    )


def _parsed(exchange: Exchange, endpoint: Endpoint) -> Any:
    """The body as the endpoint takes it. Raises Problem where it takes none such."""
    if len(exchange.body) > endpoint.largest:
        raise Problem("body-too-large", limit=endpoint.largest)
    if endpoint.raw:
        return exchange.body
    if (coding := exchange.headers.get("content-encoding", "").lower()) in CODINGS:
        raise Problem("body-packed", coding=coding)
    given = media_type(exchange.headers)
    if given not in endpoint.takes:
        raise Problem(endpoint.body_type, given=given, wanted=endpoint.takes[0])
    return read_body(exchange.body, given)


def _whose(told: Reply | Problem, db: Snapshot) -> tuple[str, ...]:
    """Whose data is told, as the service says; else of everybody whose was read."""
    people = db.seen if told.about is None else told.about
    return tuple(dict.fromkeys(people) if len(people) > 1 else people)
