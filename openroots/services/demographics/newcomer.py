"""A newcomer: somebody of whom there is no record yet, as a client describes them and as PDS keeps
them.

For creating records, and for births. What is sent is checked as a whole: first for what is
missing, then for what is not known, then for its form, and last against the rules that hold for
any record.

Source: PDS FHIR API, "Create a record for a new patient"; the order in which missing parts are
told is that of its test servers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.service import Problem, Request
from openroots.services.demographics.changes import Edit
from openroots.services.demographics.finishing import finished
from openroots.services.demographics.operations import LISTS
from openroots.services.demographics.parts import ADDRESS, DAY, EXTENSIONS, NAME, PARTS, TELECOM
from openroots.services.demographics.rules import check_rules
from openroots.services.demographics.shapes import (
    Shape,
    by_url,
    choice,
    coded,
    holding,
    listed,
    members,
    refuse_unexpected,
    text,
    that,
    valued,
)

REGISTERING_AUTHORITY = about.UK_CORE + "RegisteringAuthority"
AUTHORITY_TYPE = "https://fhir.nhs.uk/CodeSystem/UKCore-RegisteringAuthorityType"
AUTHORITY_TYPES = (*"abcdefghijklmnopqrstuvwx", "1")

# What may be said of a newcomer besides, and is not kept, as the specification has it. So is a
# place of birth; of that it says what it is made of.
NOT_KEPT = (
    about.UK_CORE + "BirthSex",
    "http://hl7.org/fhir/StructureDefinition/patient-cadavericDonor",
    about.DEATH_NOTIFICATION,
    about.UK_CORE + "EthnicCategory",
    about.UK_CORE + "ResidentialStatus",
    "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
    about.UK_CORE + "NHSNumberUnavailableReason",
)
KEPT = (about.COMMUNICATION, about.CONTACT_PREFERENCE)
SAID_BESIDES: dict[str, Shape] = {
    REGISTERING_AUTHORITY: holding(
        "registeringAuthorityType organisationIdentifier",
        registeringAuthorityType=valued(
            "valueCodeableConcept",
            coded(choice(*AUTHORITY_TYPES), AUTHORITY_TYPE, needs="system code"),
        ),
        organisationIdentifier=valued("valueString", text(re.compile(r".{2,15}"))),
    ),
    **{url: EXTENSIONS[url] for url in KEPT},
    about.BIRTH_PLACE: valued(
        "valueAddress", members(city=text(), district=text(), country=text())
    ),
    **dict.fromkeys(NOT_KEPT, that(lambda value: isinstance(value, dict))),
}

# All that may be sent, and what must be, in the order in which what is missing is told.
BODY: dict[str, Shape] = {
    "resourceType": choice("Patient"),
    "name": listed(NAME, least=1, most=1),
    "gender": PARTS["gender"],
    "birthDate": DAY,
    "address": listed(ADDRESS, least=1),
    "telecom": listed(TELECOM),
    "extension": listed(by_url(SAID_BESIDES)),
}
REQUIRED = ("name", "address", "gender", "birthDate")

# How a rule that is worded for updates is told of a newcomer.
AS_TOLD = {
    "kind-repeated": "create-kind-repeated",
    "date-in-future": "create-date-in-future",
    "period-reversed": "create-period-reversed",
}

# Every way in which a description can be wrong.
FAULTS = (
    *("create-malformed", "value-missing", "property-unexpected"),
    *("value-invalid", "value-unsupported", "too-few-values", "too-many-values"),
    *("characters-unsupported", *AS_TOLD.values()),
)

VERIFIED = {
    "url": about.UK_CORE + "NHSNumberVerificationStatus",
    "valueCodeableConcept": {
        "coding": [
            {
                "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
                "version": "1.0.0",
                "code": "01",
                "display": "Number present and verified",
            }
        ]
    },
}
UNRESTRICTED = [{"system": about.CONFIDENTIALITY, "code": "U", "display": "unrestricted"}]


def created(body: Any, request: Request) -> Json:
    """The newcomer whom the body of a create describes, as they are kept, but for an NHS number.

    Raises Problem for the first thing that is wrong.
    """
    check_parts(body, BODY, _required(body))
    if REGISTERING_AUTHORITY not in [item["url"] for item in body["extension"]]:
        raise Problem("value-missing", field="extension/registeringAuthority")
    return kept(body, request)


def check_parts(body: Any, shapes: Mapping[str, Shape], missing: Iterable[str]) -> None:
    """Raises Problem where a description lacks, has or says something that it should not.

    `missing` are the fields that it lacks.
    """
    if not isinstance(body, dict):
        raise Problem("create-malformed")
    for field in missing:
        raise Problem("value-missing", field=field)
    refuse_unexpected([name for name in body if name not in shapes])
    for name, value in body.items():
        shapes[name](value, name)
    [name] = body["name"]
    if not name["family"].strip():
        raise Problem("value-invalid", value=name["family"], field="name/0/family")


def kept(body: Json, request: Request) -> Json:
    """A newcomer as the service keeps them, from a description that is of the right form.

    Raises Problem for the first rule that is broken. Today is the day in the United Kingdom: a
    child may be born there in the first hour of a summer's day, which is the day before in UTC.
    """
    today = dates.in_uk(request.time)
    draft = _draft(body)
    person = finished(draft, Edit({}, draft, today).differences, today, request.chance)
    try:
        check_rules(Edit({}, person, today))
    except Problem as problem:
        raise Problem(AS_TOLD.get(problem.row, problem.row), **problem.fields) from problem
    return person


def numbered(person: Json, number: str, security: Any = UNRESTRICTED) -> Json:
    """The newcomer's record, first version, under the number that they are given."""
    identifier = {"system": about.NHS_NUMBER, "value": number, "extension": [VERIFIED]}
    head = {"resourceType": "Patient", "id": number, "identifier": [identifier]}
    return {**head, "meta": {"versionId": "1", "security": security}, **person}


def _required(body: Any) -> Iterator[str]:
    """The fields that the body of a create lacks."""
    if not isinstance(body, dict):
        return
    yield from (name for name in REQUIRED if name not in body)
    addresses = body.get("address")
    for at, address in enumerate(addresses if isinstance(addresses, list) else ()):
        if isinstance(address, dict) and "period" not in address:
            yield f"address/{at}/period"
    if "extension" not in body:
        yield "extension"


def _draft(body: Json) -> Json:
    """What is to be kept of a description: ids are the service's to give."""
    lists = {part: [_without_id(item) for item in body[part]] for part in LISTS if part in body}
    extensions = [item for item in lists.pop("extension", ()) if item["url"] in KEPT]
    draft = {part: body[part] for part in PARTS if part in body} | lists
    draft = draft | {"extension": extensions} if extensions else draft
    return {part: value for part, value in draft.items() if value != []}


def _without_id(item: Json) -> Json:
    return {name: value for name, value in item.items() if name != "id"}
