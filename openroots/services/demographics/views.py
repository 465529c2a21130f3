"""What a caller is shown of a record: restricted people without where they are, and so on.

Source: PDS FHIR API ("Restricted patients", "Removal from registration").
"""

from openroots.fhir.patient import (
    APPLIANCE_SUPPLIER,
    BIRTH_PLACE,
    NOMINATED_PHARMACY,
    PREFERRED_DISPENSER,
    REMOVAL,
    code,
    extension,
)
from openroots.problem import Json
from openroots.service import Access, Caller
from openroots.storage import Row

RESTRICTED, VERY_RESTRICTED = "R", "V"
SENSITIVE = frozenset({RESTRICTED, VERY_RESTRICTED})

# What could say where a restricted person is.
PLACES = ("address", "telecom", "contact", "generalPractitioner", "managingOrganization")
PLACE_EXTENSIONS = frozenset(
    {NOMINATED_PHARMACY, PREFERRED_DISPENSER, APPLIANCE_SUPPLIER, BIRTH_PLACE}
)
LEFT_OF_VERY_RESTRICTED = ("resourceType", "id", "meta")

# Reasons for removal from registration that could endanger someone or concern nobody else.
CONFIDENTIAL_REASONS = {"AFN", "SDN", "LDN"}
ALWAYS_CONFIDENTIAL = {"LDN"}
CONFIDENTIAL_IN_RAW = tuple(f'"code":"{reason}"'.encode() for reason in CONFIDENTIAL_REASONS)
OTHER_REASON = {"code": "ORR", "display": "Other Reason"}


def seen_by(caller: Caller, row: Row) -> Json | bytes:
    """The record as this caller may see it: the stored bytes wherever nothing is hidden."""
    if row.labels.isdisjoint(SENSITIVE) and not may_hide_reason(row.raw):
        return row.raw
    return shown(caller, row.body, row.labels)


def shown(caller: Caller, patient: Json, labels: frozenset[str]) -> Json:
    """A parsed record as this caller may see it."""
    if VERY_RESTRICTED in labels:
        return {name: patient[name] for name in LEFT_OF_VERY_RESTRICTED if name in patient}
    if RESTRICTED in labels and caller.access is not Access.PRIVILEGED:
        patient = without_places(patient)
    return with_reason_masked(caller, patient)


def may_hide_reason(raw: bytes) -> bool:
    """Whether stored bytes could hold a confidential reason: a look without parsing them."""
    return b"PDS-RemovalReasonExitCode" in raw and any(
        reason in raw for reason in CONFIDENTIAL_IN_RAW
    )


def without_places(patient: Json) -> Json:
    """A restricted person's record without anything that says where they are."""
    left = {name: value for name, value in patient.items() if name not in PLACES}
    extensions = [
        item for item in patient.get("extension", ()) if item.get("url") not in PLACE_EXTENSIONS
    ]
    return left | {"extension": extensions} if extensions else _without(left, "extension")


def with_reason_masked(caller: Caller, patient: Json) -> Json:
    """The record with a confidential reason for removal told as "other reason"."""
    hidden = ALWAYS_CONFIDENTIAL if caller.access is Access.PRIVILEGED else CONFIDENTIAL_REASONS
    removal = extension(patient, REMOVAL)
    concept = extension(removal, "removalFromRegistrationCode").get("valueCodeableConcept", {})
    if code(concept) not in hidden:
        return patient
    coding = [concept["coding"][0] | OTHER_REASON]
    reason = {"url": "removalFromRegistrationCode", "valueCodeableConcept": {"coding": coding}}
    others = [part for part in removal["extension"] if part["url"] != reason["url"]]
    return with_removal(patient, removal | {"extension": [reason, *others]})


def with_removal(patient: Json, removal: Json) -> Json:
    """The record with its removal from registration, if it has one, told in these words."""
    extensions = patient.get("extension")
    if not extensions or not removal:
        return patient
    kept = [removal if item.get("url") == REMOVAL else item for item in extensions]
    return patient | {"extension": kept}


def _without(patient: Json, name: str) -> Json:
    return {part: value for part, value in patient.items() if part != name}
