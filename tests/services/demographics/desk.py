"""A desk at which to ask the demographics service: a real store, and the checks in their order."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from openroots import testing
from openroots.problem import Json
from openroots.service import Access, Caller, Endpoint, Problem, Reply, Request
from openroots.services.demographics import service
from openroots.services.demographics.published import founding_people
from openroots.storage import Author, Change
from openroots.storage.sqlite import SqliteStore, open_sqlite

T = TypeVar("T")

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BY = Author("test", "Y12345", "test", "", NOON, NOON)
WORKER = Caller("test", "Y12345", Access.HEALTHCARE_WORKER)
APPLICATION = Caller("test", "Y12345", Access.APPLICATION)
PRIVILEGED = Caller("test", "Y12345", Access.PRIVILEGED)
USUAL = {"x-request-id": "60E0B220-8136-4CA5-AE46-1D97EF59D068"}
JSON_PATCH = {"content-type": "application/json-patch+json"}

JANE = "9000000009"
JAYNE = "9000000017"
JANET = "9000000025"
MINIMAL = "9000000033"
SUSAN = "9732019395"


def patient_access(number: str, assurance: str = "P9.Cp.Cd") -> Caller:
    """A person who asks for themselves."""
    return Caller("test", "Y12345", Access.PATIENT, subject=number, assurance=assurance)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: a resource, or the first issue of an outcome. `row` names the failure."""

    status: int
    body: Json
    version: int | None = None
    row: str = ""
    reply: Reply | None = None

    @property
    def issue(self) -> Json:
        """The one issue of a refusal."""
        [issue] = self.body["issue"]
        found: Json = issue
        return found

    @property
    def code(self) -> str:
        """The Spine code of a refusal."""
        found: str = self.issue["details"]["coding"][0]["code"]
        return found

    @property
    def words(self) -> str | None:
        """The diagnostics of a refusal."""
        found: str | None = self.issue.get("diagnostics")
        return found

    @property
    def signals(self) -> list[str]:
        """The types of the signals given."""
        return [signal.type for signal in self.reply.signals] if self.reply else []


@dataclass
class Desk:
    """The service over a real store in which the published people are."""

    runner: asyncio.Runner
    store: SqliteStore

    def get(self, number: str, caller: Caller = WORKER, **headers: str | None) -> Told:
        """Read a person's record."""
        return self.ask("GET", number, None, caller, {**USUAL, **_named(headers)})

    def patch(
        self,
        number: str,
        *patches: Json,
        version: int = 2,
        caller: Caller = WORKER,
        body: Any = None,
        **headers: str | None,
    ) -> Told:
        """Change a person's record by these operations, or by a whole body."""
        sent = {**USUAL, **JSON_PATCH, "if-match": f'W/"{version}"', **_named(headers)}
        body = {"patches": list(patches)} if body is None else body
        return self.ask("PATCH", number, body, caller, sent)

    def ask(
        self, method: str, number: str, body: Any, caller: Caller, headers: dict[str, str | None]
    ) -> Told:
        """Put one request, and commit what it decides."""
        [endpoint] = [
            each
            for each in service.endpoints
            if (each.method, each.path) == (method, "/Patient/{id}")
        ]
        given = {name: value for name, value in headers.items() if value is not None}
        request = Request(endpoint, {"id": number}, given, caller, NOON, chance, body=body)
        try:
            reply = self._answer(endpoint, request)
        except Problem as problem:
            failure = service.failures[problem.row].told(problem.fields)
            outcome = service.dialect.render(failure, "")
            return Told(failure.status, outcome, row=problem.row)
        if reply.writes:
            self.keep(reply.changes)
        raw = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
        return Told(reply.status, orjson.loads(raw), reply.version, reply=reply)

    def keep(self, changes: Sequence[Change]) -> None:
        """Commit some changes."""
        self.run(self.store.commit(changes, by=BY, across=True))

    def run(self, waited: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine."""
        return self.runner.run(waited)

    def _answer(self, endpoint: Endpoint, request: Request) -> Reply:
        for check in endpoint.opening:
            check(request)
        for rule in (*service.headers, *endpoint.headers):
            rule.check(request.headers)
        if request.caller.access not in endpoint.access:
            access = request.caller.access.value
            raise Problem(endpoint.refused, access=access, method=endpoint.method, verb="update")
        for check in endpoint.asking:
            check(request)
        return endpoint.handler(request, self.store.snapshot())


def open_desk(folder: Path) -> Desk:
    """A desk over a fresh store with the published people in it."""
    runner = asyncio.Runner()
    terms = service.indexers
    index = lambda type, body: terms[type](body) if type in terms else ()  # noqa: E731
    formers = service.formers
    forms = lambda type, body, labels: formers[type](body, labels) if type in formers else {}  # noqa: E731
    desk = Desk(runner, runner.run(open_sqlite(folder / "store.db", index, forms)))
    for generation in founding_people():
        desk.keep(generation)
    return desk


def chance(size: int) -> bytes:
    """The same bytes each time, so that a test can say which id it expects."""
    return bytes.fromhex("8f8b957d")[:size]


def stored(desk: Desk, number: str) -> Json:
    """The record as it is stored."""
    return desk.store.snapshot().read([("Patient", number)])["Patient", number].body


def words(told: testing.Told) -> str | None:
    """The diagnostics of a refusal that came over the wire."""
    found: str | None = told.body["issue"][0].get("diagnostics")
    return found


def _named(headers: dict[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
