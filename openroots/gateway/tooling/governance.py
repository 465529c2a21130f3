"""Governance behind the tooling door: agreements, opt-outs, proxies, alerts, and what would happen.

Each change is one commit, and holds from the next request on, on every worker.

Source: NHS data sharing agreements and their states, as the Data Uses Register tells of them.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from openroots.fhir.patient import whole_name
from openroots.gateway.policy.ending import if_ended
from openroots.gateway.policy.what_if import Person, who_could_read
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.gateway.trail import trails
from openroots.problem import Json, Problem
from openroots.register import kept_agreements, opt_out
from openroots.register.agreement import (
    ACTIONS,
    ALL,
    LIFE,
    Malformed,
    agreement_of,
    drawn_up,
    moved,
    refuse_strange_labels,
)
from openroots.register.proxy_role import ACTIVE, INACTIVE, Pair, change_to, role_of
from openroots.register.relationship import person_of
from openroots.storage import Change, Conflict, Query, Snapshot

ATTEMPTS = 5
FEW, MANY = 50, 1000
ALERT = "Alert"

route = Routes()

Decide = Callable[[Snapshot], Sequence[Change]]


@route("GET", "/agreements")
def list_agreements(desk: Desk, asked: Asked) -> Json:
    """Every agreement, whether it permits anything now, and what is wrong with it."""
    db, now = desk.world.store.snapshot(), desk.world.time.now()
    bodies = [row.body for row in kept_agreements.rows_in(db)]
    agreements = kept_agreements.agreements_in(db)
    return {
        "hash": agreements.hash,
        "time": now,
        "agreements": [
            {
                **body,
                "permits": agreements.known[body["id"]].holds_at(now),
                "wrong": _wrong(body, desk),
            }
            for body in bodies
        ],
    }


@route("GET", "/agreements/{id}")
def show_agreement(desk: Desk, asked: Asked) -> Json:
    """One agreement in full, and what is wrong with it."""
    db, now = desk.world.store.snapshot(), desk.world.time.now()
    body = _kept(asked.params["id"], db)
    acts, permits = sorted(LIFE[body["state"]]), agreement_of(body).holds_at(now)
    return {**body, "permits": permits, "acts": acts, "wrong": _wrong(body, desk)}


@route("POST", "/agreements", kept=True, takes=None)
async def put_agreement(desk: Desk, asked: Asked) -> Json:
    """Draw up an agreement, or change one that is still a draft."""
    drawn = list[Json]()

    def decide(db: Snapshot) -> Sequence[Change]:
        found = kept_agreements.agreement_in(db, str(asked.body.get("id", "")))
        if found and found[0]["state"] != "draft":
            raise Problem("agreement-fixed", id=found[0]["id"], state=found[0]["state"])
        drawn[:] = [drawn_up(asked.body)]
        refuse_strange_labels(agreement_of(drawn[0]), _labels(desk))
        return kept_agreements.changes_to(drawn, db)

    await _commit(desk, asked, decide)
    return drawn[0]


@route("POST", "/agreements/{id}/{act}", kept=True, takes=("reason",))
async def move_agreement(desk: Desk, asked: Asked) -> Json:
    """Sign, start, suspend, resume or end an agreement."""
    id, act, told = asked.params["id"], asked.params["act"], list[Json]()

    def decide(db: Snapshot) -> Sequence[Change]:
        body = _kept(id, db)
        if act not in LIFE[body["state"]]:
            acts = ", ".join(sorted(LIFE[body["state"]])) or "nothing more"
            raise Problem("agreement-act", id=id, act=act, state=body["state"], acts=acts)
        told[:] = [moved(body, act, desk.world.time.now(), asked.text("reason"))]
        return kept_agreements.changes_to(told, db)

    await _commit(desk, asked, decide)
    return {**told[0], "wrong": _wrong(told[0], desk)}


@route("GET", "/who-could-read", kept=True, takes=("subject",))
async def who(desk: Desk, asked: Asked) -> Json:
    """Who could read this person's record, and by which rule."""
    return await asyncio.to_thread(_who, desk, asked)


def _who(desk: Desk, asked: Asked) -> Json:
    db, now = desk.world.store.snapshot(), desk.world.time.now()
    person = _person(asked.one("subject"), db)
    asked.subjects.append(person.subject)
    agreements = kept_agreements.agreements_in(db)
    return {
        "time": now,
        "hash": agreements.hash,
        "optedOut": opt_out.has_opted_out(person.subject, db),
        "who": who_could_read(person, desk.gateway.services, agreements, now, db),
    }


@route("GET", "/what-if/agreements/{id}/ends")
async def what_if_ends(desk: Desk, asked: Asked) -> Json:
    """What would change if this agreement ended."""
    await desk.journal.settled()
    return await asyncio.to_thread(_if_ended, desk, asked.params["id"])


def _if_ended(desk: Desk, id: str) -> Json:
    db, now = desk.world.store.snapshot(), desk.world.time.now()
    _kept(id, db)
    agreements, services = kept_agreements.agreements_in(db), desk.gateway.services
    return if_ended(agreements, id, services, now, trails(desk.trails))


