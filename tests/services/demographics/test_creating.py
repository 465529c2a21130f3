"""Creating a Patient: who is refused, what is kept, and that nobody is created twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.fhir.patch import holds_null
from openroots.fhir.patient import BIRTH_PLACE, COMMUNICATION, DEATH_NOTIFICATION, UK_CORE
from openroots.identifiers import NHSNumber
from openroots.service import Access, Caller, Problem, Request
from openroots.services.demographics import service
from openroots.services.demographics.creating import EXAMPLE, create_patient
from openroots.services.demographics.newcomer import created
from openroots.storage.counting import CountingSnapshot, Counts
from openroots.testing import NOON

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
CREATE = "Invalid create with error - "
AUTHORITY = EXAMPLE["extension"][0]
OF_AUTHORITY = "extension/0/extension/0/valueCodeableConcept/coding/0"
GONE = object()  # stands for a part that is left out


def person(**parts):
    """The example of a person, with some parts otherwise; "name/0/family" is inside another."""
    body = deepcopy(EXAMPLE)
    for path, value in parts.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        holder = body
        for step in way:
            holder = holder[step]
        if value is GONE:
            del holder[last]
        else:
            holder[last] = value
    return body


def create(nation, body, **asked):
    """What creating this person is answered."""
    return nation.ask("POST", PATIENTS, body, **asked)


def words(told):
    """The diagnostics of a refusal."""
    return told.body["issue"][0].get("diagnostics")


def test_somebody_new_is_given_a_number(openroots):
    """The answer is the whole record, at version 1, verified and unrestricted, under a number from
    the unissued ranges; and it is what is then read."""
    told = create(openroots, EXAMPLE)
    jane = told.body
    assert (told.status, told.headers["etag"]) == (201, 'W/"1"')
    assert NHSNumber(jane["id"]).startswith("999")
    [identifier] = jane["identifier"]
    assert identifier["value"] == jane["id"]
    [status] = identifier["extension"][0]["valueCodeableConcept"]["coding"]
    assert status["code"] == "01"
    assert jane["meta"]["versionId"] == "1"
    assert [label["code"] for label in jane["meta"]["security"]] == ["U"]
    assert jane["name"][0] == EXAMPLE["name"][0] | {"id": jane["name"][0]["id"]}
    assert len(jane["name"][0]["id"]) == len(jane["address"][0]["id"]) == 8
    read = openroots.ask("GET", f"{PATIENTS}/{jane['id']}")
    assert (read.raw, read.headers["etag"]) == (told.raw, 'W/"1"')


def test_a_new_record_can_be_found_and_changed(openroots):
    """Who was created is found by a search, and updated from version 1."""
    number = create(openroots, EXAMPLE).body["id"]
    found = openroots.ask("GET", f"{PATIENTS}?family=edwards&birthdate=eq1982-07-10").body
    assert [entry["resource"]["id"] for entry in found["entry"]] == [number]
    patches = {"patches": [{"op": "replace", "path": "/gender", "value": "unknown"}]}
    told = openroots.ask("PATCH", f"{PATIENTS}/{number}", patches, headers={"If-Match": 'W/"1"'})
    assert (told.status, told.body["meta"]["versionId"]) == (200, "2")


def test_subscribers_are_told_of_a_new_record(openroots):
    """A new record is a change to a person's record, and nothing else."""
    create(openroots, EXAMPLE)
    assert openroots.signals() == ["pds-record-change-2"]


def test_a_create_is_audited_with_the_new_person_alone(openroots):
    """To find a number that is free, nobody else's record is looked at."""
    create(openroots, EXAMPLE)
    [entry] = openroots.audit()
    assert (entry["endpoint"], entry["status"]) == ("demographics.create-patient", 201)
    assert len(entry["subjects"]) == 1


def test_what_is_not_kept_is_taken_and_left_out(openroots):
    """The extensions that the specification says are not kept are taken in any form; the
    registering authority is asked for, and is no part of the record."""
    spoken = {"coding": [{"code": "fr"}]}
    extensions = [
        *({"url": DEATH_NOTIFICATION}, {"url": BIRTH_PLACE, "valueAddress": {"city": "Leeds"}}),
        *({"url": UK_CORE + "EthnicCategory", "anything": [1, {"at": "all"}]}, AUTHORITY),
        {
            "url": COMMUNICATION,
            "extension": [{"url": "language", "valueCodeableConcept": spoken}],
        },
    ]
    told = create(openroots, person(extension=extensions))
    assert [item["url"] for item in told.body["extension"]] == [COMMUNICATION]
    assert "extension" not in create(openroots, person(**{"name/0/family": "Roe"})).body


