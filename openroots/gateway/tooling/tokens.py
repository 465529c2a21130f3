"""A token for the asking, behind the tooling door: so that a developer's first call needs no key.

It stands for the same as one that the authorisation server gave, and is looked up in the same way.
In a made-up world only.

Source: NHS England API platform, access tokens of 599 seconds; OpenRoots' own way to get one.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from openroots.gateway.tooling.desk import Asked, Desk, Routes, wrong_value
from openroots.identity import applications, scopes
from openroots.identity.grants import held_by
from openroots.identity.staff import staff_of
from openroots.identity.tokens import Token, mark_of, new_text
from openroots.problem import Json, Problem
from openroots.storage import Snapshot

LIFE = timedelta(seconds=599)
STAFF, CITIZEN = "staff", "citizen"
AS_WHOM = {
    "": (scopes.APPLICATION, scopes.SIGNED_LEVEL, ""),
    STAFF: (scopes.WORKER, "aal3", "aal3"),
    CITIZEN: (scopes.PATIENT, "P9", "P9.Cp.Cd"),
}
WHOM = {"": "itself alone", STAFF: "staff", CITIZEN: "citizens"}

route = Routes()


@route("POST", "/tokens", kept=True, takes=("application", "as", "scope"))
async def give_token(desk: Desk, asked: Asked) -> Json:
    """A token for an application, on its own behalf or `as` somebody: "staff:ID" or
    "citizen:NHSNUMBER"; with some of its scopes only, where `scope` names them."""
    if not desk.settings.ready_made:
        raise Problem("tokens-earned")
    world = desk.world
    token = await asyncio.to_thread(_asked_for, desk, asked)
    text = new_text(world.chance.bytes)
    asked.t = await world.store.commit(marks=[mark_of(text, token)], by=asked.by(world))
    return {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": str(int(LIFE.total_seconds())),
        "scope": " ".join(token.scopes),
        "application": token.application,
    }


def _asked_for(desk: Desk, asked: Asked) -> Token:
    db, wall = desk.world.store.snapshot(), desk.world.wall.now()
    whom, wanted = asked.text("as"), asked.text("scope").split()
    return token_for(db, wall, asked.text("application"), whom, wanted)


def token_for(
    db: Snapshot, wall: datetime, application: str, whom: str = "", wanted: list[str] | None = None
) -> Token:
    """What a token for this application would stand for. Raises Problem where it can have none."""
    body = applications.by_id(application, db) or applications.by_key(application, db)
    if body is None:
        raise Problem("application-unknown", application=application)
    if not applications.is_active(body):
        raise Problem("application-revoked", application=application)
    way, _, user = whom.replace(" ", "").partition(":")  # as an NHS number is written
    if way not in AS_WHOM or bool(way) != bool(user):
        raise wrong_value("as", whom, "staff:ID or citizen:NHSNUMBER", "citizen:9000000009")
    _must_be_there(way, user, db)
    kind, level, assurance = AS_WHOM[way]
    granted = applications.granted(applications.products_of(body, db))
    fitting = sorted(filter(_of(kind, level), granted))
    if strange := set(wanted or ()) - set(fitting):
        example = fitting[0] if fitting else "no scope: its products have none of this kind"
        wish = f"a scope of its products for {WHOM[way]}"
        raise wrong_value("scope", " ".join(sorted(strange)), wish, example)
    given = tuple(wanted or fitting)
    return Token(
        **held_by(body),
        scopes=given,
        issued=wall,
        expires=wall + LIFE,
        user=user,
        assurance=assurance,
    )


def _of(kind: str, level: str) -> Callable[[str], bool]:
    def fits(scope: str) -> bool:
        grant = scopes.grant_of(scope)
        return grant is not None and (grant.kind, grant.level) == (kind, level)

    return fits


def _must_be_there(way: str, user: str, db: Snapshot) -> None:
    is_there = {
        STAFF: lambda: staff_of(user, db) is not None,
        CITIZEN: lambda: db.get("Patient", user) is not None,
    }
    if way and not is_there[way]():
        raise Problem("user-unknown", kind=way)
