"""What happens to a request, top to bottom.

`Gateway.answer` takes an exchange through a tuple of steps, beside all that came with it: see
`rounds`. Each is one function, leaves what it found in the exchange and a line in its trail, or
raises Problem; then the steps that are left are skipped and the problem is told in the dialect of
the API that was asked. One breakpoint in `decided` shows what comes out.

    arrive     is it here whole              take     the body, as the endpoint takes it
    match      which endpoint                decide   handle, judge what is written, commit
    read       headers and parameters        tell     the answer
    identify   who asks                      prove    an audit entry, on disk
    permit     may they; what may they see
    judge      what standards say of the request

Between identify and permit stand the steps that `app.py` adds: limits, faults. Those from `take` on
have modules of their own, `deciding` and `proving`.

For `app.py`, pages, the command and tests, which all come in by this door.

Source: house rules of OpenRoots; the order of checks is that of the published APIs.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from openroots.clock import stopwatch
from openroots.gateway import standards
from openroots.gateway.access import Identify
from openroots.gateway.answering import answer_of
from openroots.gateway.carrying import Carrier
from openroots.gateway.deciding import Deciding, Given
from openroots.gateway.effect import Effect, Kept
from openroots.gateway.exchange import Exchange
from openroots.gateway.health import open_answers
from openroots.gateway.metrics import Metrics
from openroots.gateway.noting import Notes
from openroots.gateway.policy import Asking, Policy, rule_of
from openroots.gateway.policy.decision import NO_PARAMS
from openroots.gateway.proving import Proving, tell
from openroots.gateway.recorder import Recorder
from openroots.gateway.rounds import Rounds, Step
from openroots.gateway.routes import Router
from openroots.gateway.trail import Trail, explained, find
from openroots.gateway.wire import Answer, RawHeaders, read_headers, read_query
from openroots.problem import Problem
from openroots.service import Service
from openroots.service.request import NO_QUERY, NOTHING_FETCHED
from openroots.storage import Unavailable
from openroots.storage.audit import Journal
from openroots.storage.looks import Looks
from openroots.world import World

NOTHING_NOTED: dict[str, object] = {}
NOTHING = Answer(0, [], b"")  # stands for an answer that is lost on purpose
log = logging.getLogger(__name__)


class Gateway:
    """The services of one world, behind one door. `given` is what endpoints may be given beside a
    snapshot."""

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
        self.policy = Policy()
        self.looks = looks
        self.given = Given(looks, partial(find, trails))
        self.run = world.chance.bytes(4).hex()
        self.recorder: Recorder | None = None
        self.carrier: Carrier | None = None
        self._router = Router(self.services)
        self._failures = {service.name: service.failures for service in self.services}
        self._open_answers = open_answers(self.services)
        self._identify = identify
        self._known_in = world.store
        self._notes = Notes(journal, trails, lines, explains_all=explains_all)
        self._count = 0
        made = effect or Kept()
        self.decide = Deciding(world, made, self.given, self.permit, journal.settled)
        self.prove = Proving(journal)
        self.steps = self._all_steps(added)
        self._rounds = Rounds(self.steps)
        self._answered: list[tuple[Exchange, Answer]] = []  # and not noted yet

    def _all_steps(self, added: Sequence[Step]) -> tuple[Step, ...]:
        return (
            self.arrive,
            self.match,
            self.read,
            self._waited(self.identify),
            *added,
            self._waited(self.permit),
            self.judge,
            self.decide.take,
            self.decide,
            tell,
            self.prove,
        )

    def service(self, path: str) -> Service | None:
        """The service that this path belongs to, or None."""
        return self._router.service(path)

    def open_answer(self, method: str, path: str) -> Answer | None:
        """The answer of `_ping` and the like, which need no header and leave no trail."""
        found = self._open_answers.get(path)
        return found if found and method in ("GET", "HEAD") else None

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
            method,
            path,
            raw_query,
            headers,
            body,
            service,
            trail,
            wall,
            self.world.time.at(wall),
            stopwatch(),
            size + len(path) + len(raw_query),
            repeated,
            params=NO_PARAMS,
            query=NO_QUERY,
            noted=NOTHING_NOTED,
            fetched=NOTHING_FETCHED,
        )

    async def answer(self, exchange: Exchange) -> Answer:
        """Take the exchange through all steps, write down what became of it, and give what goes on
        the wire: an answer of status 0 where nothing is to."""
        answer = await self.decided(exchange)
        self.note(exchange, answer)
        return NOTHING if exchange.lost else answer

    async def decided(self, exchange: Exchange) -> Answer:
        """Take the exchange through all steps, and give the answer: proved, but not noted yet."""
        try:
            await self._rounds.through(exchange)
        except Problem as problem:
            exchange.caller = problem.caller or exchange.caller
            await self._refuse(exchange, await self.decide.left_behind(exchange, problem))
        except Unavailable as error:
            exchange.trail.add("store", "unavailable", type(error).__name__)
            await self._refuse(exchange, Problem("unavailable"), proved=False)
        except Exception:
            log.exception("defect, trail %s", exchange.trail.id)
            await self._refuse(exchange, Problem("internal", trail=exchange.trail.id))
        answer = exchange.answer or answer_of(exchange)
        exchange.seconds = stopwatch() - exchange.started
        return answer

    def note(self, exchange: Exchange, answer: Answer) -> None:
        """Count the exchange and write down what became of it: nobody waits for that."""
        seconds, endpoint = exchange.seconds, exchange.endpoint
        name = endpoint.id if endpoint else f"{exchange.service.name}.unknown"
        self.metrics.count(name, exchange.method, answer.status, seconds, exchange.findings)
        self._notes.keep(exchange, name, answer, seconds)
        if self.recorder is not None:
            self.recorder.keep(exchange, answer, seconds)

    def note_soon(self, exchange: Exchange, answer: Answer) -> None:
        """The same in the loop's next turn, together with all that were answered in this one."""
        if not self._answered:
            asyncio.get_running_loop().call_soon(self.note_all)
        self._answered.append((exchange, answer))

    def note_all(self) -> None:
        """Note what is to be noted soon, before anybody looks."""
        answered, self._answered = self._answered, []
        for exchange, answer in answered:
            try:
                self.note(exchange, answer)
            except Exception:  # the others are noted all the same
                log.exception("defect, trail %s", exchange.trail.id)

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
        endpoint = exchange.asked
        if exchange.repeated:
            raise Problem("header-repeated", header=exchange.repeated)
        if exchange.raw_query:
            exchange.query = read_query(exchange.raw_query)
        if endpoint.opening:
            request = self.decide.request(exchange)
            for check in endpoint.opening:
                check(request)
        for rule in endpoint.strict_rules:
            rule.check(exchange.headers)
        exchange.trail.add("form", "headers and parameters are well formed")

    def identify(self, exchange: Exchange) -> None:
        """Who asks."""
        if (caller := exchange.caller) is not None:
            words = f"{caller.application} ({caller.access}): from within"
        else:
            store = self.world.store
            exchange.looked = store, (db := store.snapshot())
            if store is not self._known_in:  # another took its place, with others whom it knows
                self._known_in = store
                self._identify.forget()
            known = self._identify(exchange.headers, exchange.asked, db, exchange.wall)
            exchange.caller, words = known.caller, known.words
        exchange.trail.add("caller", words)

    def permit(self, exchange: Exchange) -> None:
        """May they, and what may they see."""
        caller, store = exchange.who, self.world.store
        store, db = exchange.looked or (store, store.snapshot())
        asking = Asking(caller, exchange.asked, exchange.time, exchange.params, exchange.headers)
        try:
            decision = self.policy.decide(asking, store, db)
        except Problem as problem:
            rule = rule_of(problem)
            exchange.noted = {**exchange.noted, "rules": [rule]}
            exchange.trail.add("policy", f"by the rule {rule}: refused")
            raise
        exchange.scope, exchange.decision = decision.scope, decision
        exchange.noted = decision.noted
        exchange.trail.add("policy", f"permitted: {caller.access}", decision.words)

    def judge(self, exchange: Exchange) -> None:
        """What the standards in force say of the request itself."""
        caller, rulebook = exchange.who, self.world.rulebook
        exchange.rules = standards.rules_for(rulebook, exchange.asked, caller)
        asked = standards.binding(len(exchange.rules), caller.setting)
        exchange.trail.add("rulebook", rulebook.hash[:12], asked)
        standards.judge_request_of(exchange)

    def _waited(self, step: Step) -> Step:
        """The step as it is where the store answers at once, else on a thread of its own."""
        if self.world.store.inline:
            return step
        return lambda exchange: asyncio.to_thread(step, exchange)  # type: ignore[arg-type]

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
                tell(exchange)
                await self.prove(exchange)
            except Unavailable:
                exchange.answer = None
                exchange.failure = failures["unavailable"].told({})
