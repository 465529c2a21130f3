"""What must hold of a person who is brought from elsewhere: the rules of new records, and numbers.

A record may say more than a client may write: that a death was formally notified, when somebody
was removed from registration. Of that only the form is checked; all else is as for a new record.

Source: PDS FHIR API, "Create a record for a new patient" and "Update patient details"; NHS Data
Model and Dictionary ("NHS NUMBER"): no number that begins with 9 has been issued.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.fhir.patch import brief
from openroots.fhir.patient import SENSITIVE
from openroots.identifiers import NHSNumber
from openroots.problem import Json, Problem
from openroots.services.demographics.changes import Edit
from openroots.services.demographics.finishing import Chance, finished
from openroots.services.demographics.matching import likenesses
from openroots.services.demographics.newcomer import AS_TOLD, REQUIRED, UNRESTRICTED
from openroots.services.demographics.operations import LISTS, UPDATABLE
from openroots.services.demographics.rules import check_rules, check_shapes
from openroots.services.demographics.shapes import (
    Shape,
    coded,
    holding,
    members,
    text,
    that,
    valued,
)

UNISSUED = "9"
HEAD = frozenset({"resourceType", "id", "identifier", "meta"})
OLD = "old"  # the use of an identifier that was superseded
CONCEPT = valued("valueCodeableConcept", coded(text()))
WHEN = that(dates.is_moment)
# Extensions that no client writes, and what they may look like.
OF_THE_SERVICE: dict[str, Shape] = {
    about.REMOVAL: holding(
        "removalFromRegistrationCode",
        removalFromRegistrationCode=CONCEPT,
        effectiveTime=valued("valuePeriod", members(start=WHEN, end=WHEN)),
    ),
    about.CONSENT: holding("type status", type=CONCEPT, status=CONCEPT),
}


class Sound(NamedTuple):
    """A person who may be kept: their number ("" for none), those that it superseded, the parts of
    their record, and how confidential it is."""

    number: str
    former: tuple[str, ...]
    person: Json
    labels: frozenset[str]

    @property
    def security(self) -> list[Json]:
        """What the record says of its confidentiality."""
        system = about.CONFIDENTIALITY
        told = [
            {"system": system, "code": each, "display": SENSITIVE[each]} for each in self.labels
        ]
        return told or UNRESTRICTED

    @property
    def likenesses(self) -> tuple[str, ...]:
        """By what they would be taken for somebody who is here, if they bring no number."""
        return tuple([_brief(one) for one in likenesses(self.person)])

    @property
    def claims(self) -> frozenset[str]:
        """What nobody after them may have: their numbers, and that by which others without a number
        are taken for them. That a restricted person has a postcode is told to nobody."""
        shown = self.likenesses[:1] if self.labels else self.likenesses
        return frozenset((self.number, *self.former, *shown)) - {""}


def sound(patient: Json, today: datetime, chance: Chance, any_number: bool = False) -> Sound:
    """The person whom a FHIR Patient describes. Raises Problem for the first that is wrong."""
    if strange := sorted(set(patient) - HEAD - UPDATABLE):
        raise Problem("part-not-known", names=brief(", ".join(strange)))
    number, former = _numbers(patient, any_number)
    labels = _labels(patient)
    draft = {part: patient[part] for part in UPDATABLE if part in patient}
    _check_presence(draft)
    _check_what_the_service_says(draft.get("extension", []))
    check_shapes(Edit({}, _as_a_client_writes(draft), today))
    person = finished(draft, Edit({}, draft, today).differences, today, chance)
    try:
        check_rules(Edit({}, _as_a_client_writes(person), today))
    except Problem as problem:
        raise Problem(AS_TOLD.get(problem.row, problem.row), **problem.fields) from problem
    return Sound(number, former, person, labels)


def brings_number(patient: Json) -> bool:
    """Whether a Patient of any form says which NHS number it has, so that none is to be given."""
    identifiers = patient.get("identifier")
    return bool(identifiers) or str(patient.get("id", "")).isdigit()


def _brief(likeness: str) -> str:
    """Enough of it to know it again, from which nobody is known."""
    return sha256(likeness.encode()).hexdigest()[:32]


def _check_presence(draft: Json) -> None:
    for part in REQUIRED:
        if not draft.get(part):
            raise Problem("value-missing", field=part)
    for part, value in draft.items():
        if value is None or (part in LISTS and not isinstance(value, list)):
            raise Problem("value-invalid", value=brief(value), field=part)
        for at, one in enumerate(value if part in LISTS else ()):
            if not isinstance(one, dict):
                raise Problem("value-invalid", value=brief(one), field=f"{part}/{at}")
    if not about.usual_name(draft):
        raise Problem("value-missing", field="name/usual")


def _check_what_the_service_says(extensions: list[Any]) -> None:
    """Raises Problem where an extension that no client writes is of no form, or there twice."""
    said = [_url(each) for each in extensions]
    for at, url in enumerate(said):
        if url in OF_THE_SERVICE:
            OF_THE_SERVICE[url](extensions[at], f"extension/{at}")
            if said.count(url) > 1:
                raise Problem(AS_TOLD["kind-repeated"], kind=url)


def _as_a_client_writes(record: Json) -> Json:
    """The record without what only the service itself says, which is not checked."""
    kept = dict(record)
    if extensions := [
        each for each in record.get("extension", ()) if _url(each) not in OF_THE_SERVICE
    ]:
        kept["extension"] = [_informal(each) for each in extensions]
    else:
        kept.pop("extension", None)
    if "generalPractitioner" in record:
        kept["generalPractitioner"] = [_unended(each) for each in record["generalPractitioner"]]
    return kept


def _url(extension: Any) -> Any:
    url = extension.get("url") if isinstance(extension, dict) else None
    return url if isinstance(url, str) else ""


def _informal(extension: Any) -> Any:
    """A notice of death as if it were informal: only a registrar gives a formal one."""
    if _url(extension) != about.DEATH_NOTIFICATION or not _is_formal(extension):
        return extension
    status = about.extension(extension, "deathNotificationStatus")
    concept = status["valueCodeableConcept"]
    first, *others = concept["coding"]
    coding = [first | {"code": about.INFORMAL_DEATH}, *others]
    informal = status | {"valueCodeableConcept": concept | {"coding": coding}}
    parts = [informal if part is status else part for part in extension["extension"]]
    return extension | {"extension": parts}


def _is_formal(extension: Json) -> bool:
    try:
        return about.death_status({"extension": [extension]}) == about.FORMAL_DEATH
    except (AttributeError, TypeError, KeyError, IndexError):  # of no form: its shape is told
        return False


def _unended(practice: Any) -> Any:
    """A registration without its end, which is not a client's to say."""
    identifier = practice.get("identifier") if isinstance(practice, dict) else None
    if not isinstance(identifier, dict):
        return practice
    period = identifier.get("period")
    if not isinstance(period, dict) or "end" not in period:
        return practice
    unended = {name: value for name, value in period.items() if name != "end"}
    return practice | {"identifier": identifier | {"period": unended}}


