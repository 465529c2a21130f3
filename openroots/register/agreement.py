"""Agreements: who may have whose data, to do what with it, why, and under which conditions.

For the gateway, which permits by them, and governance staff, who draw them up. An agreement is a
resource. It permits while it is in force and the world's time is within its dates.

    Agreement  id, title, parties, controllers, recipients, categories, actions, purposes, basis,
               conditions, from, to, review, state, summary, reason

A controller is the ODS code of an organisation, or "*" for the nation; a recipient is an ODS code,
"setting:hospital" for whoever uses an application of that care setting, or "*".

Source: HL7 v3 PurposeOfUse, for the purposes; the Data Uses Register, for what is told of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from openroots.identifiers import ODS_CODE
from openroots.register.purposes import BEYOND_CARE, PURPOSES
from openroots.register.standard import SETTINGS
from openroots.storage import Json

AGREEMENT = "Agreement"
ALL = "*"
SETTING = "setting:"
ACTIONS = frozenset({"read", "search", "create", "update", "delete"})
DRAFT, SIGNED, IN_FORCE, SUSPENDED, ENDED = "draft", "signed", "in force", "suspended", "ended"

PARTS = (
    *("id", "title", "parties", "controllers", "recipients", "categories", "actions", "purposes"),
    *("basis", "conditions", "from", "to", "review", "summary"),
)
SHOWN = frozenset(
    {"state", "reason", "changed", "permits", "acts", "wrong"}
)  # what is told besides

# By what an agreement passes from one state to the next.
LIFE = {
    DRAFT: {"sign": SIGNED, "end": ENDED},
    SIGNED: {"start": IN_FORCE, "end": ENDED},
    IN_FORCE: {"suspend": SUSPENDED, "end": ENDED},
    SUSPENDED: {"resume": IN_FORCE, "end": ENDED},
    ENDED: {},
}

EXAMPLES = {"roles": '["R8000"]', "assurance": "aal2", "hides": '["R"]'}  # of conditions

# Levels to which somebody may be known, the surest last.
LEVELS = (("aal1", "aal2", "aal3"), ("P0", "P5", "P9"))


class Malformed(ValueError):
    """A part of an agreement that is not what it should be."""

    def __init__(self, part: str, given: object, wanted: str, example: str) -> None:
        super().__init__(f"{part}: {given!r} is not {wanted}")
        self.part, self.given, self.wanted, self.example = part, given, wanted, example


class Conditions(NamedTuple):
    """What an agreement asks of each request. No roles: none is asked for; no level likewise."""

    roles: frozenset[str] = frozenset()
    assurance: str = ""
    relationship: bool = False
    opt_out: bool = False
    hides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """An agreement as it is asked, and the digest of what it says."""

    id: str
    title: str
    state: str
    controllers: frozenset[str]
    recipients: frozenset[str]
    categories: frozenset[str]
    actions: frozenset[str]
    purposes: frozenset[str]
    conditions: Conditions
    begins: datetime
    ends: datetime | None
    digest: bytes

    def shares(self, category: str, *, by_holder: bool) -> bool:
        """Whether it lets anybody have data of this category, which each holder shares, or else
        the nation alone."""
        is_named = not self.categories.isdisjoint((category, ALL))
        return is_named and (by_holder or ALL in self.controllers)

    def holds_at(self, time: datetime) -> bool:
        """Whether it permits anything at this time of the world."""
        begun = self.state == IN_FORCE and self.begins <= time
        return begun and (self.ends is None or time < self.ends)


def agreement_of(body: Json) -> Agreement:
    """The agreement that a resource tells of. Raises Malformed, naming the part that is wrong."""
    purposes = _several(body, "purposes", "purposes of use", "TREAT", PURPOSES)
    begins = _moment(body, "from")
    if begins is None:
        raise Malformed("from", None, "a date or moment", "2026-11-21")
    ends = _moment(body, "to")
    if ends is not None and ends < begins:
        raise Malformed("to", body["to"], "after its beginning", "2027-11-21")
    return Agreement(
        id=_text(body, "id"),
        title=_text(body, "title"),
        state=_one_of(body, "state", LIFE),
        controllers=_organisations(body, "controllers"),
        recipients=_organisations(body, "recipients"),
        categories=_several(body, "categories", "categories of data", "demographics"),
        actions=_actions(body),
        purposes=purposes,
        conditions=_conditions(body.get("conditions", {}), purposes),
        begins=begins,
        ends=ends,
        digest=sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest(),
    )


def drawn_up(body: Json) -> Json:
    """The draft that somebody sends, perhaps made of an agreement as it was shown to them.

    Raises Malformed where it names what is no part of an agreement: a condition or an end that is
    mistyped would be none, and so would a condition that is left empty.
    """
    if strange := sorted(body.keys() - {*PARTS} - SHOWN):
        wanted = f"of an agreement: {', '.join(PARTS)}"
        raise Malformed("body", ", ".join(strange), wanted, "conditions")
    _check_told(body)
    return {part: body[part] for part in body if part not in SHOWN} | {"state": DRAFT}


def refuse_strange_labels(agreement: Agreement, labels: Mapping[str, str]) -> None:
    """Raises Malformed where it hides what is labelled as none of these (labels, in words): no
    record is, so it would hide nothing."""
    if strange := agreement.conditions.hides - labels.keys():
        known = ", ".join(f"{label} ({words})" for label, words in labels.items()) or "none here"
        wanted = f"a label of records: {known}"
        example = orjson.dumps(list(labels)[:1]).decode()
        raise Malformed("conditions.hides", min(strange), wanted, example)


def moved(body: Json, act: str, time: datetime, reason: str = "") -> Json:
    """The agreement after this act ("sign", "start", "suspend", "resume", "end") at this time.

    Raises LookupError where an agreement in its state cannot be moved so, and Malformed where it
    would be signed by nobody, or without a law by which data may be shared.
    """
    if act == "sign":
        _check_signed(body)
    state = LIFE[body["state"]][act]
    new = {**body, "state": state, "changed": time.isoformat()}
    if reason:
        new["reason"] = reason
    if state == ENDED:
        ends = _moment(body, "to")
        begins = _moment(body, "from") or time
        # One that never began ends as it begins, so that it still can be read.
        new["to"] = max(begins, min(ends or time, time)).isoformat()
    return new


def reaches(known: str, wanted: str) -> bool:
    """Whether somebody known so surely ("P9.Cp.Cd", "aal3") is known as surely as is wanted.

    Levels of staff say nothing of patients: they are not compared. Where nobody is known there is
    no level: then none that is wanted is reached.
    """
    level = known.partition(".")[0]
    for ladder in LEVELS:
        if wanted in ladder and level in ladder:
            return ladder.index(level) >= ladder.index(wanted)
    return not wanted or any(level in ladder for ladder in LEVELS)


def _check_told(body: Json) -> None:
    """Raises Malformed for a part that is only told and is of another kind, and for a condition
    that is left empty."""
    for part in ("id", "title", "basis", "summary"):
        value = body.get(part)
        in_lines = isinstance(value, str) and (part == "summary" or value.isprintable())
        if value is not None and not in_lines:
            raise Malformed(part, value, "a text in one line", f"a short {part}")
    if body.get("parties") not in (None, []):
        _several(body, "parties", "parties", "Y12345")
    _moment(body, "review")
    conditions = body.get("conditions")
    for part, example in EXAMPLES.items():
        value = conditions.get(part) if isinstance(conditions, dict) else None
        if not value and value is not None and value != []:
            raise Malformed(f"conditions.{part}", value, "a condition", example)


def _check_signed(body: Json) -> None:
    _several(body, "parties", "parties, who sign it", "Y12345")
    if not str(body.get("basis") or "").strip():
        wanted = "the law by which this data may be shared"
        raise Malformed("basis", body.get("basis"), wanted, "a short basis, and draft it again")


def _text(body: Json, part: str) -> str:
    value = body.get(part)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise Malformed(part, value, "a text", f"a short {part}")
    return value


def _one_of(body: Json, part: str, known: Mapping[str, object]) -> str:
    value = body.get(part)
    if value not in known:
        raise Malformed(part, value, f"one of {', '.join(known)}", next(iter(known)))
    return str(value)


def _several(
    body: Json, part: str, wanted: str, example: str, known: Mapping[str, str] | None = None
) -> frozenset[str]:
    values = body.get(part)
    fine = isinstance(values, list) and values and all(_is_name(value) for value in values)
    if not fine or (known is not None and set(values or ()) - known.keys()):
        told = f"a list of {wanted}" + (f": {', '.join(known)}" if known else "")
        raise Malformed(part, values, told, f'["{example}"]')
    return frozenset(values or ())


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value == value.strip()


def _organisations(body: Json, part: str) -> frozenset[str]:
    values = _several(body, part, "ODS codes", "Y12345")
    for value in values:
        is_setting = part == "recipients" and value.removeprefix(SETTING) in SETTINGS
        if value != ALL and not ODS_CODE.fullmatch(value) and not is_setting:
            raise Malformed(part, value, "an ODS code, a setting:... or *", '["Y12345"]')
    return values


def _actions(body: Json) -> frozenset[str]:
    values = _several(body, "actions", "actions", "read")
    if strange := values - ACTIONS - {ALL}:
        wanted = f"actions: {', '.join(sorted(ACTIONS))}, or *"
        raise Malformed("actions", sorted(strange), wanted, '["read"]')
    return ACTIONS if ALL in values else values


def _conditions(body: Any, purposes: frozenset[str]) -> Conditions:
    if not isinstance(body, dict):
        raise Malformed("conditions", body, "an object", "{}")
    if strange := sorted(body.keys() - set(Conditions._fields)):
        wanted = f"one of {', '.join(Conditions._fields)}"
        raise Malformed("conditions", ", ".join(strange), wanted, '{"relationship": true}')
    for part in ("relationship", "opt_out"):
        if not isinstance(body.get(part, False), bool):
            raise Malformed(f"conditions.{part}", body[part], "true or false", "true")
    if purposes & BEYOND_CARE.keys() and "opt_out" not in body:
        wanted = "told: use beyond individual care honours the national data opt-out, or does not"
        raise Malformed("conditions.opt_out", None, wanted, "true or false")
    level = body.get("assurance", "")
    if level and not any(level in ladder for ladder in LEVELS):
        raise Malformed("conditions.assurance", level, "a level of assurance", "aal2")
    sets = {
        part: _several(body, part, "names", "R8000") if body.get(part) else frozenset[str]()
        for part in ("roles", "hides")
    }
    return Conditions(
        sets["roles"],
        level,
        body.get("relationship", False),
        body.get("opt_out", False),
        sets["hides"],
    )


def _moment(body: Json, part: str) -> datetime | None:
    value = body.get(part)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed(part, value, "a date or moment", "2026-11-21") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
