"""Casework: subjects on their way through any programme, with facts, answers and assessments.

Nothing here knows a programme by name: its file says what may follow what. Each register can be
counted by stage as of any day.

Source: none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from openroots.problem import Problem
from openroots.register.burden import burden_of
from openroots.register.case import (
    Case,
    Move,
    Subject,
    count_by_stage,
    courses_to,
    stage_of,
)
from openroots.register.conformance import SEEN, conformance_fact
from openroots.register.fact import Fact
from openroots.register.kept import (
    STANDARDS,
    case_id,
    case_row,
    case_rows,
    counted_in,
    counts_of,
    courses_in,
    facts_of,
)
from openroots.register.lifecycle import Situation, blocked, unanswered
from openroots.register.programme import Programme, load_programmes
from openroots.register.timeline import ends
from openroots.service import OPENLY, Reply, Request
from openroots.services.standards_register.asked import (
    Body,
    day_asked,
    holds,
    must_be,
    parameter,
    shown,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    MOVED,
    OF_A_CASE,
    WRITTEN,
    address,
    service,
    tells,
    writes,
)
from openroots.services.standards_register.lookup import (
    Held,
    case_named,
    must_be_before,
    programme_named,
)
from openroots.storage import Json, Row, Signal, Snapshot

MOST_SHOWN = 1_000


@service.endpoint("GET", "/programmes", access=OPENLY, reads=0)
def list_programmes(request: Request, db: Snapshot) -> Reply:
    """Every programme of the register."""
    told = [
        {"id": each.id, "version": each.version, "title": each.title, "subject": each.subject}
        for each in load_programmes().values()
    ]
    return Reply({"programmes": told})


@tells(
    "/programmes/{programme}",
    reads=12,
    given={"programme": "standards"},
    fails=("programme-unknown",),
)
def show_programme(request: Request, db: Snapshot) -> Reply:
    """One programme, and how many of its cases stand at each stage on a day."""
    on, programme = day_asked(request), programme_named(request.params["programme"])
    words = {stage.id: stage.words for stage in programme.stages}
    count = count_by_stage(counted_in(db, programme.id), on, words)
    return Reply({**count.to_json(), "definition": programme.data})


@tells(
    "/programmes/{programme}/cases",
    reads=12,
    query={"stage": "Only the cases that stand at this stage."},
    given={"programme": "standards"},
    fails=("programme-unknown", "stage-unknown"),
)
def list_cases(request: Request, db: Snapshot) -> Reply:
    """The cases of a programme, as they stood on a day.

    A standard that came with OpenRoots is counted by its dates, and has a case here once something
    is done about it."""
    on, programme = day_asked(request), programme_named(request.params["programme"])
    wanted = parameter(request, "stage")
    if wanted and wanted not in programme.stage:
        stages = ", ".join(programme.stage)
        raise Problem("stage-unknown", stage=shown(wanted), stages=stages)
    courses = courses_in(db, programme.id)
    led = courses_to(courses, on, wanted)
    count = sum(courses[course] for course in led)
    few = led if len(led) <= MOST_SHOWN else []  # else it is soon found enough of them
    stands = _standing(case_rows(db, programme.id, few, MOST_SHOWN), on.isoformat(), wanted)
    found = list(islice(stands, min(count, MOST_SHOWN)))
    told = {"on": on.isoformat(), "count": count, "cases": found}
    return Reply({**told, "more": count > len(found)})


def _standing(rows: Iterable[Row], day: str, wanted: str) -> Iterator[Json]:
    """The subjects of the cases that stood at a stage on a day; at any, where none is wanted."""
    for row in rows:
        case = row.body
        stage = stage_of(case, day)
        if stage and (not wanted or stage == wanted):
            yield {**case["subject"], "stage": stage}


@tells(
    "/programmes/{programme}/cases/{subject}",
    reads=3,
    given={"programme": "standards"},
    fails=("programme-unknown", "case-unknown"),
)
def show_case(request: Request, db: Snapshot) -> Reply:
    """One case as it stood on a day: stages, facts, what is still asked."""
    on, programme = day_asked(request), programme_named(request.params["programme"])
    case = case_named(db, programme.id, request.params["subject"]).case
    facts = [fact for fact in _facts(request, db, case, on) if fact.observed_at.date() <= on]
    rule = programme.stage.get(case.stage(on)) or programme.stages[0]
    situation = Situation(programme, case, rule, on, tuple(facts))
    told = case.to_json()
    for name in ("moves", "answers", "assessments", "themes"):
        dated = "on" if name == "moves" else "at"
        told[name] = [one for one in told[name] if one[dated][:10] <= on.isoformat()]
    return Reply(
        {
            **told,
            "on": on.isoformat(),
            "stage": case.stage(on),
            "facts": [fact.to_json() for fact in facts],
            "asked": [
                {"question": each.id, "ask": each.ask, "fact": each.fact}
                for each in unanswered(situation)
            ],
            "burden": burden_of(replace(situation, case=_by(case, on))).to_json(),
        }
    )


@writes(
    "/programmes/{programme}/cases",
    ("id", "name", "reason"),
    reads=2,
    fails=(*WRITTEN, "programme-unknown", "case-exists", "not-today"),
)
def open_case(request: Request, db: Snapshot) -> Reply:
    """Open the case of a subject: one that comes now, or, with its source, one of before."""
    programme = programme_named(request.params["programme"])
    with well_formed():
        body = Body.of(request)
        subject = Subject(
            programme.subject, body.name("id"), body.words("name"), _owner(body, request)
        )
        move = _read_move(body, request, programme.stages[0].id)
        body.close()
    by = may_act(request, programme, subject.owner)
    if programme.id == STANDARDS or case_row(db, programme.id, subject.id):
        raise Problem("case-exists", id=subject.id)
    case = Case(
        case_id(programme.id, subject.id),
        programme.id,
        programme.version,
        subject,
        request.time,
        (Move(**{**move, "by": by}),),
    )
    return kept(request, Held(case, 0), case)


@writes(
    "/programmes/{programme}/cases/{subject}/moves",
    ("stage", "reason"),
    reads=4,
    fails=(
        *(*OF_A_CASE, "stage-unknown", "not-today", "decided-here"),
        *("stage-order", "stays-longer", "fact-needed", "all-answered", "gates-met"),
    ),
)
def move_case(request: Request, db: Snapshot) -> Reply:
    """Take a case to another stage."""
    programme = programme_named(request.params["programme"])
    by = must_be(request, programme.owner)
    with well_formed():
        body = Body.of(request)
        stage = body.take("stage", str)
        move = Move(**{**_read_move(body, request, stage), "by": by})
        body.close()
    if stage not in programme.stage or programme.id == STANDARDS:
        stages = ", ".join(programme.stage)
        raise Problem("stage-unknown", stage=shown(stage), stages=stages)
    held = case_named(db, programme.id, request.params["subject"])
    if move.source:
        must_be_before(held.case, move)
    else:
        facts = tuple(_facts(request, db, held.case, move.on))
        situation = Situation(programme, held.case, programme.stage[stage], move.on, facts)
        if found := blocked(situation, {held.case.stage(move.on)}):
            row, fields = found
            raise Problem(row, **fields)
    return kept(request, held, held.case.with_(moves=move))


def _by(case: Case, on: date) -> Case:
    """A case with the assessments that had been made by the end of a day."""
    return replace(case, assessments=tuple(one for one in case.assessments if one.at <= ends(on)))


def _facts(request: Request, db: Snapshot, case: Case, on: date) -> list[Fact]:
    """What was told of the subject of a case, and what the register has seen of it by itself: a
    product is known by the id of the application that it is registered as."""
    told = facts_of(db, case.subject.key)
    if case.subject.kind != "product":
        return told
    at = request.time if on == request.time.date() else ends(on)
    like = Fact("", case.subject.key, "", None, "computed", at, "openroots")
    seen = counts_of(db, application=case.subject.id, since=on - SEEN)
    return [*told, *conformance_fact(seen, case.subject.key, like)]


def _owner(body: Body, request: Request) -> str:
    return body.name("owner") if body.has("owner") else request.caller.ods_code


def _read_move(body: Body, request: Request, stage: str) -> dict[str, Any]:
    """A move as it is told. Raises Problem for another day than today, unless it is history."""
    today, source = request.time.date(), body.words_or("source")
    on, reason = body.day_or_none("on") or today, body.words("reason")
    if on > today or (on < today and not source):
        raise Problem("not-today", stage=shown(stage), today=today, on=on)
    return {"stage": stage, "on": on, "at": request.time, "reason": reason, "source": source}


def may_act(request: Request, programme: Programme, owner: str) -> str:
    """Who acts: whoever the subject belongs to, or whoever has the programme."""
    caller = request.caller
    if owner and caller.ods_code == owner and not holds(request, programme.owner):
        return caller.application
    return must_be(request, programme.owner)


def kept(request: Request, held: Held, case: Case, *, moved: bool = True) -> Reply:
    """The reply that keeps a case as it is from now on; `moved` gives the signal of a stage."""
    at = address(request.endpoint, "programmes", case.programme, "cases", case.subject.id)
    told: Json = {
        "id": case.id,
        "stage": case.stage(request.time.date()),
        "subject": case.subject.id,
    }
    return Reply(
        told,
        status=201,
        headers=(("location", at),),
        changes=(held.change(case),),
        signals=(Signal(MOVED, "", at),) if moved else (),
    )
