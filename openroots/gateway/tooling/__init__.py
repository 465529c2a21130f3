"""The tooling door: what the `openroots` command does to a running world, over HTTP.

For the command, and for scripts that read the token. Everything is under /_openroots/, JSON goes
in and out, and a refusal is `{"error": ..., "mend": ...}`. A developer's world can be emptied
through here, so who comes in is looked at first: see `door`.

    GET  health  status  clock  config  standards  standards/{id}  dry-run  rulebook
         why/{id}  audit  people  agreements  agreements/{id}  who-could-read  alerts
         staff  staff/{id}  what-if/agreements/{id}/ends  deliveries  deliveries/{id}
         rulebook/signed  programmes/{id}  sandboxes  sandboxes/{name} (and DELETE)  faults
         requests  requests/{id}  requests/export  requests/live  client-report
         administrators  keys
    POST sandboxes  sandboxes/{name}/drop (or reset, save, restore, clock)  agreements
         agreements/{id}/{act}  opt-outs  proxies
         staff/{id}/roles  staff/{id}/roles/{role}/end  staff/{id}/end
         clock  rulebook/back  save  restore  reset  prune  tokens  mailboxes  standards/count
         deliveries/{id}/pause (or resume, test, replay)
         administrators  administrators/{id}/end  keys/rotate  rulebook/pull
         faults  faults/clear  requests/{id}/replay  people/load  people/make
         people/trace

Source: house rules of OpenRoots.
"""

import asyncio
import inspect
import logging
import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import orjson

from openroots.clock import Chance
from openroots.gateway.pipeline import Gateway
from openroots.gateway.tooling import (
    administrators,
    applications,
    clients,
    deliveries,
    evidence,
    faults,
    governance,
    keeping,
    keys,
    people,
    people_files,
    register,
    requests,
    sandboxes,
    staff,
    tokens,
    tracing,
)
from openroots.gateway.tooling.desk import (
    Asked,
    Desk,
    Prune,
    Renew,
    Restore,
    Route,
    Sandboxes,
    operator_entry,
)
from openroots.gateway.tooling.door import (
    administrator_by,
    given_token,
    is_local_token,
    is_loopback,
    refuse_strangers,
)
from openroots.gateway.tooling.failures import FAILURES, rendered
from openroots.gateway.wire import Answer, read_body, read_query
from openroots.problem import Json, Problem
from openroots.settings import Settings
from openroots.storage import Unavailable
from openroots.storage.audit import Journal
from openroots.storage.durable import make_private

__all__ = ["BASE", "TOKEN_FILE", "Tooling", "local_token"]

Scope = MutableMapping[str, Any]

BASE = "/_openroots"
TOKEN_FILE = "token"
PARAMETER = re.compile(r"{(\w+)}")
JSON = (b"content-type", b"application/json")
# No page may show an answer of this door in a frame, guess its type or keep it.
HARDENED = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]

log = logging.getLogger(__name__)


