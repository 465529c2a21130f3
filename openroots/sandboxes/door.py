"""The door of a house with sandboxes beside it: which of them is asked.

For `up` and `testing`. What is asked beneath `/sandbox/NAME` goes to that sandbox, with the path
taken off. What an application asks that is bound to a sandbox goes there too, by its key or token;
all else goes to the house itself.

Source: ASGI 3.0, for `root_path`.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from openroots.body import Receive, Scope
from openroots.gateway.access import KEY_HEADER
from openroots.gateway.tooling import refused
from openroots.gateway.wire import Answer
from openroots.house import House, Send
from openroots.identity import grants
from openroots.identity.applications import API_KEY, APPLICATION, fingerprint
from openroots.identity.tokens import key_of, token_of
from openroots.opening import found_in
from openroots.problem import Problem
from openroots.sandboxes import Kind, Sandboxes, with_token
from openroots.sandboxes.links import Beneath, Linked
from openroots.sandboxes.sandbox import PATH, Sandbox
from openroots.settings import Settings
from openroots.storage import (
    Author,
    Change,
    Conflict,
    Mark,
    Row,
    Snapshot,
    TooNew,
    Unavailable,
)
from openroots.world import World

TOOLING = "/_openroots/"
# Which read and write its files.
OF_THE_SERVER = ("/_openroots/save", "/_openroots/restore", "/_openroots/sandboxes")

log = logging.getLogger(__name__)


class Estate:
    """A house, and the sandboxes beside it."""

    def __init__(self, house: House, ready: Mapping[Kind, Path] | None = None) -> None:
        self.house = house
        self.sandboxes = Sandboxes(house, ready)
        with_token(house, self.sandboxes)

    @property
    def settings(self) -> Settings:
        """Those of the house."""
        return self.house.settings

    @property
    def world(self) -> World:
        """That of the house."""
        return self.house.world

    def hasten(self) -> None:
        """Have what waits for something to happen be answered at once, in all of them."""
        self.sandboxes.hasten()
        self.house.hasten()

    async def close(self) -> None:
        """Finish what was accepted, and close all."""
        await self.sandboxes.close()
        await self.house.close()

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI door."""
        if scope["type"] != "http":
            await self.house.application(scope, receive, send)
            return
        try:
            if scope["path"].startswith(f"{PATH}/"):
                await self._beneath(scope, receive, send)
            elif found := await self._bound(scope):
                linked = Linked(f"{PATH}/{found.name}", send)
                await self._through(found, {**scope, "extensions": {}}, receive, linked)
            else:
                await self.house.application(scope, receive, send)
        except Problem as problem:
            if problem.row == "sandbox-unknown" and self._is_for_a_page(scope):
                await self.house.application(scope, receive, send)
            else:
                await _tell(problem, send, scope)
        except (Unavailable, TooNew, OSError):  # a sandbox that cannot be opened
            log.exception("a sandbox cannot be opened")
            await _tell(Problem("unavailable"), send, scope)

    def _is_for_a_page(self, scope: Scope) -> bool:
        """Whether a browser asks, and neither for an API nor for the tooling."""
        path = "/" + scope["path"].removeprefix(f"{PATH}/").partition("/")[2]
        if path.startswith(TOOLING) or self.house.gateway.service(path) is not None:
            return False
        return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])

    async def _beneath(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, slash, path = scope["path"].removeprefix(f"{PATH}/").partition("/")
        found, root = self.sandboxes.find(name), f"{PATH}/{name}"
        if not slash:
            await _send(Answer(307, [(b"location", f"{root}/".encode())], b""), send, scope)
            return
        if f"/{path}".startswith(OF_THE_SERVER):
            raise Problem("sandbox-state", name=name)
        inner = {**scope, "path": f"/{path}", "root_path": root, "extensions": {}}
        await self._through(found, inner, receive, Beneath(root, send))

    async def _through(self, found: Sandbox, scope: Scope, receive: Receive, send: Send) -> None:
        await self.sandboxes.opened(found)
        await found.through(scope, receive, send)

    async def _bound(self, scope: Scope) -> Sandbox | None:
        """The sandbox of the application that asks, which knows the application by then."""
        if not self.sandboxes.binds or self.house.gateway.service(scope["path"]) is None:
            return None
        given = _given(scope)
        if not given:
            return None
        store = self.world.store
        told = await found_in(store, partial(_who_asks, given))
        if told is None or (found := self.sandboxes.bound_to(told.application)) is None:
            return None
        await _introduce(told, (await self.sandboxes.opened(found)).world)
        return found


class Told(NamedTuple):
    """What the house knows of an application that asks, and by what it says who it is."""

    application: str
    rows: list[Row]
    marks: list[Mark]


async def _introduce(told: Told, world: World) -> None:
    """Have a sandbox know what the house does: keys and tokens that it gave are good there."""
    db = world.store.snapshot()
    here = db.read([(row.type, row.id) for row in told.rows])
    known = db.marks([mark.key for mark in told.marks])
    changes = [
        Change(row.type, row.id, row.body, old.version if old else 0)
        for row in told.rows
        if (old := here.get((row.type, row.id))) is None or old.raw != row.raw
    ]
    marks = [mark for mark in told.marks if mark.key not in known]
    if changes or marks:
        by = Author("openroots", "", "sandboxes", "", world.wall.now(), world.time.now())
        with suppress(Conflict):  # another of its requests was first
            await world.store.commit(changes, marks=marks, by=by, across=True)


def _given(scope: Scope) -> dict[str, str]:
    """By what the application says who it is."""
    headers = {name.lower().decode("latin-1"): value for name, value in scope["headers"]}
    given = {
        name: headers[name].decode("latin-1")
        for name in (KEY_HEADER, "authorization")
        if name in headers
    }
    if "authorization" in given:
        scheme, _, token = given.pop("authorization").strip().partition(" ")
        return {"token": token.strip()} if scheme.lower() == "bearer" else {}
    return given


def _who_asks(given: Mapping[str, str], db: Snapshot) -> Told | None:
    """Which application asks, and what shows it; None for one that is not known here."""
    if "token" in given:
        token = token_of(given["token"], db)
        if token is None:
            return None
        named = [key_of(given["token"])]
        named += [grants.session_key(token.session)] if token.session else []
        rows = db.read([(APPLICATION, token.application)])
        return Told(token.application, list(rows.values()), list(db.marks(named).values()))
    if (row := db.get(API_KEY, fingerprint(given[KEY_HEADER]))) is None:
        return None
    id = str(row.body["application"])
    return Told(id, [*db.read([(APPLICATION, id)]).values(), row], [])


async def _tell(problem: Problem, send: Send, scope: Scope) -> None:
    await _send(refused(problem), send, scope)


async def _send(answer: Answer, send: Send, scope: Scope) -> None:
    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})
