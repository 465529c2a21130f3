"""Drafting: a standard is written, edited until it is agreed, and taken from stage to stage.

Source: Health and Social Care Act 2012 section 250, for who may; the rules are the programme's.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from openroots.problem import Problem
from openroots.register.case import Case, Move, Subject
from openroots.register.checks.profile import profile_fault
from openroots.register.definition import ID
from openroots.register.draft import Edition, standard_of
from openroots.register.kept import (
    EDITION,
    STANDARDS,
    case_id,
    editions_of,
    standard_in,
    standards_in,
)
from openroots.register.programme import load_programmes
from openroots.register.standard import Applies, Standard, superseding_fault
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import (
    TEAM,
    Body,
    must_be,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    MOVED,
    PUBLIC,
    address,
    decides,
)
from openroots.services.standards_register.lookup import (
    Held,
    bearers_for,
    case_of,
    stage_for,
    standard_named,
)
from openroots.storage import Change, Signal, Snapshot

DRAFTED = ("draft", "consultation")  # while its text can be edited
DRAFT: dict[str, Any] = {
    "type": "object",
    "required": ["definition", "reason"],
    "properties": {"definition": {"type": "object"}, "reason": {"type": "string"}},
}
EXAMPLE: dict[str, Any] = {
    "definition": {
        "id": "named-writers",
        "version": "1.0",
        "title": "Letters say who wrote them",
        "sort": "record",
        "force": "regard",
        "publisher": "Example National Team",
        "why": "Who gets a letter can ask its writer.",
        "sources": ["What those who get letters told us"],
        "listed": True,
        "section": [{"number": "1", "title": "Writers", "text": "A letter names its writer."}],
    },
    "reason": "A first draft.",
}


@decides(
    "/standards",
    DRAFT,
    reads=7,
    fails=(*PUBLIC, "definition-wrong", "standard-exists"),
    example=EXAMPLE,
)
def draft_standard(request: Request, db: Snapshot) -> Reply:
    """Draft a standard; or, with its source, enter one that has a history elsewhere."""
    by, definition, note, source = must_be(request, TEAM), *_read_draft(request)
    standard = _standard(request, db, definition)
    if standard_in(db, standard.id) is not None:
        raise Problem("standard-exists", id=standard.id)
    # One that has a history stands where that says, which is told move by move.
    opened = () if source else (Move("draft", request.time.date(), request.time, by, note),)
    case = Case(
        case_id(STANDARDS, standard.id),
        STANDARDS,
        load_programmes()[STANDARDS].version,
        Subject("standard", standard.id, standard.title, request.caller.ods_code),
        request.time,
        opened,
    )
    edition = Edition(standard.id, 1, request.time, by, note, definition)
    changes = (Held(case, 0).change(case), Change(EDITION, edition.id, edition.to_json(), expect=0))
    at = address(request.endpoint, "standards", standard.id)
    told = {"id": standard.id, "edition": 1, "stage": None if source else "draft"}
    return Reply(
        told,
        status=201,
        headers=(("location", at),),
        changes=changes,
        signals=(Signal(MOVED, "", at),),
    )


@decides(
    "/standards/{id}",
    DRAFT,
    reads=8,
    fails=(
        *(*PUBLIC, "definition-wrong", "standard-unknown", "text-settled"),
        "edition-changed",
    ),
    method="PUT",
    success=200,
)
def edit_draft(request: Request, db: Snapshot) -> Reply:
    """Edit a draft."""
    by, definition, note, _ = must_be(request, TEAM), *_read_draft(request)
    standard = standard_named(db, request.params["id"])
    made = editions_of(db, standard.id)
    held, today = case_of(db, standard), request.time.date()
    stages = {stage_for(standard, today, bearer) for bearer in bearers_for((), ())}
    if not made:
        raise Problem("text-settled", id=standard.id, why="came with OpenRoots")
    if past := stages - {"", *DRAFTED}:
        raise Problem("text-settled", id=standard.id, why=f"is at {', '.join(sorted(past))}")
    _must_be_at(request, len(made))
    if _standard(request, db, definition).id != standard.id:
        raise Problem("definition-wrong", words=f"id: must be '{standard.id}'")
    edition = Edition(standard.id, len(made) + 1, request.time, by, note, definition)
    # The case is kept as it is, in another version: an agreement made meanwhile is in the way.
    changes = (
        held.change(replace(held.case, subject=_named(held.case, definition))),
        Change(EDITION, edition.id, edition.to_json(), expect=0),
    )
    return Reply(
        {"id": standard.id, "edition": edition.number}, version=edition.number, changes=changes
    )


def _read_draft(request: Request) -> tuple[dict[str, Any], str, str]:
    with well_formed():
        body = Body.of(request)
        definition, note = body.take("definition", dict), body.published("reason")
        source = body.public("source")
        body.close()
    return definition, note, source


def _standard(request: Request, db: Snapshot, definition: dict[str, Any]) -> Standard:
    with well_formed("definition-wrong"):
        standard = standard_of(definition)
        if not ID.fullmatch(standard.id):
            raise ValueError("id: must be words in lower case, joined by hyphens")
        others = standards_in(db) if standard.supersedes else ()
        if fault := superseding_fault(standard, {one.id: one for one in others}):
            raise ValueError(fault)
        for fault in _clause_faults(request, standard):
            raise ValueError(fault)
    return standard


def _clause_faults(request: Request, standard: Standard) -> Iterator[str]:
    """What clauses are about, or ask, that is not known here: they would judge nothing."""
    # Here, as whoever finds the services finds this one too.
    from openroots.services import served

    known = served() if any(one.applies != Applies() for one in standard.clauses) else {}
    for number, clause in enumerate(standard.clauses, 1):
        for fault in clause.applies.faults(known):
            yield f"clause[{number}].applies.{fault}"
        types, packages = clause.applies.types, request.packages
        if clause.profile and (fault := profile_fault(clause.profile, types, packages)):
            yield f"clause[{number}].profile: {fault}"


def _named(case: Case, definition: dict[str, Any]) -> Subject:
    return replace(case.subject, name=" ".join(definition["title"].split()))


def _must_be_at(request: Request, edition: int) -> None:
    """Raises Problem where the client names another edition than the newest, in If-Match."""
    given = request.headers.get("if-match")
    if given is not None and given not in (f'W/"{edition}"', f'"{edition}"'):
        raise Problem("edition-changed", now=edition, given=given[:20])
