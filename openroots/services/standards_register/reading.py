"""Reading the register: every standard, one of them, who meets it, and what a day would bring.

All of it can be asked as of any day, past or to come.

Source: NHS Data Standards Directory, for what it says of a standard.
"""

from collections import Counter
from datetime import date
from importlib.resources import files

import orjson

from openroots.problem import Problem
from openroots.register.bearer import bearer_of
from openroots.register.clause import Clause
from openroots.register.conformance import SEEN, WINDOW, Tallied, state_of
from openroots.register.decision import Decision
from openroots.register.describe import describe, summarise
from openroots.register.draft import DECIDED
from openroots.register.exemption import Exemption, in_force
from openroots.register.feeds import table
from openroots.register.kept import (
    STANDARDS,
    applications_in,
    counts_of,
    decisions_in,
    editions_of,
    exemptions_in,
    standards_in,
)
from openroots.register.programme import load_programmes
from openroots.register.standard import Stage, Standard
from openroots.register.timeline import Mode, ends, stretch_at, timeline
from openroots.service import OPENLY, Reply, Request
from openroots.services.standards_register.asked import day_asked, shown
from openroots.services.standards_register.declaration import ONE, service, tells
from openroots.services.standards_register.lookup import case_of, standard_named
from openroots.storage import Json, Snapshot

DRAFT = "draft"
SCHEMAS = {
    "standard": ("standards", "standard.schema.json"),
    DRAFT: ("standards", "standard.schema.json"),
    "programme": ("programmes", "programme.schema.json"),
}
COLUMNS = (
    *("id", "version", "title", "sort", "force", "publisher"),
    *("setting", "stage", "mode", "since", "refusedFrom"),
)


@tells("/standards", reads=6)
def list_standards(request: Request, db: Snapshot) -> Reply:
    """Every standard as it stands on a day in each care setting, and how many at each stage."""
    on = day_asked(request)
    told = _summaries(db, on)
    return Reply({"on": on.isoformat(), "stages": _counted(told), "standards": told})


@tells("/standards.csv", reads=6, offers=("text/csv",))
def show_table(request: Request, db: Snapshot) -> Reply:
    """The same as a table, a line for each standard and care setting."""
    rows = [
        {**told, **setting}
        for told in _summaries(db, day_asked(request))
        for setting in told["settings"]
    ]
    return Reply(table(COLUMNS, rows))


@tells("/standards/{id}", reads=10, given=ONE, fails=("standard-unknown",))
def show_standard(request: Request, db: Snapshot) -> Reply:
    """One standard as it stands on a day: its text, stages, decisions and what eases it."""
    on = day_asked(request)
    standard = standard_named(db, request.params["id"], on)
    editions = [one for one in editions_of(db, standard.id) if one.at.date() <= on]
    eased = in_force([one for one in exemptions_in(db) if one.standard == standard.id], ends(on))
    told = describe(standard, on, decisions_in(db))
    return Reply(
        {
            **told,
            "legalBasis": standard.legal_basis,
            "supersedes": standard.supersedes,
            "sections": [
                {"number": one.number, "title": one.title, "text": one.text}
                for one in standard.sections
            ],
            "edition": len(editions),
            "consultation": _consultation(db, standard, on),
            "exemptions": [one.to_json() for one in eased],
        }
    )


@tells("/standards/{id}/conformance", reads=6, given=ONE, fails=("standard-unknown",))
def show_conformance(request: Request, db: Snapshot) -> Reply:
    """Who meets a standard, counted from what was really sent in the month up to a day."""
    on = day_asked(request)
    standard = standard_named(db, request.params["id"], on)
    counts = [one for one in _lately(db, standard, on) if one.day <= on]
    suppliers = {one["id"]: one.get("supplier", "") for one in applications_in(db)}
    told = [
        _conforms(id, suppliers.get(id, ""), [one for one in counts if one.application == id], on)
        for id in sorted({one.application for one in counts})
    ]
    return Reply({"standard": standard.id, "on": on.isoformat(), "applications": told})


@tells("/standards/{id}/dry-run", reads=9, given=ONE, fails=("standard-unknown",))
def show_dry_run(request: Request, db: Snapshot) -> Reply:
    """Whom a standard would refuse on a day, going by what was sent in the last week."""
    on, today = day_asked(request), request.time.date()
    standard = standard_named(db, request.params["id"])
    week = [one for one in _lately(db, standard, today) if today - WINDOW < one.day <= today]
    decisions, exemptions = decisions_in(db), exemptions_in(db)
    told, would_be = [], 0
    for application in applications_in(db):
        own = [one for one in week if one.application == application["id"]]
        if own:
            told.append(_tried(standard, application, own, on, decisions, exemptions))
            # A mandate is for care settings: it cannot bind who has none.
            would_be += told[-1]["notMet"] if application.get("setting") else 0
    refused = sum(one["refused"] for one in told)
    judged = sum(one["judged"] for one in told)
    return Reply(
        {
            "standard": standard.id,
            "on": on.isoformat(),
            "sentence": _outcome(refused, judged, would_be),
            "applications": sorted(told, key=lambda one: (-one["refused"], one["application"])),
        }
    )


