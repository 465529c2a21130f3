"""People from elsewhere, behind the tooling door: load them, make some like those one has in mind,
give them out as fixtures.

    POST /people/load     {"text": "...", "any_number": false, "check": false, "claimed": []}
                          {"records": [[1, {"resourceType": "Patient", ...}], ...]}
    POST /people/make     {"like": "family-of-5", "count": 1, "seed": 7}
    GET  /people/export   ?number=...&number=...   or all, ?after=&limit=

Each load is one commit, kept whole or not at all, of those whom nothing is wrong with; it says of
everybody else why not. A larger file is given in parts, as the command does.

Source: house rules of OpenRoots.
"""

import asyncio
from collections.abc import Callable, Sequence, Set
from io import BytesIO

from openroots.gateway.tooling.desk import OPERATOR, Asked, Desk, Routes
from openroots.loading.failures import FAILURES, Wrong, wrong
from openroots.loading.keeping import Batch, Checked, Line, checked, decided
from openroots.loading.making import fixtures, made, refuse_too_many, settled
from openroots.loading.reading import records
from openroots.population.alike import LIKES
from openroots.problem import Json, Problem
from openroots.service import Access, Caller, Request
from openroots.services.demographics import service
from openroots.storage import Conflict, Query, Snapshot

ATTEMPTS = 5
MOST_AT_ONCE = 1000  # people in one part
FEW, MANY = 100, 500
SEED = 4  # bytes
LOADED = ("records", "text", "any_number", "check", "claimed")

route = Routes()


@route("POST", "/people/load", kept=True, takes=LOADED)
async def load_people(desk: Desk, asked: Asked) -> Json:
    """Who of these people is here now, under which number, and why the others are not."""
    _must_be_made_up(desk)
    any_number, only_try = asked.flag("any_number"), asked.flag("check")
    lines, bad = await asyncio.to_thread(_lines, asked)
    request = _request(desk)
    good, refused = await asyncio.to_thread(checked, lines, request, any_number)
    told: Json = {}
    if only_try:
        batch, told = await _rehearsed(desk, good, request, _claimed(asked))
        kept = []
    else:
        batch = await _keep(desk, asked, lambda db: decided(good, request, db), good)
        kept = [{"line": line, "number": number} for line, number in sorted(batch.kept)]
    wrongs = sorted([*bad, *refused, *batch.refused])
    return {
        "read": len(lines) + len(bad),
        "kept": len(kept),
        "fit": len(batch.kept),
        "numbers": kept,
        "refused": [one._asdict() for one in wrongs],
        **told,
    }


@route("POST", "/people/make", kept=True, takes=("like", "count", "seed"))
async def make_people(desk: Desk, asked: Asked) -> Json:
    """New made-up people like those that are asked for, with their records as fixtures."""
    _must_be_made_up(desk)
    like, request = asked.text("like"), _request(desk)
    if like not in LIKES:
        wanted = {"wanted": "a likeness of people", "example": ", ".join(LIKES)}
        raise Problem("value-wrong", name="like", given=like[:80], **wanted)
    count, seed = _number(asked, "count", 1, 1, 100), _number(asked, "seed", -1, 0, 2**63 - 1)
    if seed < 0:
        seed = int.from_bytes(desk.world.chance.bytes(SEED))
    found = await asyncio.to_thread(made, like, count, seed, request)
    refuse_too_many(found, MOST_AT_ONCE)
    batch = await _keep(desk, asked, lambda db: settled(found, like, request, db))
    patients = fixtures(batch.changes)
    return {"like": like, "words": LIKES[like], "seed": seed, "patients": patients}


@route("GET", "/people/export", kept=True, takes=("number", "limit", "after"))
def export_people(desk: Desk, asked: Asked) -> Json:
    """Records as they are now: those of some numbers, or all, a page at a time."""
    _must_be_made_up(desk)
    db = desk.world.store.snapshot()
    if numbers := asked.query.get("number"):
        if beside := asked.query.keys() - {"number"}:
            path = "/people/export?number=..."
            raise Problem("parameter-strange", path=path, name=min(beside), taken="number")
        if len(numbers) > MANY:
            raise Problem("people-too-many", most=MANY)
        rows = db.read([("Patient", number) for number in numbers])
        if missing := [one for one in numbers if ("Patient", one) not in rows]:
            wanted = {"wanted": "the number of anybody here", "example": "9000000009"}
            raise Problem("value-wrong", name="number", given=missing[0][:40], **wanted)
        found, following = list(rows.values()), ""
    else:
        limit = asked.number("limit", FEW, MANY)
        page = db.search(Query("Patient", limit=limit, after=asked.after))
        found, following = list(page.rows), page.next
    asked.subjects += [row.subject for row in found]
    return {"patients": [row.body for row in found], "next": following}


