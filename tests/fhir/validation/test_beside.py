"""What stands beside a primitive: ids and extensions, and what a profile asks of them."""

from typing import Any

import pytest

from openroots.fhir.definitions import TYPES
from tests.fhir.validation.test_by_users import profile, told

Json = dict[str, Any]

ABSENT = {"extension": [{"url": TYPES + "data-absent-reason", "valueCode": "unknown"}]}
BORN = {
    "extension": [{"url": TYPES + "patient-birthTime", "valueDateTime": "2020-01-01T00:00:00Z"}]
}


@pytest.mark.parametrize(
    "more",
    [
        {"birthDate": "2020", "_birthDate": {"id": "a"}},
        {"name": [{"given": ["Ann"], "_given": [{"id": "a"}]}]},
        {"name": [{"given": ["Ann", None], "_given": [{"id": "a"}, ABSENT]}]},
    ],
)
def test_a_value_may_have_an_id_and_no_extension(more: Json) -> None:
    assert told({"resourceType": "Patient", **more}) == []


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"_birthDate": {"id": "a"}}, ("Patient.birthDate", "ele-1")),
        ({"birthDate": "2020", "_birthDate": {}}, ("Patient.birthDate", "ele-1")),
        ({"birthDate": "2020", "_birthDate": {"id": ""}}, ("Patient.birthDate.id", "empty")),
        ({"birthDate": "2020", "_birthDate": {"id": 1}}, ("Patient.birthDate.id", "wrong-type")),
        (
            {"name": [{"given": ["Ann", None], "_given": [None, {"id": "a"}]}]},
            ("Patient.name[0].given[1]", "ele-1"),
        ),
    ],
)
def test_an_id_alone_is_no_value(more: Json, found: tuple[str, str]) -> None:
    assert told({"resourceType": "Patient", **more}) == [found]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"birthDate": "2020-01-01", "_birthDate": BORN}, []),
        ({"birthDate": "2020-01-01"}, [("Patient.birthDate.extension", "slice-few")]),
        ({"_birthDate": ABSENT}, [("Patient.birthDate.extension", "slice-few")]),
    ],
)
def test_a_profile_may_want_an_extension_of_a_primitive(more: Json, found: Any) -> None:
    asked = profile(
        "Patient",
        {
            "id": "Patient.birthDate.extension:time",
            "min": 1,
            "type": [{"code": "Extension", "profile": [TYPES + "patient-birthTime"]}],
        },
    )
    assert told({"resourceType": "Patient", **more}, asked) == found


def test_a_profile_may_want_an_extension_of_each_primitive_of_a_list() -> None:
    asked = profile("Patient", {"id": "Patient.name.given.extension", "min": 1})
    given = {"given": ["Ann", "May", "Joy"], "_given": [None, ABSENT]}
    assert told({"resourceType": "Patient", "name": [given]}, asked) == [
        ("Patient.name[0].given[0].extension", "missing"),
        ("Patient.name[0].given[2].extension", "missing"),
    ]


def test_a_rule_of_a_primitive_is_asked_of_its_value_and_not_of_what_stands_beside_it() -> None:
    rule = {"key": "old", "severity": "error", "human": "Old", "expression": "$this < @1990"}
    asked = profile(
        "Patient",
        {"id": "Patient.birthDate", "constraint": [rule]},
        {"id": "Patient.birthDate.extension", "max": "1"},
    )
    patient = {"resourceType": "Patient", "birthDate": "1985-10-26", "_birthDate": {"id": "a"}}
    assert told(patient, asked) == []
    assert told({**patient, "birthDate": "1999-10-26"}, asked) == [("Patient.birthDate", "old")]
