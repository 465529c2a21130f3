"""A nation that a test has to itself: its house, its clock, and ways to ask it and look into it.

For `testing`, whose fixture gives one.

Source: none.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from string import punctuation
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson

from openroots.answered import Told, told_of
from openroots.clock import Clock
from openroots.gateway.coming import have_come
from openroots.gateway.faults import Faults
from openroots.gateway.faults.fault import FAIL, UNAVAILABLE, USUAL_MS, read
from openroots.gateway.health import failing
from openroots.gateway.tooling import BASE, TOKEN_FILE
from openroots.gateway.tooling.door import TOKEN_HEADER
from openroots.gateway.tooling.failures import FAILURES
from openroots.gateway.tooling.keeping import moved
from openroots.gateway.tooling.tokens import token_for
from openroots.gateway.wire import read_path
from openroots.house import House
from openroots.identity.tokens import mark_of, new_text
from openroots.problem import Json, Problem
from openroots.ready_made import APPLICATIONS
from openroots.sandboxes.door import Estate
from openroots.server import listen, serve
from openroots.service import Caller
from openroots.services.events.told import event_of
from openroots.storage import Author, Change, Mark, Signal
from openroots.testing.loop import Loop

T = TypeVar("T")


@dataclass(slots=True, repr=False)
class Nation:
    """A whole OpenRoots: its house, its movable wall clock, and ways to ask it."""

    house: House
    wall: Clock
    faults: Faults
    _loop: Loop
    _estate: Estate
    _requests: int = 0
    _server: Future[None] | None = None
    _url: str = ""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        """In short: a test that fails prints what it was given, and a whole world is long."""
        return f"<a nation of {self.house.settings.people} people>"

    def ask(
        self,
        method: str,
        path: str,
        body: Json | bytes | None = None,
        *,
        caller: Caller | None = None,
        headers: dict[str, str] | None = None,
    ) -> Told:
        """Put a request through the whole gateway, in process. The path is as in a URL, with its
        query; letters that none can have are encoded, as HTTP clients do.

        An X-Request-ID of its own is added unless `headers` holds one; a header given as "" is
        left out. A caller, where given, takes the place of what the request would prove.
        """
        return self.run(self._ask(method, path, body, caller, headers or {}))

    @property
    def url(self) -> str:
        """The address of this world over HTTP. The server starts when this is first asked for."""
        with self._starting:  # by the first of several clients, each on a thread of its own
            if self._server is None:
                self._start()
        return self._url

    def token(self, application: str = APPLICATIONS[0].id, whom: str = "") -> dict[str, str]:
        """The header that carries a fresh token of this application, for itself or for `whom`:
        "staff:910000000012", "citizen:9000000009". Raises ValueError where there is no such."""
        world = self.house.world
        try:
            token = token_for(world.store.snapshot(), self.wall.now(), application, whom)
        except Problem as problem:
            raise ValueError(FAILURES[problem.row].told(problem.fields).words) from problem
        text = new_text(world.chance.bytes)
        self.holds(marks=[mark_of(text, token)])
        return {"authorization": f"Bearer {text}"}

    def move_clock(self, to: str) -> None:
        """Make it the beginning of that day ("2027-04-02") in this world, or that moment; move it
        by a step ("+14d"); let it run faster ("x60"); put it back ("real"). Raises ValueError."""
        time = self.house.world.time
        try:
            time.course = moved(to, time.course, self.wall.now())
        except Problem as problem:
            raise ValueError(f"{to!r} is no time that a world can be put at") from problem
        self.run(have_come(self.house.world, self.house.gateway.services))

    def trouble(
        self,
        endpoint: str,
        row: str = UNAVAILABLE,
        *,
        do: str = FAIL,
        every: int = 1,
        share: float | None = None,
        seed: int = 0,
        ms: int = USUAL_MS,
        times: int = 0,
        **fields: object,
    ) -> "Nation":
        """Make every n-th request to the endpoints of this pattern ("demographics.*") fail.

        `row` names the failure, as the docs of the service list them, and `fields` are for its
        words; with another kind in `do` it does not fail but is otherwise in trouble. All is as
        `openroots fault add` takes it. Raises ValueError for what can never strike, and in a live
        world.
        """
        if not self.house.settings.troubled:
            raise ValueError("no trouble is made in a live world")
        told: Json = {"endpoint": endpoint, "row": row, "do": do, "ms": ms, "times": times}
        told |= {"every": every, "seed": seed, "fields": fields}
        fault = read(told if share is None else {**told, "share": share})
        self.faults.put(fault, self.house.gateway.services)
        return self

    def holds(
        self, *changes: Change, signals: Sequence[Signal] = (), marks: Sequence[Mark] = ()
    ) -> "Nation":
        """Commit these changes, as a test's given."""
        now = self.wall.now()
        by = Author("test", "", "test", "", now, now)
        store = self.house.world.store
        self.run(store.commit(changes, signals=signals, marks=marks, by=by, across=True))
        return self

    def signals(self) -> list[str]:
        """The types of all signals given since the world was made, in order."""
        told = self.run(self.house.world.store.feed(limit=100_000))
        return [each.signal.type for each in told]

    def received(self) -> list[Json]:
        """The events of all signals, in order, as a subscriber to all of them is told."""
        db = self.house.world.store.snapshot()
        told = self.run(self.house.world.store.feed(limit=100_000))
        events = (event_of(each, db) for each in told)
        return [event for event in events if event is not None]

    def people(self, kind: str = "published", limit: int | None = None) -> list[Json]:
        """Some test people of a kind, as `openroots people` finds them: all of the published, else
        10, unless a limit is told. Raises ValueError for a kind that is none."""
        query = urlencode({"kind": kind} | ({} if limit is None else {"limit": limit}))
        told = self.tooling("GET", f"/people?{query}")
        if told.status != 200:
            raise ValueError(told.body["error"])
        found: list[Json] = told.body["people"]
        return found

    def sandbox(self, name: str = "", **wanted: Any) -> Json:
        """A new sandbox beside this world: its `name`, `path`, `token`, and its `url`."""
        given = {**wanted, "name": name} if name else wanted
        told = self.tooling("POST", "/sandboxes", given)
        if told.status != 200:
            raise ValueError(told.body["error"])
        return {**told.body, "url": f"{self.url}{told.body['path']}"}

    def tooling(self, method: str, path: str, body: Json | None = None) -> Told:
        """What the tooling door answers: it does all that the command does."""
        path, _, query = path.partition("?")
        token = (self.house.settings.state / TOKEN_FILE).read_bytes().strip()
        scope = {
            **{"type": "http", "scheme": "http", "method": method},
            **{"path": f"{BASE}{path}", "query_string": query.encode()},
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"localhost"), (TOKEN_HEADER.encode(), token)],
        }
        answer = self.run(self.house.tooling.answer(scope, orjson.dumps(body) if body else b"{}"))
        return told_of(answer)

    def client_report(self, application: str = "", since: str = "") -> Json:
        """What the client of this application, or whoever asked, was seen to do well and not:
        `passed`, and `rules`, each with an `id`, an `outcome` and `examples`. Raises ValueError."""
        given = {"application": application, "since": since}
        query = urlencode({name: value for name, value in given.items() if value})
        told = self.tooling("GET", f"/client-report?{query}")
        if told.status != 200:
            raise ValueError(told.body["error"])
        return dict(told.body["report"])

    def audit(self) -> list[Json]:
        """Every audit entry, in order, with whom it was about."""
        folder = self.house.settings.state / "audit"
        lines = [
            line
            for path in sorted(folder.glob("*.jsonl"))
            for line in path.read_bytes().splitlines()
        ]
        return [self.house.audit.people.opened_entry(orjson.loads(line)) for line in lines]

    def trails(self) -> list[Json]:
        """Every trail kept, in order."""
        self.run(self.house.journal.settled())
        folder = self.house.settings.state / "trails"
        lines = [
            line for path in sorted(folder.glob("*")) for line in path.read_bytes().splitlines()
        ]
        return [orjson.loads(line) for line in lines]

    def run(self, waited: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, run where this world lives."""
        return self._loop.start(waited).result(timeout=60)

    def close(self) -> None:
        """Stop the server, if one runs, close the files, and end the thread that did the work. One
        that is closed stays so."""
        if self._loop.is_closed:
            return
        try:
            if self._server is None:
                self.run(self._estate.close())
            else:
                self._loop.loop.call_soon_threadsafe(self._stop.set)
                self._server.result(timeout=60)
        finally:
            self._loop.close()

    def _start(self) -> None:
        sockets = listen("127.0.0.1", 0)
        self._url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        ready = threading.Event()
        self._server = self._loop.start(serve(self._estate, sockets, ready.set, self._stop))
        ready.wait()

    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | bytes | None,
        caller: Caller | None,
        given: dict[str, str],
    ) -> Told:
        gateway = self.house.gateway
        raw_path, _, query = quote(path, safe=punctuation).partition("?")
        path = read_path(raw_path.encode())
        if (service := gateway.service(path)) is None:
            raise ValueError(f"no service is at {path}")
        if open_answer := gateway.open_answer(method, path):
            store = self.house.world.store
            return told_of(await failing(path, service, store) or open_answer)
        self._requests += 1
        usual = {"x-request-id": str(UUID(int=self._requests, version=4))}
        if body is not None:
            usual["content-type"] = _usual_type(method)
        named = usual | {name.lower(): value for name, value in given.items()}
        raw_headers = [(name.encode(), value.encode()) for name, value in named.items() if value]
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        exchange = gateway.begin(service, method, path, query.encode(), raw_headers, raw)
        exchange.caller = caller
        answer = await gateway.answer(exchange)
        return told_of(answer)


def _usual_type(method: str) -> str:
    return "application/json-patch+json" if method == "PATCH" else "application/json"
