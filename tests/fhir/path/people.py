"""The made-up resources that expressions are asked of in these tests."""

from typing import Any

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "9990000018",
    "meta": {"versionId": "2", "lastUpdated": "2026-01-02T03:04:05.678+00:00"},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>'},
    "contained": [{"resourceType": "Organization", "id": "o1", "name": "The Surgery"}],
    "extension": [
        {"url": "http://example.org/colour", "valueCode": "green"},
        {"url": "http://example.org/height", "valueQuantity": {"value": 1.7, "unit": "m"}},
    ],
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "active": True,
    "name": [
        {
            "use": "usual",
            "family": "Example",
            "given": ["Ada", "Bea"],
            "period": {"start": "2001-02-03", "end": "2030"},
        },
        {
            "use": "nickname",
            "text": "Addie",
            "given": ["Addie", None],
            "_given": [None, {"extension": [{"url": "http://example.org/x", "valueString": "?"}]}],
        },
    ],
    "telecom": [
        {"system": "phone", "value": "01632 960001", "rank": 2},
        {"system": "email", "value": "ada@example.org", "rank": 1},
    ],
    "gender": "female",
    "birthDate": "1980-02-29",
    "_birthDate": {
        "id": "b",
        "extension": [{"url": "http://example.org/time", "valueDateTime": "1980-02-29T08:00:00Z"}],
    },
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "address": [{"use": "home", "line": ["1 High St", "Anytown"], "postalCode": "ZZ99 3CZ"}],
    "contact": [{"name": {"family": "Other"}, "period": {"start": "2020-01-01"}}],
    "generalPractitioner": [{"reference": "Organization/Z12345"}, {"reference": "#o1"}],
    "managingOrganization": {"reference": "#o1"},
}

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "weight",
    "status": "final",
    "code": {
        "coding": [
            {"system": "http://example.org/codes", "code": "weight", "display": "Weight"},
            {"system": "http://example.org/old", "code": "w"},
        ]
    },
    "effectiveDateTime": "2020-05-06T07:08:09+01:00",
    "valueQuantity": {
        "value": 72.5,
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
    "component": [
        {"code": {"text": "one"}, "valueString": "first"},
        {"code": {"text": "two"}, "valueInteger": 2},
    ],
}
