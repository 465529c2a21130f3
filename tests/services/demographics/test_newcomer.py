"""What a newcomer must be like: each fault is told, the first one first, and nobody is created."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.fhir.patch import holds_null
from openroots.fhir.patient import BIRTH_PLACE
from openroots.service import Problem, Request
from openroots.services.demographics import service
from openroots.services.demographics.creating import EXAMPLE
from openroots.services.demographics.newcomer import created
from openroots.testing import NOON
from tests.services.demographics.desk import words
from tests.services.demographics.newcomers import AUTHORITY, GONE, create, person

CREATE = "Invalid create with error - "
OF_AUTHORITY = "extension/0/extension/0/valueCodeableConcept/coding/0"


def born_at(**place):
    """An extension that says where somebody was born."""
    return {"url": BIRTH_PLACE, "valueAddress": place}


@pytest.mark.parametrize(
    ("missing", "told_first"),
    [
        (("name", "address", "gender", "birthDate", "extension"), "name"),
        (("address", "gender", "birthDate", "extension"), "address"),
        (("gender", "birthDate", "address/0/period", "extension"), "gender"),
        (("birthDate", "address/0/period", "extension"), "birthDate"),
        (("address/0/period", "extension"), "address/0/period"),
        (("extension",), "extension"),
        (("extension/0",), "extension/registeringAuthority"),
    ],
)
def test_what_is_missing_is_told_in_order(openroots, missing, told_first):
    """Of several parts that are missing the first is told: name, address, gender, birth date, the
    period of the address."""
    told = create(openroots, person(**dict.fromkeys(missing, GONE)))
    assert (told.status, told.code) == (400, "MISSING_VALUE")
    assert words(told) == f"Missing value - '{told_first}'"


REFUSED = [
    ({"gender": "other"}, "INVALID_VALUE", "Invalid value - 'other' in field 'gender'"),
    (
        {"birthDate": "not-a-date"},
        "INVALID_VALUE",
        "Invalid value - 'not-a-date' in field 'birthDate'",
    ),
    (
        {"name/0/given": "Jane"},
        "INVALID_VALUE",
        "Invalid value - 'Jane' in field 'name/0/given'",
    ),
    ({"address/0": "Leeds"}, "INVALID_VALUE", "Invalid value - 'Leeds' in field 'address/0'"),
    ({"gender": None}, "INVALID_VALUE", "Invalid value - 'None' in field 'gender'"),
    ({"birthDate": "1981-02-29"}, "INVALID_VALUE", None),
    ({"birthDate": "1982-07"}, "INVALID_VALUE", None),
    ({"birthDate": "1982-07-10T00:00:00+00:00"}, "INVALID_VALUE", None),
    ({"resourceType": "Practitioner"}, "INVALID_VALUE", None),
    (
        {"name/0/use": "official"},
        "INVALID_VALUE",
        "Invalid value - 'official' in field 'name/0/use'",
    ),
    ({"name/0/family": "  "}, "INVALID_VALUE", None),
    ({"name/0/family": GONE}, "MISSING_VALUE", "Missing value - 'name/0/family'"),
    ({"name/0/family": "Nguyễn"}, "UNSUPPORTED_CHARACTERS_IN_FIELD", None),
    ({"name/0/given": ["Дарья"]}, "UNSUPPORTED_CHARACTERS_IN_FIELD", None),
    ({"name/0/given": ["太郎"]}, "UNSUPPORTED_CHARACTERS_IN_FIELD", None),
    ({"name/0/given": ["Jane\u00a0Anne"]}, "UNSUPPORTED_CHARACTERS_IN_FIELD", None),
    ({"name/0/given": ["Jane", "\t"]}, "UNSUPPORTED_CHARACTERS_IN_FIELD", None),
    ({"name/0/given": ["Jane", "A B C D E"]}, "TOO_MANY_VALUES_SUBMITTED", None),
    ({"name/0/family": "x" * 36}, "INVALID_VALUE", None),
    ({"name": []}, "TOO_FEW_VALUES_SUBMITTED", None),
    ({"address": []}, "TOO_FEW_VALUES_SUBMITTED", None),
    ({"name": [EXAMPLE["name"][0]] * 2}, "TOO_MANY_VALUES_SUBMITTED", None),
    ({"address/0/use": "work"}, "UNSUPPORTED_VALUE", None),
    ({"address/0/line": [" "]}, "TOO_FEW_VALUES_SUBMITTED", None),
    ({"extension": [AUTHORITY, {"url": "urn:else"}]}, "INVALID_VALUE", None),
    ({"extension": [{**AUTHORITY, "extension": []}]}, "TOO_FEW_VALUES_SUBMITTED", None),
    ({OF_AUTHORITY: {"code": "x"}}, "MISSING_VALUE", None),
    ({OF_AUTHORITY: {"code": "x", "system": "urn:else"}}, "INVALID_VALUE", None),
    (
        {"extension": [{**AUTHORITY, "extension": AUTHORITY["extension"][:1]}]},
        "MISSING_VALUE",
        None,
    ),
    (
        {"pets": ["cat"]},
        "ADDITIONAL_PROPERTIES",
        "Invalid request with error - Additional properties are not allowed "
        "('pets' was unexpected)",
    ),
    ({"deceasedDateTime": "2020-01-01", "id": "9000000009"}, "ADDITIONAL_PROPERTIES", None),
    (
        {"extension": [AUTHORITY, born_at(city="Leeds", line=["1 Mill Lane"])]},
        "ADDITIONAL_PROPERTIES",
        "Invalid request with error - Additional properties are not allowed "
        "('line' was unexpected)",
    ),
    ({"extension": [AUTHORITY, born_at(country=7)]}, "INVALID_VALUE", None),
    ({"birthDate": "2026-11-22"}, "INVALID_CREATE", CREATE + "'birthDate' is in the future"),
    (
        {"address/0/period": {"start": "2020-01-02", "end": "2020-01-01"}},
        "INVALID_CREATE",
        CREATE + "'address/0/period' ends before it starts",
    ),
    (
        {"address": EXAMPLE["address"] * 2},
        "INVALID_CREATE",
        CREATE + "only one home address is allowed",
    ),
]


@pytest.mark.parametrize(("parts", "code", "diagnostics"), REFUSED)
def test_what_is_wrong_is_refused(openroots, parts, code, diagnostics):
    """Each fault is told with its own code and words, and nobody is created."""
    told = create(openroots, person(**parts))
    assert (told.status, told.code) == (400, code)
    assert diagnostics in (None, words(told))
    assert openroots.signals() == []


@pytest.mark.parametrize("body", [b"null", b"[]", b'"Jane"', b"7", b""])
def test_a_body_that_is_no_person_is_refused(openroots, body):
    """What is not an object cannot be a person."""
    told = create(openroots, body)
    assert (told.status, told.code, words(told)) == (400, "INVALID_CREATE", None)


@pytest.mark.parametrize("day", ["1850-01-01", "1980-02-29", "2000-02-29", "2026-11-21"])
def test_anybody_born_by_today_is_taken(openroots, day):
    """A birth date may be of any real day up to today."""
    assert create(openroots, person(birthDate=day)).status == 201


@pytest.mark.parametrize(
    ("moment", "day", "status"),
    [
        ("2026-07-01T22:59:59+00:00", "2026-07-02", 400),
        ("2026-07-01T23:00:00+00:00", "2026-07-02", 201),
        ("2026-12-01T23:30:00+00:00", "2026-12-02", 400),
        ("2026-12-02T00:00:00+00:00", "2026-12-02", 201),
    ],
)
def test_today_is_the_day_in_the_united_kingdom(openroots, moment, day, status):
    """Somebody born in the first hour of a summer's day is taken, though it is yesterday in UTC."""
    openroots.move_clock(moment)
    assert create(openroots, person(birthDate=day)).status == status


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "use", "url", "family", "period", "start", "value", "extension"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        *("name", "name/0", "name/0/use", "name/0/family", "name/0/given", "name/0/period"),
        *("name/0/given/0", "name/0/period/start", "gender", "birthDate", "resourceType"),
        *("address", "address/0", "address/0/line", "address/0/period", "address/0/extension"),
        *("telecom", "extension", "extension/0", "extension/0/url", "extension/0/extension"),
        *("extension/0/extension/0/valueCodeableConcept", "extension/0/extension/1/valueString"),
    ]
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(PLACES, ANYTHING)
def test_anything_anywhere_is_answered(openroots, place, value):
    """Whatever stands at any place, the answer is 201, 200 or 400, and no record holds null."""
    told = create(openroots, json.dumps(person(**{place: value})).encode())
    assert told.status in (200, 201, 400)
    if told.status == 201:
        assert not holds_null(told.body)


def test_no_place_is_safe_from_the_wrong_type(openroots):
    """At every place of the example each other type is refused, and told as a client's fault."""
    for path in _paths(EXAMPLE):
        for value in (None, 5, True, "\x00", [], {}, [[]], {"x": None}):
            told = create(openroots, person(**{path: value}))
            assert told.status == 400 or (path, value) in TAKEN, (path, value)


# Types that are right there: an empty list of what may be left out.
TAKEN = [("name/0/prefix", []), ("name/0/given", [])]


def _paths(value, way=""):
    """The path of every member and item of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in inside:
        path = f"{way}/{name}" if way else str(name)
        yield path
        if isinstance(member, dict | list):
            yield from _paths(member, path)


def test_the_row_of_a_failure_is_told_by_the_function_alone(openroots):
    """What is wrong with a person is found without a store: where nothing is kept, too."""
    [endpoint] = [each for each in service.endpoints if each.name == "create-patient"]
    request = Request(endpoint, {}, {}, None, NOON, openroots.house.world.chance.bytes)
    assert created(EXAMPLE, request)["name"][0]["family"] == "Edwards"
    with pytest.raises(Problem, match="value-missing"):
        created({}, request)