def test_names_are_kept_one_by_one(openroots):
    """The first given name may be of several words; further ones are told apart. Blank lines and
    the full stops of titles go, and so do the ids that a client thought of."""
    body = person(
        **{
            "name/0/given": ["Jane Marie  Anne", " ", "Jo Adele"],
            "name/0/prefix": ["mrs."],
            "name/0/id": "mine",
            "address/0/line": ["1 Mill Lane", " ", "Leeds"],
        }
    )
    jane = create(openroots, body).body
    assert jane["name"][0]["given"] == ["Jane Marie Anne", "Jo", "Adele"]
    assert jane["name"][0]["prefix"] == ["Mrs"]
    assert jane["name"][0]["id"] != "mine"
    assert jane["address"][0]["line"] == ["1 Mill Lane", "Leeds"]


def test_what_is_undated_holds_from_today(openroots):
    """A name without a period is used from today on."""
    told = create(openroots, person(**{"name/0/period": GONE}))
    assert told.body["name"][0]["period"] == {"start": "2026-11-21"}


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
    ({"name/0/use": "nickname"}, "INVALID_VALUE", None),
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


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ("application/json", 201, ""),
        ("application/json; charset=utf-8", 201, ""),
        ("application/fhir+json", 201, ""),
        ("application/json-patch+json", 400, "UNSUPPORTED_SERVICE"),
        ("text/plain", 400, "UNSUPPORTED_SERVICE"),
        ("", 400, "UNSUPPORTED_SERVICE"),
    ],
)
def test_the_body_is_said_to_be_json(openroots, sent, status, code):
    """A person is sent as JSON, and said to be."""
    told = create(openroots, EXAMPLE, headers={"Content-Type": sent})
    assert (told.status, told.code) == (status, code)


def test_a_body_that_is_too_large_is_refused(openroots):
    """A megabyte is no person."""
    told = create(openroots, person(**{"name/0/family": "x" * (1 << 20)}))
    assert told.status == 413


def test_patients_do_not_create(openroots):
    """They are refused in the words that are for patients."""
    patient = Caller("test", "Y12345", Access.PATIENT, subject="9000000009")
    told = create(openroots, EXAMPLE, caller=patient)
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    assert "Patient access restrictions" in words(told)


@pytest.mark.parametrize("access", [Access.APPLICATION, Access.PRIVILEGED])
def test_only_healthcare_workers_create(openroots, access):
    """Applications on their own are told with which access they asked."""
    told = create(openroots, EXAMPLE, caller=Caller("test", "Y12345", access, subject="9000000009"))
    assert (told.status, told.code) == (403, "INVALID_METHOD")
    [coding] = told.body["issue"][0]["details"]["coding"]
    assert coding["display"] == f"Cannot create resource with {access.value} access token"
    assert words(told) == (
        "Your app has insufficient permissions to use this method. Please contact support."
    )


@pytest.mark.parametrize(("header", "code"), [("", "MISSING_VALUE"), ("1234", "INVALID_VALUE")])
def test_the_request_has_an_id(openroots, header, code):
    """X-Request-ID is asked for before the body is looked at."""
    told = create(openroots, b"{", headers={"X-Request-ID": header})
    assert (told.status, told.code) == (400, code)


def test_who_is_there_already_is_told(openroots):
    """Of one person alike the number is told; of more, that there are several."""
    single = person(**{"name/0/family": "McMatch-Single", "address/0/postalCode": "BAP 4WG"})
    told = create(openroots, single)
    assert (told.status, told.code) == (200, "SINGLE_MATCH")
    assert words(told) == (
        "Unable to create new patient. NHS number 9000000041 found for supplied demographic data."
    )
    several = {"name/0/given": ["Louisa"], "name/0/family": "McMatch-Multiple"}
    told = create(openroots, person(**several))
    assert (told.status, told.code) == (200, "MULTIPLE_MATCHES")
    assert words(told) == (
        "Unable to create new patient. Multiple matches found for supplied demographic data."
    )
    assert told.body["issue"][0]["severity"] == "error"
    assert "etag" not in told.headers


