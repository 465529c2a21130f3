"""Evidence: what is known of the subject of a case, what was answered with it, what was assessed.

Facts are only ever added; an answer pins the fact that it was given with; an assessment is made by
somebody to whom the subject does not belong.

Source: ISO/IEC 17065, for impartiality.
"""

from typing import Any

from openroots.problem import Problem
from openroots.register.case import Answer, Assessment
from openroots.register.fact import RANKS, Fact
from openroots.register.fact_kind import FactKind
from openroots.register.kept import FACT, facts_of
from openroots.register.programme import Programme
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import Body, holds, must_be, shown, well_formed
from openroots.services.standards_register.casework import kept, may_act
from openroots.services.standards_register.declaration import (
    OF_A_CASE,
    writes,
)
from openroots.services.standards_register.lookup import case_named, programme_named
from openroots.storage import Change, Snapshot

ASSESSOR = "assessor"
OUTCOMES = ("met", "not-met")
SAID = ("certified", "registry", "checked", "attested")  # what a person can say; the rest is seen


@writes(
    "/programmes/{programme}/cases/{subject}/facts",
    ("key", "value"),
    reads=3,
    fails=(*OF_A_CASE, "fact-wrong"),
    example={"key": "standard.suite", "value": "https://example.org/suite"},
    given={"programme": "standards"},
)
def tell_fact(request: Request, db: Snapshot) -> Reply:
    """Tell a fact about the subject of a case. None is ever changed: this one comes after."""
    programme = programme_named(request.params["programme"])
    case = case_named(db, programme.id, request.params["subject"]).case
    by = may_act(request, programme, case.subject.owner)
    with well_formed():
        body = Body.of(request)
        kind = _kind(programme, body.take("key", str))
        source = body.one_of("source", RANKS) if body.has("source") else "attested"
        value, evidence = body.take("value", object), body.texts("evidence")
        begins, ends = body.day_or_none("valid_from"), body.day_or_none("valid_to")
        if begins and ends and ends < begins:
            raise body.wrong("valid_to", "is before valid_from")
        body.close()
    _must_fit(kind, value, source, may_certify=holds(request, programme.owner))
    known = facts_of(db, case.subject.key)
    fact = Fact(
        f"{case.subject.kind}.{case.subject.id}.{len(known) + 1:06}",
        *(case.subject.key, kind.key, value, source, request.time, by),
        *(evidence, begins, ends),
    )
    change = Change(FACT, fact.id, fact.to_json(), expect=0)
    return Reply(fact.to_json(), status=201, changes=(change,))


@writes(
    "/programmes/{programme}/cases/{subject}/answers",
    ("question", "fact"),
    reads=3,
    fails=(*OF_A_CASE, "answer-wrong"),
)
def answer_question(request: Request, db: Snapshot) -> Reply:
    """Answer a question with a fact, which the answer pins."""
    programme = programme_named(request.params["programme"])
    held = case_named(db, programme.id, request.params["subject"])
    by = may_act(request, programme, held.case.subject.owner)
    with well_formed():
        body = Body.of(request)
        question, fact = body.words("question"), body.words("fact")
        body.close()
    wanted = {each.id: each.fact for each in programme.questions()}
    known = {each.id: each.key for each in facts_of(db, held.case.subject.key)}
    if question not in wanted or known.get(fact) != wanted[question]:
        raise Problem("answer-wrong", question=shown(question), fact=shown(fact))
    case = held.case.with_(answers=Answer(question, fact, request.time, by))
    return kept(request, held, case, moved=False)


@writes(
    "/programmes/{programme}/cases/{subject}/assessments",
    ("part", "outcome", "reason"),
    reads=2,
    fails=(*OF_A_CASE, "not-independent"),
)
def assess_part(request: Request, db: Snapshot) -> Reply:
    """Assess one part of a case, as somebody who is not its owner."""
    programme = programme_named(request.params["programme"])
    by = must_be(request, ASSESSOR)
    held = case_named(db, programme.id, request.params["subject"])
    if request.caller.ods_code == held.case.subject.owner:
        raise Problem("not-independent")
    with well_formed():
        body = Body.of(request)
        part = body.one_of("part", tuple(each.id for each in programme.parts))
        found = Assessment(
            *(part, body.one_of("outcome", OUTCOMES), body.words("reason"), request.time, by),
            request.caller.ods_code,
        )
        body.close()
    return kept(request, held, held.case.with_(assessments=found), moved=False)


def _kind(programme: Programme, key: str) -> FactKind:
    if (kind := programme.fact.get(key)) is None:
        known = ", ".join(programme.fact) or "none"
        raise Problem("fact-wrong", key=shown(key), words=f"the programme goes by {known}")
    return kind


def _must_fit(kind: FactKind, value: Any, source: str, *, may_certify: bool) -> None:
    words = ""
    if not kind.can_be(value):
        words = f"must be {kind.type} {', '.join(kind.options)}".strip()
    elif source not in SAID:
        words = "what is computed is seen by the register itself"
    elif source != "attested" and not may_certify:
        words = "whoever it belongs to can only attest it"
    if words:
        raise Problem("fact-wrong", key=kind.key, words=words)
