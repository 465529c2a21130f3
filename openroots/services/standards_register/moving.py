"""Moving: a standard is taken from stage to stage, past the guards of its programme.

Where it stands elsewhere already, its history is entered with its source, and no guard is asked.

Source: Health and Social Care Act 2012 section 250, for who may; the rules are the programme's.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from openroots.problem import Problem
from openroots.register.bearer import Bearer
from openroots.register.case import Case, Move
from openroots.register.conformance import SEEN, Tallied, share_used, trial_facts
from openroots.register.decision import Decision, standing
from openroots.register.draft import further_on
from openroots.register.exemption import in_force
from openroots.register.extent import Extent
from openroots.register.fact import Fact
from openroots.register.kept import (
    COMMENT,
    STANDARDS,
    bearers_in,
    comments_on,
    counts_of,
    decisions_in,
    exemptions_in,
    facts_of,
    standards_in,
)
from openroots.register.lifecycle import Situation, blocked, least_days
from openroots.register.programme import StageRule, load_programmes
from openroots.register.standard import SETTINGS, Stage, Standard
from openroots.register.working_days import working_day_from
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import (
    TEAM,
    Body,
    must_be,
    settings_of,
    types_of,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    MOVED,
    PUBLIC,
    address,
    decides,
)
from openroots.services.standards_register.lookup import (
    bearers_for,
    case_of,
    must_be_before,
    stage_for,
    standard_named,
)
from openroots.storage import Absent, Guard, How, Query, Signal, Snapshot, Term

AHEAD = ("deprecated", "retired")  # what can be announced before its day
WHOLE = ("published", *AHEAD)  # what a standard is at that may be mandated
MOVE: dict[str, Any] = {
    "type": "object",
    "required": ["stage", "reason"],
    "properties": {"stage": {"type": "string"}, "reason": {"type": "string"}},
}


@decides(
    "/standards/{id}/moves",
    MOVE,
    reads=18,
    fails=(
        *(*PUBLIC, "standard-unknown", "stage-unknown", "not-today", "closes-wrong"),
        *("decided-here", "mandate-stands"),
        *("stage-order", "stays-longer", "fact-needed", "no-open-objection"),
        *("every-theme-answered", "every-question-answered", "trial-figures"),
        *("successor-mandated", "hardly-used"),
    ),
    example={"stage": "consultation", "reason": "For everybody to read."},
    given={"id": "named-writers"},
)
def move_standard(request: Request, db: Snapshot) -> Reply:
    """Take a standard to another stage, in some care settings or in all."""
    by = must_be(request, TEAM)
    standard = standard_named(db, request.params["id"])
    rules = load_programmes()[STANDARDS].stage
    move = _read_move(request, by, standard, rules)
    held = case_of(db, standard)
    guards: tuple[Guard, ...] = ()
    if move.source:
        _must_be_history(request, db, standard, held.case, move)
    else:
        guards = _must_be_free(request, db, standard, held.case, move, rules[move.stage])
    at = address(request.endpoint, "standards", standard.id)
    told = {
        "id": standard.id,
        "stage": move.stage,
        "on": move.on.isoformat(),
        "settings": list(move.settings),
        "organisation_types": list(move.organisation_types),
        "closes": move.closes.isoformat() if move.closes else None,
    }
    return Reply(
        told,
        status=201,
        changes=(held.change(held.case.with_(moves=move)),),
        guards=guards,
        signals=(Signal(MOVED, "", at),),
    )


def _read_move(request: Request, by: str, standard: Standard, rules: Any) -> Move:
    today = request.time.date()
    with well_formed():
        body = Body.of(request)
        stage, source = body.take("stage", str), body.public("source")
        settings, types = settings_of(body), types_of(body)
        on, closes = body.day_or_none("on") or today, body.day_or_none("closes")
        reason = body.published("reason")
        body.close()
    if stage not in rules:
        raise Problem("stage-unknown", stage=stage[:40], stages=", ".join(rules))
    if source and on > today or not source and not _is_timely(stage, on, today):
        raise Problem("not-today", stage=stage, today=today, on=on)
    if rules[stage].opens and not source:
        closes = _closing(rules[stage], standard, on, closes)
    return Move(stage, on, request.time, by, reason, settings, types, source, closes)


def _is_timely(stage: str, on: date, today: date) -> bool:
    return on == today or (stage in AHEAD and on > today)


def _closing(rule: StageRule, standard: Standard, on: date, closes: date | None) -> date:
    """The day on which a consultation closes: one on which offices are open."""
    days = least_days(rule, binding=standard.force == "binding")
    earliest = working_day_from(on + timedelta(days=days))
    if closes is not None and (closes < earliest or working_day_from(closes) != closes):
        wanted = working_day_from(max(closes, earliest))
        raise Problem("closes-wrong", on=on, closes=wanted)
    return closes or earliest


def _must_be_history(
    request: Request, db: Snapshot, standard: Standard, case: Case, move: Move
) -> None:
    """Raises Problem where what is told of elsewhere goes against what was decided here."""
    must_be_before(case, move)
    after, today = further_on(standard, replace(case, moves=(move,))), request.time.date()
    for mandate in standing(decisions_in(db), request.time):
        if mandate.standard != standard.id or mandate.kind != "mandate" or move.stage in WHOLE:
            continue
        if lost := _moved(standard, after, today, _bound_by(mandate, move)):
            fields = {"decision": mandate.id, "id": standard.id, "stage": move.stage}
            raise Problem("mandate-stands", settings=", ".join(lost), **fields)


def _bound_by(mandate: Decision, move: Move) -> list[Bearer]:
    """Those whom a mandate is for, in whatever region, by the types that a move tells apart."""
    extent = Extent.of(mandate)._replace(regions=frozenset())
    types = move.organisation_types or mandate.organisation_types
    return [one for one in bearers_for(mandate.settings, types) if extent.holds(one)]


def _moved(before: Standard, after: Standard, on: date, bearers: list[Bearer]) -> list[str]:
    """The care settings of the bearers for whom it stands elsewhere than it did."""
    return sorted(
        {one.setting for one in bearers if stage_for(before, on, one) != stage_for(after, on, one)}
    )


def _must_be_free(
    request: Request, db: Snapshot, standard: Standard, case: Case, move: Move, rule: StageRule
) -> tuple[Guard, ...]:
    """What must still be so when the move is made. Raises Problem where a guard is in the way."""
    bearers, today = bearers_for(move.settings, move.organisation_types), request.time.date()
    comments = comments_on(db, standard.id)
    situation = Situation(
        load_programmes()[STANDARDS],
        case,
        rule,
        move.on,
        tuple(_facts(request, db, standard, case, bearers)),
        tuple(comments),
        standard.force == "binding",
        _successor_is_mandated(request, db, standard) if rule.guards else False,
        share_used(_seen(db, standard, bearers, today - SEEN), today, _recognising(standard)),
        _is_overridden(request, db, standard),
        bearers,
    )
    stages = {stage_for(standard, move.on, bearer) for bearer in bearers}
    if found := blocked(situation, stages):
        row, fields = found
        raise Problem(row, **fields)
    # A comment that comes in while this is decided has it decided again.
    last = max((one.id for one in comments), default="")
    newer = Term("numbered", (f"{last or standard.id}.",), How.FROM)
    return (Absent(Query(COMMENT, (Term("standard", (standard.id,)), newer))),)


def _facts(
    request: Request, db: Snapshot, standard: Standard, case: Case, bearers: tuple[Bearer, ...]
) -> list[Fact]:
    """What was told of the standard, and what its trial has shown by itself, which counts for more.
    Of a standard without clauses nothing is counted, so there is only what was told."""
    trials = [
        one.start
        for one in standard.stages
        if one.stage is Stage.TRIAL and any(map(one.covers, bearers))
    ]
    told = facts_of(db, case.subject.key)
    if not trials or not standard.clauses:
        return told
    like = Fact("", case.subject.key, "", None, "computed", request.time, "openroots")
    seen = _seen(db, standard, bearers, max(trials))
    return [*told, *trial_facts(seen, case.subject.key, max(trials), like)]


def _seen(
    db: Snapshot, standard: Standard, bearers: tuple[Bearer, ...], since: date
) -> list[Tallied]:
    """What was counted of the applications that a move is about: a trial in one care setting says
    nothing of another."""
    counts = counts_of(db, standard=standard.id, since=since)
    if {bearer.setting for bearer in bearers} == set(SETTINGS) and not bearers[0].organisation_type:
        return counts
    known = {one.application: one for one in bearers_in(db)}
    about = {(one.setting, one.organisation_type) for one in bearers}
    return [
        one
        for one in counts
        if (bearer := known.get(one.application))
        and about & {(bearer.setting, bearer.organisation_type), (bearer.setting, "")}
    ]


def _recognising(standard: Standard) -> list[str]:
    """The clauses that tell who uses the standard. Who only does not meet it need not use it."""
    return [clause.id for clause in standard.clauses if clause.recognises]


def _successor_is_mandated(request: Request, db: Snapshot, standard: Standard) -> bool:
    successors = {one.id for one in standards_in(db) if one.supersedes == standard.id}
    held = standing(decisions_in(db), request.time)
    return any(one.standard in successors and one.kind == "mandate" for one in held)


def _is_overridden(request: Request, db: Snapshot, standard: Standard) -> bool:
    today = request.time.date()
    return any(
        one.kind == "override" and one.standard == standard.id and (not one.due or today <= one.due)
        for one in in_force(exemptions_in(db), request.time)
    )
