"""Easing: waivers, work-off plans, the clinical-safety brake, and ending each of them.

A supplier files a plan for its own applications; the team makes it one. What stops or resumes
refusals for the sake of safety is a clinical safety officer's to sign.

Source: GP IT Futures, work-off plans; DCB0160, clinical safety officers.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from openroots.identity.applications import by_id
from openroots.problem import Problem
from openroots.register.exemption import LONGEST_WAIVER, Exemption, in_force
from openroots.register.kept import EXEMPTION, exemptions_in
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import (
    SAFETY,
    TEAM,
    Body,
    holds,
    must_be,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    EASED,
    PUBLIC,
    WRITTEN,
    address,
    decides,
)
from openroots.services.standards_register.lookup import (
    exemption_named,
    next_of,
    standard_named,
)
from openroots.storage import Change, Signal, Snapshot

KINDS = ("waiver", "plan", "brake", "override")
BY_SAFETY = frozenset({"brake", "override"})
MADE: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "reason"],
    "properties": {"kind": {"enum": list(KINDS)}, "reason": {"type": "string"}},
}
REASON: dict[str, Any] = {"type": "object", "required": ["reason"]}


@decides(
    "/standards/{id}/exemptions",
    MADE,
    reads=62,
    fails=(
        *(*PUBLIC, "standard-unknown", "application-unknown", "waiver-too-long"),
        *("not-own", "exemption-unknown", "not-a-plan"),
    ),
    example={
        "kind": "plan",
        "applications": ["ashby-practice-system"],
        "due": "2028-03-01",
        "reason": "It is a large system.",
    },
)
def ease_standard(request: Request, db: Snapshot) -> Reply:
    """Waive a standard for somebody, agree or file a work-off plan, brake, or sign an override."""
    asked = _read(request)
    standard = standard_named(db, request.params["id"])
    known = exemptions_in(db)
    if asked["kind"] == "plan" and not holds(request, TEAM):
        asked = {**asked, "kind": "proposal", "by": _own(request, db, asked["applications"])}
    else:
        asked["by"] = must_be(request, SAFETY if asked["kind"] in BY_SAFETY else TEAM)
        asked = _as_proposed(asked, known, standard.id)
    _must_be_known(db, asked["applications"])
    _must_last_as_long_as_it_may(request, asked)
    id = next_of(asked["kind"], (one.id for one in known))
    return _kept(request, Exemption(id, standard.id, decided_at=request.time, **asked))


@decides(
    "/exemptions/{id}/sites",
    ("applications",),
    reads=53,
    fails=(
        *(*WRITTEN, "exemption-unknown", "not-a-plan", "plan-past-due"),
        "application-unknown",
    ),
)
def add_site(request: Request, db: Snapshot) -> Reply:
    """Add applications to a work-off plan, before its day has come."""
    by = must_be(request, TEAM)
    with well_formed():
        body = Body.of(request)
        applications = body.names("applications")
        if not applications:
            raise body.wrong("applications", "must name one at least")
        body.close()
    plan, known = _plan(request, db)
    due = plan.due or date.max
    if request.time.date() >= due:
        raise Problem("plan-past-due", due=due)
    _must_be_known(db, applications)
    id = next_of("plan", (one.id for one in known))
    more = Exemption(
        *(id, plan.standard, "plan", request.time, by, plan.reason),
        applications=applications,
        due=plan.due,
        steps=plan.steps,
        of=plan.of or plan.id,
    )
    return _kept(request, more)


@decides(
    "/exemptions/{id}/sign-offs",
    REASON,
    reads=3,
    fails=(*PUBLIC, "exemption-unknown", "not-a-plan"),
)
def sign_off_suspension(request: Request, db: Snapshot) -> Reply:
    """Sign, as clinical safety officer, that all sites of a plan are refused in the end."""
    by, reason = must_be(request, SAFETY), _reason(request)
    plan, known = _plan(request, db)
    id = next_of("sign-off", (one.id for one in known))
    signed = Exemption(id, plan.standard, "sign-off", request.time, by, reason, of=plan.id)
    return _kept(request, signed)


@decides(
    "/exemptions/{id}/ends", REASON, reads=3, fails=(*PUBLIC, "exemption-unknown", "already-ended")
)
def end_exemption(request: Request, db: Snapshot) -> Reply:
    """End a waiver, a plan, a brake or an override."""
    found, known = exemption_named(db, request.params["id"])
    by = must_be(request, SAFETY if found.kind in (*BY_SAFETY, "sign-off") else TEAM)
    reason = _reason(request)
    if found not in in_force(known, request.time):
        raise Problem("already-ended", id=found.id)
    id = next_of("end", (one.id for one in known))
    return _kept(
        request, Exemption(id, found.standard, "end", request.time, by, reason, of=found.id)
    )


def _read(request: Request) -> dict[str, Any]:
    with well_formed():
        body = Body.of(request)
        kind, reason = body.one_of("kind", KINDS), body.published("reason")
        applications, steps = body.names("applications"), body.published_list("steps")
        due, of = body.day_or_none("due"), body.name("proposal") if body.has("proposal") else ""
        if kind in ("waiver", "plan") and not of and not (applications and due):
            raise body.wrong("due" if applications else "applications", "is missing")
        if of and kind != "plan":
            raise body.wrong("proposal", "is for plans only")
        if due and due < request.time.date():
            raise body.wrong("due", "is past")
        body.close()
    return {
        "kind": kind,
        "reason": reason,
        "applications": applications,
        "due": due,
        "steps": steps,
        "of": of,
    }


def _own(request: Request, db: Snapshot, applications: Iterable[str]) -> str:
    """By whom a plan is filed. Raises Problem for applications that are not their supplier's."""
    caller = by_id(request.caller.application, db)
    if caller is None:
        must_be(request, TEAM)
    supplier = (caller or {}).get("supplier")
    for id in applications:
        other = by_id(id, db)
        if other is None:
            raise Problem("application-unknown", id=id)
        if not supplier or other.get("supplier") != supplier:
            raise Problem("not-own", what=f"Application {id}")
    return request.caller.application


