"""Patches for tests: the operations that they are made of, and what these add."""

from typing import Any

from openroots.problem import Json

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
HOME = {"use": "home", "line": ["1 Mill Lane", "Leeds"]}
EMERGENCY = {"coding": [{"code": "C"}]}
NAME = {"use": "old", "family": "Bloggs", "period": {"start": "2019-12-31"}}
DEATH = UK_CORE + "DeathNotificationStatus"


def op(op: str, path: str, *value: Any) -> Json:
    """One operation of a patch."""
    return {"op": op, "path": path, **({"value": value[0]} if value else {})}


def notified(code: str) -> Json:
    """A death notification of this status."""
    status = {"coding": [{"system": "x", "code": code}]}
    return {
        "url": DEATH,
        "extension": [{"url": "deathNotificationStatus", "valueCodeableConcept": status}],
    }


ADD_DEATH = (
    op("add", "/deceasedDateTime", "2020-01-01"),
    op("add", "/extension/-", notified("1")),
)


ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
GENDER = op("replace", "/gender", "male")
PRACTICE = {"type": "Organization", "identifier": {"value": "B81001"}}
KEY_TYPES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType"
PAF = {
    "url": UK_CORE + "AddressKey",
    "extension": [
        {"url": "type", "valueCoding": {"system": KEY_TYPES, "code": "PAF"}},
        {"url": "value", "valueString": "9876543"},
    ],
}


def pharmacy(kind: str, code: str = "FJ123") -> Json:
    """A pharmacy of this kind."""
    return {"url": UK_CORE + kind, "valueReference": {"identifier": {"value": code}}}


def telecom(system: str, use: str, value: str) -> Json:
    """A way to reach someone."""
    return {"system": system, "use": use, "value": value}


def add(part: str, value: Any) -> list[Json]:
    """A patch that adds an item."""
    return [op("add", f"/{part}/-", value)]


def emergency(**others: Any) -> list[Json]:
    """A patch that adds an emergency contact."""
    point = {"system": "phone", "value": "01632960001"} | others.pop("point", {})
    return add("contact", {"relationship": [EMERGENCY], "telecom": [point], **others})
