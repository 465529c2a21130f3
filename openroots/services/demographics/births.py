"""Taking the details of a birth: the child is given an NHS number, and is known as the mother's.

The published facts are the path, the Bundle of a baby, its weight and a mother, and the answers.
The rest is ours: which entry is which, what of them is looked at, that a mother is recorded as
related to her child, and that a child is as restricted as its mother is, so that nobody finds her
through it.

Source: PDS FHIR API, "process birth details", as its tests use it; no specification is published.
"""

from collections.abc import Iterator
from typing import Any

from openroots.clock import new_uuid
from openroots.fhir import patient as about
from openroots.fhir.patch import brief
from openroots.fhir.patient import SENSITIVE
from openroots.identifiers import NHSNumber
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.demographics import described, service
from openroots.services.demographics.allocation import READS
from openroots.services.demographics.creating import MATCHES, nobody_alike, recorded, refuse_known
from openroots.services.demographics.finishing import new_id
from openroots.services.demographics.headers import check_role
from openroots.services.demographics.newcomer import (
    BODY,
    FAULTS,
    UNRESTRICTED,
    check_parts,
    kept,
)
from openroots.services.demographics.parts import PARTS
from openroots.services.demographics.reading import find_patient
from openroots.services.demographics.relations import as_related
from openroots.services.demographics.shapes import Shape, listed
from openroots.services.demographics.signals import BIRTH_NOTIFIED
from openroots.services.demographics.views import shown
from openroots.storage import Row, Signal, Snapshot, Unchanged

IGNORE = "ignore_potential_matches"
LIGHTEST, HEAVIEST = 1000, 9999  # grams
MOST_ENTRIES = 50
GRAMS = ("g", "gram", "grams")
BIRTH_WEIGHTS = frozenset({"364589006", "27113001", "8339-4"})  # of SNOMED CT, and of LOINC

BABY, MOTHER, WEIGHT = "baby", "mother", "birth weight"

# What may be said of the baby, besides what a resource in a Bundle always may hold.
OF_A_BABY: dict[str, Shape] = {
    **BODY,
    "multipleBirthInteger": PARTS["multipleBirthInteger"],
}
REQUIRED = ("name", "gender", "birthDate")
OF_ANY_RESOURCE = frozenset({"id", "meta", "text", "active", "identifier"})

# The words of the record that says who the mother is.
RELATIONSHIPS = [
    {
        "system": "https://fhir.nhs.uk/R4/CodeSystem/UKCore-AdditionalRelatedPersonRole",
        "code": "Guardian",
        "display": "Guardian of patient",
    },
    {
        "system": "http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype",
        "code": "MTH",
        "display": "mother",
    },
]

EXAMPLE: Json = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Patient",
                "name": [{"use": "usual", "given": ["Baby"], "family": "Smyth"}],
                "gender": "female",
                "birthDate": "2026-06-01",
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "364589006"}]},
                "valueQuantity": {"value": 3250, "unit": "g"},
            }
        },
        {
            "resource": {
                "resourceType": "Patient",
                "identifier": [{"system": about.NHS_NUMBER, "value": "9000000017"}],
            }
        },
    ],
}


@service.endpoint(
    "POST",
    "/Patient/$process-birth-details",
    access=frozenset({Access.HEALTHCARE_WORKER}),
    refused="create-refused",
    refused_to_patients="create-refused-to-patients",
    takes=("application/fhir+json", "application/json"),
    largest=1 << 18,
    query={IGNORE: "true, to record the child though others of the name were born that day."},
    query_schemas={IGNORE: described.IGNORE_MATCHES},
    body_schema=described.BIRTH,
    asking=(check_role,),
    gives="Patient",
    tells={"ETag": "The version of the record.", "notification-id": "The id of the notification."},
    success=201,
    reads=5 + READS,
    fails=(
        *("role-invalid", *FAULTS, *MATCHES),
        *("birth-incomplete", "birth-ambiguous", "mother-unknown"),
    ),
    example=EXAMPLE,
)
def process_birth_details(request: Request, db: Snapshot) -> Reply:
    """Create a record for a baby that was born.

    The answer is the record; the header notification-id names the notification. Where others of
    the name were born that day, it is, with status 200, an outcome that tells so.
    """
    ignored = _ignores_matches(request)
    baby, number = born(request.body, request)
    mother = _found(number, db)
    if not ignored:
        refuse_known(baby, db)
    reply = _recorded(baby, mother, request, db)
    alike = () if ignored else nobody_alike(baby, db)
    return reply._replace(guards=(*reply.guards, *alike), about=(mother.subject,))