def _as_proposed(asked: dict[str, Any], known: list[Exemption], standard: str) -> dict[str, Any]:
    """A plan as its supplier filed it, where one is named, with what the team says otherwise."""
    if not asked["of"]:
        return asked
    filed = next((one for one in known if one.id == asked["of"]), None)
    if filed is None:
        raise Problem("exemption-unknown", id=asked["of"])
    if filed.kind != "proposal" or filed.standard != standard:
        raise Problem("not-a-plan", id=filed.id)
    return {
        **asked,
        "applications": asked["applications"] or filed.applications,
        "due": asked["due"] or filed.due,
        "steps": asked["steps"] or filed.steps,
    }


def _must_be_known(db: Snapshot, applications: Iterable[str]) -> None:
    for id in applications:
        if by_id(id, db) is None:
            raise Problem("application-unknown", id=id)


def _must_last_as_long_as_it_may(request: Request, asked: dict[str, Any]) -> None:
    latest = request.time.date() + LONGEST_WAIVER
    if asked["kind"] == "waiver" and asked["due"] > latest:
        raise Problem("waiver-too-long", most=LONGEST_WAIVER.days, until=latest)


def _plan(request: Request, db: Snapshot) -> tuple[Exemption, list[Exemption]]:
    found, known = exemption_named(db, request.params["id"])
    if found.kind != "plan" or found not in in_force(known, request.time):
        raise Problem("not-a-plan", id=found.id)
    return found, known


def _reason(request: Request) -> str:
    with well_formed():
        body = Body.of(request)
        reason = body.published("reason")
        body.close()
    return reason


def _kept(request: Request, exemption: Exemption) -> Reply:
    at = address(request.endpoint, "standards", exemption.standard)
    return Reply(
        exemption.to_json(),
        status=201,
        changes=(Change(EXEMPTION, exemption.id, exemption.to_json(), expect=0),),
        signals=(Signal(EASED, "", at),),
    )