async def _rehearsed(
    desk: Desk, people: Sequence[Checked], request: Request, claimed: Set[str]
) -> tuple[Batch, Json]:
    """Whom a load would keep of these people, were those kept before whose claims are given; and
    what these claim, for whoever checks a file part by part."""
    store = desk.world.store
    batch = await asyncio.to_thread(lambda: decided(people, request, store.snapshot(), claimed))
    every = {claim for _, one in people for claim in (*one.claims, *one.likenesses)}
    return batch, {"claims": sorted(every), "claimed": sorted(batch.claims)}


async def _keep(
    desk: Desk,
    asked: Asked,
    decide: Callable[[Snapshot], Batch],
    people: Sequence[Checked] = (),
) -> Batch:
    """What was decided and is committed. Where others were first each time, nobody is kept."""
    store = desk.world.store
    for _ in range(ATTEMPTS):
        batch = await asyncio.to_thread(lambda: decide(store.snapshot()))
        if not batch.changes:
            return batch
        parts = batch.changes, batch.guards, (), batch.marks
        try:
            asked.t = await store.commit(*parts, by=asked.by(desk.world), across=True)
        except Conflict:
            continue
        asked.subjects += batch.subjects
        return batch
    if not people:
        raise Problem("conflict")
    nobody = Batch()
    for line, _ in people:
        nobody.refuse(line, "others-first")
    return nobody


def _lines(asked: Asked) -> tuple[list[Line], list[Wrong]]:
    """The Patients that were sent, by line, and what could not be read of them."""
    if "text" not in asked.body:
        return _given(asked.body.get("records")), []
    lines: list[Line] = []
    bad: list[Wrong] = []
    try:
        for line, patient, why, _ in records(BytesIO(asked.text("text").encode())):
            if patient is not None:
                lines.append((line, patient))
            elif why is not None:
                bad.append(why)
            _refuse_more_than_may_be(len(lines))
    except Problem as problem:
        if problem.row not in FAILURES:
            raise
        told = wrong(0, problem)
        raise Problem("people-unreadable", why=told.why, mend=told.mend) from None
    return lines, bad


def _given(records: object) -> list[Line]:
    pairs = records if isinstance(records, list) else []
    fits = all(
        isinstance(one, list) and len(one) == 2 and type(one[0]) is int and isinstance(one[1], dict)
        for one in pairs
    )
    if not pairs or not fits:
        wanted = {"wanted": "pairs of a line and a Patient", "example": "[[1, {...}]], or text"}
        raise Problem("value-wrong", name="records", given=str(records)[:40], **wanted)
    _refuse_more_than_may_be(len(pairs))
    return [(line, patient) for line, patient in pairs]


def _claimed(asked: Asked) -> Set[str]:
    given = asked.body.get("claimed", [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        wanted = {"wanted": "claims of parts that were checked before", "example": "[], or a list"}
        raise Problem("value-wrong", name="claimed", given=str(given)[:40], **wanted)
    return frozenset(given)


def _refuse_more_than_may_be(count: int) -> None:
    if count > MOST_AT_ONCE:
        raise Problem("people-too-many", most=MOST_AT_ONCE)


def _must_be_made_up(desk: Desk) -> None:
    if not desk.settings.ready_made:
        raise Problem("people-not-loaded")


def _number(asked: Asked, name: str, otherwise: int, least: int, most: int) -> int:
    value = asked.body.get(name)
    if value is None:
        return otherwise
    if type(value) is not int or not least <= value <= most:
        wanted = {"wanted": f"a whole number from {least} to {most}", "example": str(least)}
        raise Problem("value-wrong", name=name, given=str(value)[:40], **wanted)
    return value


def _request(desk: Desk) -> Request:
    """The world's time and chance, as the rules of the service ask for them."""
    create = next(one for one in service.endpoints if one.name == "create-patient")
    caller = Caller(OPERATOR, "", Access.APPLICATION)
    time, chance = desk.world.time.now(), desk.world.chance.bytes
    return Request(endpoint=create, params={}, headers={}, caller=caller, time=time, chance=chance)