@route("GET", "/alerts", kept=True, takes=("limit", "after"))
def list_alerts(desk: Desk, asked: Asked) -> Json:
    """Claims of relationships and broken glass, of every organisation, the oldest first."""
    limit = asked.number("limit", FEW, MANY)
    page = desk.world.store.snapshot().search(Query(ALERT, (), limit, asked.after))
    return {"alerts": [row.body for row in page.rows], "next": page.next}


@route("POST", "/opt-outs", kept=True, takes=("subject", "lift"))
async def set_opt_out(desk: Desk, asked: Asked) -> Json:
    """Note that a person opts out of the use of their data beyond their care, or no longer does."""
    lift = asked.flag("lift")

    def decide(db: Snapshot) -> Sequence[Change]:
        subject = _person(asked.text("subject"), db).subject
        asked.subjects[:] = [subject]
        if lift:
            return opt_out.opt_in(subject, db)
        return opt_out.opt_out(subject, desk.world.time.now(), db)

    changed = await _commit(desk, asked, decide)
    return {"optedOut": not lift, "changed": changed}


@route("POST", "/proxies", kept=True, takes=("patient", "proxy", "permissions", "end"))
async def set_proxy(desk: Desk, asked: Asked) -> Json:
    """Give somebody a role in which they act for a patient, or end it."""
    end = asked.flag("end")

    def decide(db: Snapshot) -> Sequence[Change]:
        patient = _person(asked.text("patient"), db).subject
        proxy = _person(asked.text("proxy"), db)
        pair = Pair(patient, proxy.subject)
        asked.subjects[:] = list(pair)
        role, now = role_of(pair, db), desk.world.time.now().isoformat()
        if end and role is None:
            raise Problem("proxy-unknown")
        if not end and patient == proxy.subject:
            raise Problem("proxy-self")
        if end and role is not None:
            return [change_to(pair, {**role.body, "status": INACTIVE, "to": now}, db)]
        body = {**pair._asdict(), "status": ACTIVE, "from": now, "to": None, **_known_as(proxy)}
        return [change_to(pair, {**body, "permissions": _permissions(desk, asked)}, db)]

    await _commit(desk, asked, decide)
    return {"status": INACTIVE if end else ACTIVE}


def _known_as(proxy: Person) -> Json:
    """By which the patient is told who acted for them."""
    if proxy.record is None:
        return {}
    return {"proxyNumber": proxy.record.id, "proxyName": whole_name(proxy.record.body)}


def _permissions(desk: Desk, asked: Asked) -> list[str]:
    """Those that are asked for. Raises Problem where one of them would permit nothing."""
    given = asked.body.get("permissions")
    categories = {each.category or each.name for each in desk.gateway.services}
    told = given if isinstance(given, list) else []
    if not told or not all(_is_permission(one, categories) for one in told):
        raise Problem(
            "value-wrong",
            name="permissions",
            given=", ".join(map(str, told)) or given,
            wanted=f"a category of data with one of {', '.join(sorted(ACTIONS))} or *, each",
            example='["demographics:read"]',
        )
    return told


def _is_permission(one: object, categories: Collection[str]) -> bool:
    category, _, action = one.partition(":") if isinstance(one, str) else ("", "", "")
    return category in categories and action in {*ACTIONS, ALL}


async def _commit(desk: Desk, asked: Asked, decide: Decide) -> bool:
    """Commit what is decided, afresh where others were first; whether there was anything."""
    world = desk.world
    for _ in range(ATTEMPTS):
        try:
            changes = await asyncio.to_thread(lambda: decide(world.store.snapshot()))
        except Malformed as wrong:
            given, wanted, example = str(wrong.given), wrong.wanted, wrong.example
            fields = {"name": wrong.part, "given": given, "wanted": wanted, "example": example}
            raise Problem("value-wrong", **fields) from None
        if not changes:
            return False
        try:
            asked.t = await world.store.commit(changes, by=asked.by(world), across=True)
        except Conflict:
            continue
        return True
    raise Problem("conflict")


def _wrong(body: Json, desk: Desk) -> str:
    """For what an agreement would be refused if it were drawn up now: one that was kept before all
    of it was looked at may name a label that no record has, and hide nothing."""
    try:
        refuse_strange_labels(agreement_of(drawn_up(body)), _labels(desk))
    except Malformed as wrong:
        return str(wrong)
    return ""


def _labels(desk: Desk) -> Mapping[str, str]:
    """Those that the records of any service may have, in words."""
    services = desk.gateway.services
    return {label: words for each in services for label, words in each.labels.items()}


def _kept(id: str, db: Snapshot) -> Json:
    found = kept_agreements.agreement_in(db, id)
    if found is None:
        raise Problem("agreement-unknown", id=id)
    return found[0]


def _person(number: str, db: Snapshot) -> Person:
    subject, record = person_of(number.replace(" ", ""), db)
    if not subject:
        raise Problem("subject-unknown")
    return Person(subject, record)
