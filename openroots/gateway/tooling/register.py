"""The register behind the tooling door: how standards stand, what they would do, and taking back.

Source: house rules of OpenRoots.
"""

import asyncio
from collections.abc import Iterator
from datetime import date
from functools import partial

from openroots.gateway.counting import count_trails
from openroots.gateway.tooling.desk import OPERATOR, Asked, Desk, Routes, wrong_value
from openroots.gateway.trail import trails
from openroots.identifiers import without_nhs_numbers
from openroots.identity.applications import APPLICATION
from openroots.problem import Json, Problem
from openroots.register.bearer import bearer_of
from openroots.register.case import count_by_stage
from openroots.register.decision import standing, take_back
from openroots.register.definition import UNSEEN
from openroots.register.describe import describe, summarise
from openroots.register.dry_run import dry_run
from openroots.register.kept import as_change, counted_in, decisions_in, every, rulebook_of
from openroots.register.programme import load_programmes
from openroots.register.signed import publish
from openroots.register.standard import Standard
from openroots.storage import Author, Conflict, Key, Row

AT_ONCE = 1000  # commits, or rows, asked of the store in one call
ON = ("on",)  # the day of which something is asked
SEEDING = "seed"  # the endpoint of what no application has sent

route = Routes()


@route("GET", "/standards", takes=ON)
def list_standards(desk: Desk, asked: Asked) -> Json:
    """Every standard, as it stands on a date in each care setting."""
    rulebook, on = desk.world.rulebook, _day(desk, asked)
    found = rulebook.standards.values()
    return {
        "on": on,
        "standards": [summarise(standard, on, rulebook.decisions) for standard in found],
    }


@route("GET", "/standards/{id}", takes=ON)
def show_standard(desk: Desk, asked: Asked) -> Json:
    """One standard with its clauses and decisions, as it stands on a date."""
    standard = _standard(desk, asked.params["id"])
    return describe(standard, _day(desk, asked), desk.world.rulebook.decisions)


@route("GET", "/dry-run", takes=("standard", *ON))
async def try_standard(desk: Desk, asked: Asked) -> Json:
    """Whom a standard would refuse on a date, going by what was really sent and is stored."""
    standard, on = _standard(desk, asked.one("standard")), _day(desk, asked)
    await desk.journal.settled()
    return await asyncio.to_thread(_tried, desk, standard, on)


def _tried(desk: Desk, standard: Standard, on: date) -> Json:
    db = desk.world.store.snapshot()
    bearers = {row.id: bearer_of(row.body) for row in every(db, APPLICATION)}
    run = dry_run(
        standard,
        on,
        trails(desk.trails),
        _written(desk),
        desk.world.rulebook.decisions,
        {id: bearer.setting for id, bearer in bearers.items()},
        desk.world.rulebook.exemptions,
        bearers,
        desk.gateway.given.packages,
    )
    return run.to_json()


@route("GET", "/rulebook")
async def show_rulebook(desk: Desk, asked: Asked) -> Json:
    """What is enforced: the hash of the rulebook, its standards, the decisions and which stand; by
    which key it is signed here, and whence it is carried, if it is."""
    carrier = desk.gateway.carrier
    rulebook, now = desk.world.rulebook, desk.world.time.now()
    held = {decision.id for decision in standing(rulebook.decisions, now)}
    return {
        "hash": rulebook.hash,
        "time": now,
        "key": desk.world.keys.kid,
        "carried": await carrier.told() if carrier else None,
        "standards": [
            {"id": one.id, "version": one.version, "title": one.title}
            for one in rulebook.standards.values()
        ],
        "decisions": [
            {**decision.to_json(), "stands": decision.id in held} for decision in rulebook.decisions
        ],
    }


@route("GET", "/rulebook/signed")
def show_signed_rulebook(desk: Desk, asked: Asked) -> Json:
    """The rulebook in force, dated and signed, with the public keys that it can be checked by."""
    world = desk.world
    kid = world.keys.kid
    signed = publish(world.rulebook, world.wall.now(), partial(world.keys.sign, kid=kid), kid)
    return {"hash": world.rulebook.hash, "signed": signed, "keys": world.keys.public()}


