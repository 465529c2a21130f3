"""The patches that are published as examples, and what is then to be seen in Jane's record."""

from openroots.fhir.patient import (
    BIRTH_PLACE,
    DEATH_NOTIFICATION,
    NOMINATED_PHARMACY,
    PREFERRED_DISPENSER,
    UK_CORE,
    death_status,
    extension,
)
from openroots.problem import Json
from tests.services.demographics.patches import op

IN_2020 = {"start": "2020-01-01", "end": "2021-12-31"}
JANE_SMITH = {
    "id": "123",
    "use": "usual",
    "period": IN_2020,
    "given": ["Jane"],
    "family": "Smith",
    "prefix": ["Mrs"],
    "suffix": ["MBE"],
}
JOE_BLOGGS = {
    "use": "old",
    "period": {"start": "2019-12-31"},
    "prefix": ["Dr"],
    "given": ["Joe", "Horation", "Maximus"],
    "family": "Bloggs",
    "suffix": ["PhD"],
}
PHARMACY = {
    "url": NOMINATED_PHARMACY,
    "valueReference": {
        "identifier": {
            "system": "https://fhir.nhs.uk/Id/ods-organization-code",
            "value": "Y12345",
            "period": IN_2020,
        }
    },
}
INFORMAL = {
    "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus",
    "version": "1.0.0",
    "code": "1",
    "display": "Informal - death notice received via an update from a local NHS Organisation "
    "such as GP or Trust",
}
NOTIFIED = {
    "url": DEATH_NOTIFICATION,
    "extension": [
        {"url": "deathNotificationStatus", "valueCodeableConcept": {"coding": [INFORMAL]}}
    ],
}
KEY_TYPE = {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType", "code": "PAF"}


def whitehall(paf: str) -> Json:
    """The address of a published example, with this key of PAF."""
    parts = [{"url": "type", "valueCoding": KEY_TYPE}, {"url": "value", "valueString": paf}]
    return {
        "id": "456",
        "period": IN_2020,
        "use": "home",
        "line": ["2 Whitehall Quay", "Leeds", "West Yorkshire"],
        "postalCode": "LS1 4BU",
        "extension": [{"url": f"{UK_CORE}AddressKey", "extension": parts}],
    }


# What is refused where changes are kept: Jane has a pharmacy and a formally notified death.
REFUSED_ELSEWHERE = {
    "add a pharmacy",
    "remove the gender",
    "remove a name",
    "remove a name, told whole",
    "replace a death notification",
}

# Each published example of a patch, and what is then to be seen in Jane's record.
EXAMPLES = {
    "add a death": (
        [op("add", "/deceasedDateTime", "2010-10-22T00:00:00+00:00")],
        lambda jane: jane["deceasedDateTime"] == "2010-10-22T00:00:00+00:00",
    ),
    "add a pharmacy": (
        [op("add", "/extension/-", PHARMACY)],
        lambda jane: jane["extension"][-1]["url"] == NOMINATED_PHARMACY,
    ),
    "add a name": (
        [op("add", "/name/-", JOE_BLOGGS)],
        lambda jane: jane["name"][1]["family"] == "Bloggs" and len(jane["name"][1]["id"]) == 8,
    ),
    "remove the gender": (
        [op("remove", "/gender")],
        lambda jane: "gender" not in jane,
    ),
    "remove a name, told whole": (
        [op("test", "/name/0", JANE_SMITH), op("remove", "/name/0")],
        lambda jane: "name" not in jane,
    ),
    "remove a name": (
        [op("test", "/name/0/id", "123"), op("remove", "/name/0")],
        lambda jane: "name" not in jane,
    ),
    "replace an address": (
        [op("replace", "/address/0", whitehall("9876543"))],
        lambda jane: jane["address"][0] == whitehall("09876543"),
    ),
    "replace parts of an address": (
        [
            op("replace", "/address/0/id", "456"),
            op("replace", "/address/0/line/0", "2 Whitehall Quay"),
            op("replace", "/address/0/postalCode", "LS1 4BU"),
        ],
        lambda jane: (
            jane["address"][0]["line"][:2] == ["2 Whitehall Quay", "Boar Lane"]
            and jane["address"][0]["postalCode"] == "LS1 4BU"
        ),
    ),
    "replace a death notification": (
        [op("replace", "/extension/3", NOTIFIED)],
        lambda jane: death_status(jane) == "1",
    ),
    "replace the gender": (
        [op("replace", "/gender", "male")],
        lambda jane: jane["gender"] == "male",
    ),
    "remove a dispenser": (
        [op("test", "/extension/1/url", PREFERRED_DISPENSER), op("remove", "/extension/1")],
        lambda jane: not extension(jane, PREFERRED_DISPENSER) and extension(jane, BIRTH_PLACE),
    ),
}