class Tooling:
    """The door to one world."""

    def __init__(
        self,
        gateway: Gateway,
        settings: Settings,
        token: str,
        journal: Journal,
        renew: Renew,
        restore: Restore,
        prune: Prune,
    ) -> None:
        since = gateway.world.wall.now()
        self.desk = Desk(gateway, settings, journal, renew, restore, prune, since)
        self._token = token
        self._routes = [
            (re.compile(PARAMETER.sub(r"(?P<\1>[^/]*)", route.path)), route)
            for routes in (
                keeping.route,
                register.route,
                evidence.route,
                deliveries.route,
                governance.route,
                staff.route,
                people.route,
                people_files.route,
                tracing.route,
                tokens.route,
                faults.route,
                requests.route,
                clients.route,
                applications.route,
                sandboxes.route,
                administrators.route,
                keys.route,
            )
            for route in routes
        ]

    def offer(self, sandboxes: Sandboxes) -> None:
        """Let these sandboxes be worked on by this door."""
        self.desk = replace(self.desk, sandboxes=sandboxes)

    async def answer(self, scope: Scope, body: bytes) -> Answer:
        """The answer to a request, whoever it comes from."""
        try:
            return _told(200, await self._do(scope, body))
        except Problem as problem:
            return refused(problem)
        except Unavailable:
            return refused(Problem("unavailable"))
        except OSError as error:  # a file that is away, as while others take the place of all
            log.warning("the tooling cannot read or write a file: %s", error)
            return refused(Problem("unavailable"))
        except Exception:
            log.exception("defect in the tooling")
            return refused(Problem("internal"))

    async def _do(self, scope: Scope, body: bytes) -> Json:
        path = _as_sent(scope)
        fitting = {
            route.method: (route, {name: unquote(id) for name, id in found.groupdict().items()})
            for pattern, route in self._routes
            if (found := pattern.fullmatch(path))
        }
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route, params = fitting.get(method, (None, {}))
        is_free = route is not None and route.free
        user = "" if is_free else await self._who_comes_in(scope)
        if not fitting:
            raise Problem("path-unknown", path=path)
        if route is None:
            allowed = ", ".join(fitting)
            raise Problem("method-unknown", path=path, allowed=allowed, method=scope["method"])
        asked = self._asked(route, params, scope, body)
        asked.user = user
        answer = await _answer(route, self.desk, asked)
        if route.kept:
            known = asked.trail, asked.subjects, asked.t, asked.user
            await self.desk.journal.keep(operator_entry(asked.name, self.desk.world, *known))
        return answer

    async def _who_comes_in(self, scope: Scope) -> str:
        """The administrator who asks; "" for whoever has this machine's token. Raises Problem."""
        settings, store = self.desk.settings, self.desk.world.store
        refuse_strangers(scope, anywhere=settings.tooling == "anywhere")
        # Another machine is not told where this one keeps its files.
        is_near = is_loopback(scope["client"])
        file = str(settings.state / TOKEN_FILE) if is_near else TOKEN_FILE
        given = given_token(scope, file)
        if is_local_token(given, self._token):
            return ""
        if store.inline:
            return administrator_by(given, store.snapshot(), file)
        return await asyncio.to_thread(lambda: administrator_by(given, store.snapshot(), file))

    def _asked(self, route: Route, params: Mapping[str, str], scope: Scope, body: bytes) -> Asked:
        parsed = read_body(body, "") if route.method == "POST" else None
        if not isinstance(parsed, dict | None):
            raise Problem("body-not-json")
        query, told = read_query(scope["query_string"]), parsed or {}
        route.refuse_strange(query, told)
        name = "tooling." + route.path.partition("/{")[0].strip("/").replace("/", "-")
        trail = self.desk.world.chance.bytes(12).hex()
        return Asked(name, trail, params, query, told)


def local_token(state: Path, chance: Chance) -> str:
    """The token that opens the door, from the state folder; made there if it is not yet.

    Only the user who runs the server can read the file. Raises OSError where it cannot be kept.
    """
    path = state / TOKEN_FILE
    make_private(state)
    if path.exists() and (token := path.read_text("ascii").strip()):
        return token
    token = chance.bytes(24).hex()
    path.unlink(missing_ok=True)
    # Made with its mode, and not given it afterwards, so that there is no moment to read it in.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as made:
        made.write(f"{token}\n")
    return token


def _as_sent(scope: Scope) -> str:
    """The path beneath the door, still encoded: an id may hold any character, also a slash."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return path.decode("ascii").removeprefix(scope.get("root_path", "")).removeprefix(BASE)


def refused(problem: Problem) -> Answer:
    """The answer that tells of a problem."""
    row = problem.row if problem.row in FAILURES else "internal"
    failure = FAILURES[row].told(problem.fields)
    allowed = (
        [(b"allow", str(problem.fields["allowed"]).encode())] if row == "method-unknown" else []
    )
    answer = _told(failure.status, rendered(failure))
    return Answer(answer.status, [*answer.headers, *allowed], answer.body)


async def _answer(route: Route, desk: Desk, asked: Asked) -> Json:
    if inspect.iscoroutinefunction(route.answer):
        answer: Json = await route.answer(desk, asked)
        return answer
    return await asyncio.to_thread(route.answer, desk, asked)


def _told(status: int, body: Json) -> Answer:
    return Answer(status, [JSON, *HARDENED], orjson.dumps(body))