def born(body: Any, request: Request) -> tuple[Json, NHSNumber]:
    """The baby that a Bundle describes, as it is to be kept, and the NHS number of its mother.

    Raises Problem for the first thing that is wrong. The weight is looked at, and not kept.
    """
    resources = _resources(body)
    baby = _only(BABY, [each for each in resources if _is_baby(each)])
    mother = _only(MOTHER, [each for each in resources if _number_in(each)])
    _check_weight(_only(WEIGHT, [each for each in resources if _is_weight(each)]))
    said = {name: value for name, value in baby.items() if name not in OF_ANY_RESOURCE}
    check_parts(said, OF_A_BABY, [name for name in REQUIRED if name not in said])
    return kept(said, request), _valid(_number_in(mother))


def _recorded(baby: Json, mother: Row, request: Request, db: Snapshot) -> Reply:
    """What makes the baby's record, and the one that says who its mother is."""
    labels = mother.labels & SENSITIVE.keys()
    security = mother.body["meta"]["security"] if labels else UNRESTRICTED
    reply = recorded(baby, request, db, security, labels)
    [change] = reply.changes
    record: Json = change.body or {}
    related = as_related(change.id, _mother(mother, baby, request), change.subject, labels)
    notified = Signal(BIRTH_NOTIFIED, change.subject, f"{service.base}/Patient/{change.id}")
    return reply._replace(
        body=shown(request.caller, record, labels) if labels else record,
        headers=(("notification-id", new_uuid(request.chance)),),
        changes=(change, related),
        signals=(*reply.signals, notified),
        guards=(*reply.guards, Unchanged("Patient", mother.id, mother.version)),
    )


def _mother(mother: Row, baby: Json, request: Request) -> Json:
    """The RelatedPerson that says who the mother is: by her number alone."""
    return {
        "resourceType": "RelatedPerson",
        "id": new_id(request.chance),
        "patient": {"identifier": {"system": about.NHS_NUMBER, "value": mother.id}},
        "active": True,
        "period": {"start": baby["birthDate"]},
        "relationship": [{"coding": RELATIONSHIPS}],
    }


def _ignores_matches(request: Request) -> bool:
    """Whether the child is to be recorded whoever is alike. Raises Problem for any other word."""
    [given] = request.query.get(IGNORE, ("false",))
    if given not in ("true", "false"):
        raise Problem("value-invalid", value=brief(given), field=IGNORE)
    return given == "true"


def _found(number: NHSNumber, db: Snapshot) -> Row:
    """The record of the mother. Raises Problem where there is none."""
    try:
        return find_patient(number, db)
    except Problem as problem:
        raise Problem("mother-unknown") from problem


def _resources(body: Any) -> list[Json]:
    """The resources in a Bundle. Raises Problem where it is none."""
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
        raise Problem("create-malformed")
    if "entry" not in body:
        raise Problem("value-missing", field="entry")
    ENTRIES(body["entry"], "entry")
    return [entry["resource"] for entry in body["entry"]]


def _check_entry(entry: Any, field: str) -> None:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        raise Problem("value-invalid", value=brief(entry), field=field)


ENTRIES = listed(_check_entry, most=MOST_ENTRIES)


def _only(what: str, found: list[Json]) -> Json:
    """The one resource of a kind. Raises Problem where there is none, or more than one."""
    if not found:
        raise Problem("birth-incomplete", what=what)
    if len(found) > 1:
        raise Problem("birth-ambiguous", what=what)
    return found[0]


def _is_baby(resource: Json) -> bool:
    return resource.get("resourceType") == "Patient" and not _number_in(resource)


def _is_weight(resource: Json) -> bool:
    """Whether this is an Observation of weight: one that says of nothing else that it is that."""
    codes = set(_codes(resource.get("code")))
    return resource.get("resourceType") == "Observation" and (
        not codes or not codes.isdisjoint(BIRTH_WEIGHTS)
    )


def _codes(concept: Any) -> Iterator[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and isinstance(coding.get("code"), str):
            yield coding["code"]


def _number_in(resource: Json) -> str:
    """The NHS number by which a Patient or RelatedPerson is told; "" for any other resource."""
    if resource.get("resourceType") not in ("Patient", "RelatedPerson"):
        return ""
    identifiers = resource.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else ():
        if isinstance(identifier, dict) and identifier.get("system") == about.NHS_NUMBER:
            return brief(identifier.get("value", ""))
    return ""


def _valid(number: str) -> NHSNumber:
    try:
        return NHSNumber(number)
    except ValueError as error:
        raise Problem("value-invalid", value=number, field="identifier/0/value") from error


def _check_weight(observation: Json) -> None:
    """Raises Problem where a weight at birth is not one in grams that a living child may have."""
    quantity = observation.get("valueQuantity")
    if not isinstance(quantity, dict) or "value" not in quantity:
        raise Problem("value-missing", field="valueQuantity/value")
    value, unit = quantity["value"], quantity.get("unit", quantity.get("code", GRAMS[0]))
    if type(value) not in (int, float) or not LIGHTEST <= value <= HEAVIEST:
        raise Problem("value-invalid", value=brief(value), field="valueQuantity/value")
    if unit not in GRAMS:
        raise Problem("value-invalid", value=brief(unit), field="valueQuantity/unit")