def _outcome(refused: int, judged: int, not_met: int) -> str:
    words = f"{refused} of {judged} calls would be refused"
    if not refused and not_met:
        words += f"; a mandate enforced by then would refuse {not_met}"
    return words


@service.endpoint(
    "GET",
    "/schemas/{name}",
    access=OPENLY,
    given={"name": "standard"},
    reads=0,
    fails=("schema-unknown",),
)
def show_schema(request: Request, db: Snapshot) -> Reply:
    """The JSON Schema of what a standard, the draft of one, or a programme may say."""
    name = request.params["name"]
    if name not in SCHEMAS:
        raise Problem("schema-unknown", id=shown(name))
    folder, file = SCHEMAS[name]
    read: Json = orjson.loads((files("openroots") / folder / file).read_bytes())
    return Reply(_of_a_draft(read) if name == DRAFT else read)


def _of_a_draft(schema: Json) -> Json:
    """The schema of a standard without what is decided, which no draft says."""
    known = {part: _undecided(schema[part]) for part in ("properties", "$defs")}
    needed = [key for key in schema["required"] if key not in DECIDED]
    words = {"$id": schema["$id"].replace("standard.schema", "draft.schema"), "title": "A draft"}
    words["description"] = "A standard as it is drafted: its stages and mandates are decided."
    return {**schema, **words, **known, "required": needed}


def _undecided(parts: Json) -> Json:
    return {key: part for key, part in parts.items() if key not in DECIDED}


def _summaries(db: Snapshot, on: date) -> list[Json]:
    decisions = decisions_in(db)
    return [summarise(standard, on, decisions) for standard in standards_in(db, on)]


def _counted(told: list[Json]) -> list[Json]:
    """How many standards stand at each stage: in each care setting, and furthest of all."""
    furthest: Counter[str] = Counter()
    settings: dict[str, Counter[str]] = {stage.value: Counter() for stage in Stage}
    for standard in told:
        reached = [one["stage"] for one in standard["settings"] if one["stage"]]
        if reached:
            furthest[max(reached, key=lambda stage: Stage(stage).place)] += 1
        for one in standard["settings"]:
            if one["stage"]:
                settings[one["stage"]][one["setting"]] += 1
    return [
        {"stage": stage, "standards": furthest[stage], "settings": dict(counted)}
        for stage, counted in settings.items()
    ]


def _consultation(db: Snapshot, standard: Standard, on: date) -> Json | None:
    """When the last consultation by that day opened and closes, and whether it is open."""
    opens = {id for id, rule in load_programmes()[STANDARDS].stage.items() if rule.opens}
    moves = [
        move for move in case_of(db, standard).case.moves if move.stage in opens and move.on <= on
    ]
    if not moves:
        return None
    last = moves[-1]
    return {
        "opened": last.on.isoformat(),
        "closes": last.closes.isoformat() if last.closes else None,
        "isOpen": not last.closes or on <= last.closes,
        "settings": list(last.settings),
    }


def _lately(db: Snapshot, standard: Standard, on: date) -> list[Tallied]:
    return counts_of(db, standard=standard.id, since=on - SEEN)


def _conforms(id: str, supplier: str, counts: list[Tallied], on: date) -> Json:
    clauses: Counter[str] = Counter()
    for one in counts:
        clauses.update(one.clauses)
    return {
        "application": id,
        "supplier": supplier,
        "state": state_of(counts, on),
        "met": sum(one.met for one in counts),
        "notMet": sum(one.not_met for one in counts),
        "refused": sum(one.refused for one in counts),
        "clauses": dict(sorted(clauses.items())),
        "lastSeen": max(one.day for one in counts).isoformat(),
        "samples": [trail for one in counts for trail in one.samples][-5:],
    }


def _tried(
    standard: Standard,
    application: Json,
    counts: list[Tallied],
    on: date,
    decisions: list[Decision],
    exemptions: list[Exemption],
) -> Json:
    bearer = bearer_of(application)

    def mode(clause: Clause | None = None) -> Mode | None:
        found = timeline(standard, decisions, bearer, exemptions, clause)
        return stretch_at(found, ends(on)).mode

    treated = mode()
    refusing = {one.id for one in standard.clauses if mode(one) is Mode.REFUSE}
    return {
        "application": bearer.application,
        "supplier": application.get("supplier", ""),
        "mode": treated.value if treated else None,
        "judged": sum(one.met + one.not_met for one in counts),
        "notMet": sum(one.not_met for one in counts),
        "refused": sum(one.not_met_of(refusing) for one in counts),
        "since": min((one.day.isoformat() for one in counts if one.not_met), default=None),
    }
