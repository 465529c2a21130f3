"""Deliveries behind the tooling door: how each subscription stands, and what can be done about it.

Source: house rules of OpenRoots.
"""

import re
from datetime import datetime

from openroots.delivery import kept
from openroots.delivery.following import looked
from openroots.delivery.kept import Wish
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.problem import Json, Problem
from openroots.services.events.deliveries import state_of, summary
from openroots.services.events.names import OWNER
from openroots.services.mesh.mailboxes import MAILBOX, mailbox
from openroots.storage import Change, Query

DOING = frozenset({kept.PAUSE, kept.RESUME, kept.TRIAL})
MOST = 1000
NEEDED = ("id", "ods_code", "password", "shared_key")  # of a mailbox
ID = re.compile(r"\w{1,100}", re.ASCII)  # what a subscription can name, and a client prove

route = Routes()


@route("GET", "/deliveries", takes=("limit", "after"))
def list_deliveries(desk: Desk, asked: Asked) -> Json:
    """Every subscription, whose it is and how it stands."""
    db = desk.world.store.snapshot()
    page = db.search(Query(OWNER, limit=asked.number("limit", 100, MOST), after=asked.after))
    owners = {row.id: row.body["application"] for row in page.rows}
    states = kept.states(db, list(owners))
    found = [_line(id, owner, states.get(id, {})) for id, owner in owners.items()]
    return {"deliveries": found, "next": page.next}


@route("GET", "/deliveries/{id}")
def show_deliveries(desk: Desk, asked: Asked) -> Json:
    """How one subscription stands, its log, and what was given up; of "unreadable", the signals
    that could not be understood."""
    db = desk.world.store.snapshot()
    id = asked.params["id"]
    if id == "unreadable":
        return {"signals": kept.dead_letters(db, "")}
    if db.get(OWNER, id) is None:
        raise Problem("subscription-unknown", id=id)
    return summary(id, db)


@route("POST", "/deliveries/{id}/{do}", kept=True)
async def do_deliveries(desk: Desk, asked: Asked) -> Json:
    """Pause, resume or test."""
    if (do := asked.params["do"]) not in DOING:
        raise Problem("path-unknown", path=f"/deliveries/{asked.params['id']}/{do}")
    return await _wished(desk, asked, do)


@route("POST", "/deliveries/{id}/replay", kept=True, takes=("since",))
async def replay_deliveries(desk: Desk, asked: Asked) -> Json:
    """Give again what was told since a moment; without one, all."""
    return await _wished(desk, asked, kept.REPLAY)


async def _wished(desk: Desk, asked: Asked, do: str) -> Json:
    world, id = desk.world, asked.params["id"]
    if await looked(world.store, lambda db: db.get(OWNER, id)) is None:
        raise Problem("subscription-unknown", id=id)
    signal = Wish(do, id, since=_since(asked, world.time.now())).signal()
    asked.t = await world.store.commit(signals=[signal], by=asked.by(world))
    return {"id": id, "do": do}


@route("POST", "/mailboxes", kept=True, takes=(*NEEDED, "workflows", "name"))
async def make_mailbox(desk: Desk, asked: Asked) -> Json:
    """A mailbox of MESH, made or changed."""
    world = desk.world
    given = {name: asked.text(name) for name in NEEDED}
    for name, value in given.items():
        if not value or not value.isascii() or not value.isprintable() or ":" in value:
            wanted = "printable ASCII without a colon"
            raise Problem("value-wrong", name=name, given="", wanted=wanted, example="X26ABC1")
    if not ID.fullmatch(id := given["id"]):
        wanted = "1 to 100 letters, digits or _"
        raise Problem("value-wrong", name="id", given=id[:80], wanted=wanted, example="X26ABC1")
    workflows = [each for part in asked.text("workflows").split(",") if (each := part.strip())]
    made = mailbox(**given, workflows=workflows, name=asked.text("name"))
    key = (MAILBOX, made["id"])
    row = await looked(world.store, lambda db: db.get(*key))
    change = Change(*key, made, row.version if row else 0)
    asked.t = await world.store.commit([change], by=asked.by(world))
    return {"id": made["id"], "made": row is None}


def _since(asked: Asked, now: datetime) -> str:
    """The moment that a replay begins at; "" for the beginning."""
    text = asked.text("since")
    try:
        if not text or ((moment := datetime.fromisoformat(text)).tzinfo and moment <= now):
            return text
    except ValueError:
        pass
    wanted, example = "a moment that is past", "2026-11-21T12:00:00Z"
    raise Problem("value-wrong", name="since", given=text, wanted=wanted, example=example)


def _line(id: str, owner: str, state: Json) -> Json:
    return {
        "id": id,
        "application": owner,
        "state": state_of(state),
        "delivered": state.get("delivered", 0),
        "failedAttempts": state.get("failed", 0),
        "givenUp": state.get("dead", 0),
    }
