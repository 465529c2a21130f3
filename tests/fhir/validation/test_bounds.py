"""Values are held to the least and greatest that a profile allows, as far as that can be told."""

from typing import Any

import pytest

from openroots.fhir.definitions import Definitions
from openroots.fhir.package import condense_all
from openroots.fhir.validation import Validator
from tests.fhir.validation.test_by_users import profile

Json = dict[str, Any]

CM, M = ({"system": "http://unitsofmeasure.org", "code": code} for code in ("cm", "m"))


def rules(type: str, element: Json, resource: Json) -> list[str]:
    """The rules of this type that a resource breaks where one of its elements is bounded."""
    asked = profile(type, element)
    validator = Validator(Definitions(added=condense_all([asked]).entries()))
    found = validator.validate({"resourceType": type, **resource}, (asked["url"],))
    return [each.rule for each in found if each.rule in ("too-small", "too-great", "too-long")]


@pytest.mark.parametrize(
    ("born", "found"),
    [
        ("1899-12-31", ["too-small"]),
        ("1899-12", ["too-small"]),
        ("1899", ["too-small"]),
        ("1900-01-01", []),
        ("1900-01", []),
        ("1900", []),
        ("2000-06-15", []),
        ("2000-06", []),
        ("2000", []),
        ("2000-06-16", ["too-great"]),
        ("2000-07", ["too-great"]),
        ("2001", ["too-great"]),
    ],
)
def test_a_date_is_beyond_a_bound_where_each_of_its_days_is(born: str, found: list[str]) -> None:
    """Bounds are inclusive, and a year of which a part lies within them is not refused."""
    bounded = {
        "id": "Patient.birthDate",
        "minValueDate": "1900-01-01",
        "maxValueDate": "2000-06-15",
    }
    assert rules("Patient", bounded, {"birthDate": born}) == found


@pytest.mark.parametrize(
    ("issued", "found"),
    [
        ("2024-01-01T00:00:00Z", []),
        ("2024-01-01T01:00:00+01:00", []),
        ("2024-01-01T00:30:00+01:00", ["too-small"]),
        ("2023-12-31T23:30:00-01:00", []),
        ("2023-12-31T23:59:59.999Z", ["too-small"]),
    ],
)
def test_a_moment_is_bounded_in_whatever_zone_it_is_told(issued: str, found: list[str]) -> None:
    bounded = {"id": "Observation.issued", "minValueInstant": "2024-01-01T00:00:00Z"}
    assert rules("Observation", bounded, {"issued": issued}) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"value": 100, **CM}, []),
        ({"value": 1, **M}, []),
        ({"value": 99.9, **CM}, ["too-small"]),
        ({"value": 0.999, **M}, ["too-small"]),
        ({"value": 3.01, **M}, ["too-great"]),
        ({"value": 1, "unit": "furlong"}, []),
        ({"value": 1, "comparator": "<", **CM}, []),
        ({"unit": "cm"}, []),
    ],
)
def test_a_quantity_is_bounded_in_whatever_unit_it_is_told(value: Json, found: list[str]) -> None:
    """One in a unit that cannot be brought to that of the bound is not refused."""
    bounded = {
        "id": "Observation.valueQuantity",
        "minValueQuantity": {"value": 1, **M},
        "maxValueQuantity": {"value": 300, **CM},
    }
    assert rules("Observation", bounded, {"valueQuantity": value}) == found


def test_a_number_and_the_length_of_a_text_are_bounded() -> None:
    count = {"id": "Patient.multipleBirthInteger", "minValueInteger": 1, "maxValueInteger": 8}
    told = [rules("Patient", count, {"multipleBirthInteger": born}) for born in (0, 1, 8, 9)]
    assert told == [["too-small"], [], [], ["too-great"]]
    short = {"id": "Observation.issued", "maxLength": 20}
    assert rules("Observation", short, {"issued": "2024-01-01T00:00:00.0Z"}) == ["too-long"]
