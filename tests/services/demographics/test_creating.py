"""Creating a Patient: what is kept, who may, and how often a create counts."""

import pytest

from openroots.fhir.patient import BIRTH_PLACE, COMMUNICATION, DEATH_NOTIFICATION, UK_CORE
from openroots.identifiers import NHSNumber
from openroots.service import Access, Caller, Request
from openroots.services.demographics import service
from openroots.services.demographics.creating import EXAMPLE, create_patient
from openroots.services.demographics.parts import NAME_USES
from openroots.storage.counting import CountingSnapshot, Counts
from openroots.testing import NOON
from tests.services.demographics.desk import words
from tests.services.demographics.newcomers import AUTHORITY, GONE, PATIENTS, create, person


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


@pytest.mark.parametrize("use", NAME_USES)
def test_the_one_name_may_be_of_any_use(openroots, use):
    """Somebody may be known at first by a temporary name, or by one that they no longer use. It is
    kept as it was sent, who is created again under it is there already, and a usual name can be
    added."""
    told = create(openroots, person(**{"name/0/use": use}))
    assert (told.status, told.body["name"][0]["use"]) == (201, use)
    assert create(openroots, person(**{"name/0/use": use})).code == "SINGLE_MATCH"
    named = {"op": "add", "path": "/name/-", "value": {"use": "usual", "family": "Edwards"}}
    changed = openroots.ask(
        "PATCH",
        f"{PATIENTS}/{told.body['id']}",
        {"patches": [named]},
        headers={"If-Match": 'W/"1"'},
    )
    assert changed.status == (403 if use == "usual" else 200)


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
    """The extensions that the specification says are not kept are taken in any form, but for a
    place of birth; the registering authority is asked for, and is no part of the record."""
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


def test_an_address_may_be_told_of_before_the_move(openroots):
    """Of what a create takes it is published that a period may begin in the future."""
    told = create(openroots, person(**{"address/0/period": {"start": "2026-12-24"}}))
    assert told.body["address"][0]["period"] == {"start": "2026-12-24"}


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
