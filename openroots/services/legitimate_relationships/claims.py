"""Claiming a relationship, and breaking the glass.

    POST /claims       {"patient": "9000000009", "reason": "...", "days": 30}
    POST /break-glass  {"patient": "9000000009", "reason": "...", "hours": 8}

Source: NHS Care Records Service, self-claimed relationships and emergency access.
"""

from datetime import timedelta
from typing import Any

from openroots.identifiers import NHSNumber
from openroots.problem import Json, Problem
from openroots.register import proxy_role, relationship
from openroots.register.relationship import (
    BREAK_GLASS,
    RELATIONSHIP,
    SELF_CLAIMED,
    USER,
    person_of,
)
from openroots.service import Access, Reply, Request
from openroots.service.endpoint import WITH_TOKEN
from openroots.services.legitimate_relationships import ALERTED, service
from openroots.services.legitimate_relationships.alerts import new_alert, new_id
from openroots.storage import Change, Signal, Snapshot

STAFF = frozenset({Access.HEALTHCARE_WORKER})
FAILS = ("user-needed", "part-missing", "part-wrong", "part-unknown", "person-unknown")
LONGEST_REASON = 1000
DAYS, MOST_DAYS = 30, 365
HOURS, MOST_HOURS = 8, 24


def _body(unit: str, usual: int, most: int) -> Json:
    return {
        "type": "object",
        "required": ["patient", "reason"],
        "additionalProperties": False,
        "properties": {
            "patient": {"type": "string", "pattern": r"^\d{10}$", "examples": ["9000000009"]},
            "reason": {"type": "string", "minLength": 3, "maxLength": LONGEST_REASON},
            unit: {"type": "integer", "minimum": 1, "maximum": most, "default": usual},
        },
    }


service.indexes(RELATIONSHIP)(relationship.terms)
service.indexes(proxy_role.PROXY_ROLE)(proxy_role.terms)


@service.endpoint(
    "POST",
    "/claims",
    access=STAFF,
    takes=("application/json",),
    body_schema=_body("days", DAYS, MOST_DAYS),
    example={"patient": "9000000009", "reason": "Seen at the walk-in clinic", "days": 30},
    given=WITH_TOKEN,
    success=201,
    fails=FAILS,
)
def claim(request: Request, db: Snapshot) -> Reply:
    """Claim a relationship with somebody who is in one's care.

    It is good in the organisation in which the user acts, whose privacy officer is alerted.
    """
    _refuse_strange(request.body, "days")
    days = _number(request.body, "days", DAYS, MOST_DAYS)
    return _claimed(request, db, SELF_CLAIMED, timedelta(days=days))


@service.endpoint(
    "POST",
    "/break-glass",
    access=STAFF,
    takes=("application/json",),
    body_schema=_body("hours", HOURS, MOST_HOURS),
    example={"patient": "9000000009", "reason": "Unconscious in the emergency department"},
    given=WITH_TOKEN,
    success=201,
    fails=FAILS,
)
def break_glass(request: Request, db: Snapshot) -> Reply:
    """See somebody's record in an emergency, for some hours.

    It opens what is asked for by NHS number, in the organisation in which the user acts, whose
    privacy officer is alerted. No search finds anybody by it, and nothing is changed by it.
    """
    _refuse_strange(request.body, "hours")
    hours = _number(request.body, "hours", HOURS, MOST_HOURS)
    return _claimed(request, db, BREAK_GLASS, timedelta(hours=hours))


def _claimed(request: Request, db: Snapshot, source: str, lasting: timedelta) -> Reply:
    caller = request.caller
    if not caller.subject:
        raise Problem("user-needed")
    number, reason = _patient(request.body), _reason(request.body)
    subject, _ = person_of(number, db)
    if not subject:
        raise Problem("person-unknown")
    id = new_id(request)
    body = {
        "id": id,
        "patient": number,
        "subject": subject,
        "with": f"{USER}{caller.subject}",
        "organisation": caller.ods_code,
        "source": source,
        "from": request.time.isoformat(),
        "to": (request.time + lasting).isoformat(),
        "reason": reason,
        "by": caller.subject,
    }
    claimed = Change(RELATIONSHIP, id, body, 0, subject=subject, holder=caller.ods_code)
    alert = new_alert(request, id, source)
    signal = Signal(ALERTED, "", f"{service.base}/alerts/{alert.id}")
    shown = {name: value for name, value in body.items() if name != "subject"}
    return Reply(shown, 1, 201, changes=(claimed, alert), signals=(signal,), about=(subject,))


def _refuse_strange(body: Any, unit: str) -> None:
    """Raises Problem for what is no part of a claim: it would last for as long as is usual, or be
    about less than was meant."""
    known = ("patient", "reason", unit)
    for part in body if isinstance(body, dict) else ():
        if part not in known:
            raise Problem("part-unknown", part=part[:80], known=", ".join(known))


def _patient(body: Any) -> str:
    try:
        return NHSNumber(_part(body, "patient", "an NHS number: ten digits, without spaces"))
    except ValueError:
        wanted = "an NHS number: ten digits, without spaces"
        raise Problem("part-wrong", part="patient", wanted=wanted) from None


def _reason(body: Any) -> str:
    wanted = f"a reason in words, of 3 to {LONGEST_REASON} characters"
    reason = " ".join(_part(body, "reason", wanted).split())
    is_words = any(letter.isalpha() for letter in reason) and reason.isprintable()
    if not 3 <= len(reason) <= LONGEST_REASON or not is_words:
        raise Problem("part-wrong", part="reason", wanted=wanted)
    return reason


def _part(body: Any, part: str, wanted: str) -> str:
    if not isinstance(body, dict) or body.get(part) is None:
        raise Problem("part-missing", part=part, wanted=wanted)
    if not isinstance(body[part], str):
        raise Problem("part-wrong", part=part, wanted=wanted)
    return str(body[part])


def _number(body: Any, part: str, usual: int, most: int) -> int:
    value = body.get(part, usual) if isinstance(body, dict) else usual
    if type(value) is not int or not 1 <= value <= most:
        raise Problem("part-wrong", part=part, wanted=f"a whole number from 1 to {most}")
    return int(value)
