"""Administrators behind the tooling door: who they are, a further one, the end of one.

A key is shown once, when it is made: the store keeps its hash. What is ended here opens nothing
from the next request on, on every worker.

Source: none.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from openroots.gateway.tooling.desk import Asked, Desk, Routes, commit
from openroots.identity import administrators
from openroots.identity.administrators import ID, NAME
from openroots.identity.tokens import new_text
from openroots.problem import Json, Problem
from openroots.storage import Change, Mark, Snapshot

EXAMPLE = "sam.park@example.com"

route = Routes()


class Decided(NamedTuple):
    """What is to be committed."""

    changes: Sequence[Change]
    marks: Sequence[Mark] = ()


@route("GET", "/administrators")
def show_administrators(desk: Desk, asked: Asked) -> Json:
    """Everybody who administers this installation, or did."""
    rows = administrators.all_in(desk.world.store.snapshot())
    return {"administrators": [row.body for row in rows]}


@route("POST", "/administrators", kept=True, takes=("id", "name"))
async def add_administrator(desk: Desk, asked: Asked) -> Json:
    """Make somebody an administrator; the key is in the answer, and nowhere after."""
    id, name = asked.text("id").lower(), asked.text("name")
    for field, given, pattern, wanted, example in (
        ("id", id, ID, "an address as e-mail has it", EXAMPLE),
        ("name", name, NAME, "text of 1 to 100 characters", "Sam Park"),
    ):
        if not pattern.fullmatch(given):
            raise Problem(
                "value-wrong", name=field, given=given[:80], wanted=wanted, example=example
            )
    key = new_text(desk.world.chance.bytes)
    wall = desk.world.wall.now()
    change = administrators.made(id, name, key, wall)

    def decide(db: Snapshot) -> Decided:
        if any(row.body["id"] == id for row in administrators.active_in(db)):
            raise Problem("administrator-there", id=id)
        return Decided([change], [administrators.turn_of(id, db, wall)])

    await _commit(desk, asked, decide)
    return {**(change.body or {}), "key": key}


@route("POST", "/administrators/{id}/end", kept=True)
async def end_administrator(desk: Desk, asked: Asked) -> Json:
    """Take back the key of an administrator."""
    id, told = asked.params["id"].lower(), list[Json]()

    def decide(db: Snapshot) -> Decided:
        active = [row for row in administrators.active_in(db) if row.body["id"] == id]
        if not active:
            raise Problem("administrator-unknown", id=id)
        changes = [administrators.ended(row, desk.world.wall.now()) for row in active]
        told[:] = [change.body or {} for change in changes]
        return Decided(changes)

    await _commit(desk, asked, decide)
    return told[0]


async def _commit(desk: Desk, asked: Asked, decide: Callable[[Snapshot], Decided]) -> None:
    store = desk.world.store
    changes, marks = await asyncio.to_thread(lambda: decide(store.snapshot()))
    await commit(desk, asked, changes, marks)