@route("POST", "/rulebook/pull", kept=True)
async def pull_rulebook(desk: Desk, asked: Asked) -> Json:
    """Take over now what the other node has published, as is done every minute."""
    carrier = desk.gateway.carrier
    if carrier is None:
        raise Problem("carries-none")
    if trouble := await carrier.pull():
        raise Problem("not-taken-over", trouble=trouble)
    return await carrier.told()


@route("POST", "/standards/count")
async def count_what_was_sent(desk: Desk, asked: Asked) -> Json:
    """Count now who meets which standard, as is done every minute."""
    await desk.journal.settled()
    return {"counted": await count_trails(desk.world, desk.trails)}


@route("GET", "/programmes/{id}", takes=ON)
def count_programme(desk: Desk, asked: Asked) -> Json:
    """How many cases of a programme stand at each stage on a day."""
    programme = load_programmes().get(asked.params["id"])
    if programme is None:
        raise Problem("programme-unknown", programme=asked.params["id"])
    words = {stage.id: stage.words for stage in programme.stages}
    courses = counted_in(desk.world.store.snapshot(), programme.id)
    count = count_by_stage(courses, _day(desk, asked), words)
    return {"programme": programme.id, **count.to_json()}


@route("POST", "/rulebook/back", kept=True, takes=("standard", "reason"))
async def take_mandate_back(desk: Desk, asked: Asked) -> Json:
    """Undo the newest mandate in force, of one standard or of any, by a decision of its own."""
    world, standard = desk.world, asked.text("standard")
    if desk.gateway.carrier is not None:
        raise Problem("carried", url=desk.gateway.carrier.source.url)
    if asked.body.get("standard") is not None:  # named, if only by a variable that is empty
        _standard(desk, standard)
    known = await asyncio.to_thread(lambda: decisions_in(world.store.snapshot()))
    try:
        decision = take_back(
            known,
            standard or None,
            OPERATOR,
            _published(asked, "reason") or "Taken back by the command.",
            world.time.now(),
        )
    except LookupError:
        raise Problem("nothing-to-take-back", of=f" of {standard}" if standard else "") from None
    try:
        asked.t = await world.store.commit([as_change(decision)], by=asked.by(world))
    except Conflict:
        raise Problem("conflict") from None
    world.rulebook = await asyncio.to_thread(lambda: rulebook_of(world.store.snapshot()))
    return {"decision": decision.to_json(), "hash": world.rulebook.hash}


def _published(asked: Asked, name: str) -> str:
    """What everybody will read. Raises Problem where it holds an NHS number or a control character,
    as the register does."""
    text = asked.text(name)
    shown = UNSEEN.sub("?", without_nhs_numbers(text))
    if shown != text:
        raise wrong_value(name, shown[:80], "plain text that names nobody", "Too soon.")
    return text


def _day(desk: Desk, asked: Asked) -> date:
    return asked.day("on", desk.world.time.now().date())


def _standard(desk: Desk, id: str) -> Standard:
    standard = desk.world.rulebook.standards.get(id)
    if standard is None:
        raise Problem("standard-unknown", standard=id)
    return standard


def _written(desk: Desk) -> Iterator[tuple[Row, Author]]:
    """Each record that an application has written, as it is now, and who wrote it last."""
    store = desk.world.store
    writers: dict[Key, Author] = {}
    after = 0
    while commits := store.commits(after, AT_ONCE):
        after = commits[-1].t
        for commit in commits:
            if commit.by.endpoint != SEEDING:
                writers |= dict.fromkeys(commit.keys, commit.by)
    db, keys = store.snapshot(), list(writers)
    for start in range(0, len(keys), AT_ONCE):
        for key, row in db.read(keys[start : start + AT_ONCE]).items():
            yield row, writers[key]