def _numbers(patient: Json, any_number: bool) -> tuple[str, tuple[str, ...]]:
    """The number of a record, "" where it has none, and those that it superseded."""
    identifiers = patient.get("identifier", [])
    if not isinstance(identifiers, list) or not all(isinstance(one, dict) for one in identifiers):
        raise Problem("value-invalid", value=brief(identifiers), field="identifier")
    for one in identifiers:
        if one.get("system") != about.NHS_NUMBER:
            raise Problem("identifier-strange", system=about.NHS_NUMBER)
    now = {str(one.get("value")) for one in identifiers if one.get("use") != OLD}
    if "id" in patient and (now or str(patient["id"]).isdigit()):
        now.add(str(patient["id"]))
    if len(now) > 1:
        raise Problem("numbers-differ")
    former = [str(one.get("value")) for one in identifiers if one.get("use") == OLD]
    for number in (*now, *former):
        _check_number(number, any_number)
    if former and not now:
        raise Problem("number-missing", former=former[0])
    if both := now & set(former):
        raise Problem("number-both", number=min(both))
    return next(iter(now), ""), tuple(dict.fromkeys(former))


def _check_number(number: str, any_number: bool) -> None:
    try:
        NHSNumber(number)
    except ValueError as error:
        raise Problem("number-wrong", number=number[:40], why=error) from None
    if not any_number and not number.startswith(UNISSUED):
        raise Problem("number-real", number=number)


def _labels(patient: Json) -> frozenset[str]:
    meta = patient.get("meta", {})
    security = meta.get("security", []) if isinstance(meta, dict) else None
    if not isinstance(security, list) or not all(isinstance(one, dict) for one in security):
        raise Problem("value-invalid", value=brief(meta), field="meta/security")
    codes = {str(one.get("code")) for one in security}
    if strange := codes - SENSITIVE.keys() - {"U"}:
        raise Problem("security-unknown", code=min(strange)[:40])
    sensitive = codes & SENSITIVE.keys()
    return frozenset({max(sensitive)} if sensitive else ())
