"""Tracing many people behind the tooling door, a part of a file at a time.

    POST /people/trace    {"people": [{"family": ..., "given": [...], "born": ..., ...}, ...]}

Who is found is audited: a request's entry names all of them.

Source: house rules of OpenRoots.
"""

import asyncio

from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.loading.sought import wanted_of
from openroots.loading.traced import all_subjects, trace
from openroots.problem import Json, Problem
from openroots.tracing import Wanted

MOST_AT_ONCE = 1000  # people in one request
EXAMPLE = '[{"family": "Smith", "given": ["Jane"], "born": "2010-10-22"}]'

route = Routes()


@route("POST", "/people/trace", kept=True, takes=("people",))
async def trace_people(desk: Desk, asked: Asked) -> Json:
    """What comes of tracing each of these people, in their order."""
    sought, store = _sought(asked), desk.world.store
    # On a thread: a part of a file takes long, and others are answered meanwhile.
    outcomes = await asyncio.to_thread(lambda: trace(sought, store.snapshot()))
    asked.subjects += all_subjects(outcomes)
    return {"outcomes": [outcome.told() for outcome in outcomes]}


def _sought(asked: Asked) -> list[Wanted]:
    people = asked.body.get("people")
    if not isinstance(people, list) or not people:
        raise _wrong(people)
    if len(people) > MOST_AT_ONCE:
        raise Problem("people-too-many", most=MOST_AT_ONCE)
    try:
        return [wanted_of(one) for one in people]
    except (ValueError, AttributeError):
        raise _wrong(people) from None


def _wrong(people: object) -> Problem:
    kind = type(people).__name__  # what was sent may name somebody, and is not repeated
    wanted = {"wanted": "people, each with a birth date and a name", "example": EXAMPLE}
    return Problem("value-wrong", name="people", given=kind, **wanted)