def test_a_match_is_audited_with_whoever_is_told(openroots):
    """The audit entry names who is told to be there already; of several, and of somebody else of
    the name, nobody."""
    other = person(**{"gender": "male", "address/0/postalCode": "LS1 4BU"})
    told = [create(openroots, each) for each in (other, EXAMPLE, EXAMPLE)]
    [first], [second], [match] = [entry["subjects"] for entry in openroots.audit()]
    assert [each.status for each in told] == [201, 201, 200]
    assert match == second != first
    create(openroots, person(**{"address/0/postalCode": "LS1 4BU"}))
    assert openroots.audit()[-1]["subjects"] == []


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({}, 200),
        ({"name/0/family": "EDWARDS", "name/0/given": ["Jäne"]}, 200),
        ({"name/0/given": ["Jane", "Anne"]}, 200),
        ({"gender": "male"}, 200),
        ({"address/0/postalCode": "LS1 4BU"}, 200),
        ({"gender": "male", "address/0/postalCode": "ls16ae"}, 200),
        ({"gender": "male", "address/0/postalCode": "LS1 4BU"}, 201),
        ({"birthDate": "1982-07-11"}, 201),
        ({"name/0/given": ["Anne", "Jane"]}, 201),
        ({"name/0/given": GONE}, 201),
        ({"name/0/family": "Edwardes"}, 201),
    ],
)
def test_who_is_the_same_person(openroots, parts, status):
    """Alike are those of one name, first given name and birth date, and of one gender or
    postcode."""
    assert create(openroots, EXAMPLE).status == 201
    assert create(openroots, person(**parts)).status == status


def test_where_a_restricted_person_is_cannot_be_tried_out(openroots):
    """A restricted person is told to be there by gender, never by a postcode that was guessed."""
    rowan = {
        "name/0/given": ["Rowan"],
        "name/0/family": "Tiller",
        "birthDate": "1974-02-28",
        "address/0/postalCode": "LS1 6AE",
    }
    assert create(openroots, person(**rowan, gender="male")).code == "SINGLE_MATCH"
    assert create(openroots, person(**rowan, gender="female")).status == 201


def test_somebody_else_of_the_name_does_not_stand_in_the_way(openroots):
    """A nickname or another gender that is alike is no match, and the commit still holds."""
    other = person(**{"gender": "male", "address/0/postalCode": "LS1 4BU"})
    assert create(openroots, other).status == 201
    assert create(openroots, EXAMPLE).status == 201
    assert create(openroots, EXAMPLE).code == "SINGLE_MATCH"


def test_of_two_who_create_one_person_at_once_one_does(openroots):
    """However many send the same person at the same moment, there is one record, and all the
    others are told its number."""
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: create(openroots, EXAMPLE), range(8)))
    [made] = [each for each in told if each.status == 201]
    others = [each for each in told if each is not made]
    assert {(each.status, each.code) for each in others} == {(200, "SINGLE_MATCH")}
    assert all(made.body["id"] in words(each) for each in others)


def test_a_create_that_is_sent_again_gets_its_first_answer(openroots):
    """The same X-Request-ID gives the same record again, and not a match with itself; with
    another body it is refused."""
    again = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    first = create(openroots, EXAMPLE, headers=again)
    second = create(openroots, EXAMPLE, headers=again)
    assert (first.status, second.status, second.raw) == (201, 201, first.raw)
    assert second.headers["etag"] == 'W/"1"'
    assert create(openroots, person(gender="male"), headers=again).status == 400
    assert len(openroots.signals()) == 1


def test_a_create_keeps_to_its_budget(openroots):
    """To create somebody takes the same few looks at the store, however many are there."""
    [endpoint] = [each for each in service.endpoints if each.name == "create-patient"]
    worker = Caller("test", "Y12345", Access.HEALTHCARE_WORKER)
    chance = openroots.house.world.chance.bytes
    request = Request(endpoint, {}, {}, worker, NOON, chance, body=EXAMPLE)
    counts = Counts()
    create_patient(request, CountingSnapshot(openroots.house.world.store.snapshot(), counts))
    assert counts.total == 5 <= endpoint.reads


def test_another_role_than_ones_own_is_refused(openroots):
    """The role that a healthcare worker names is checked before the body is."""
    told = create(openroots, {}, headers={"NHSD-Session-URID": "x"})
    assert (told.status, told.code) == (400, "INVALID_VALUE")


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
