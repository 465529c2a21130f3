"""A world that keeps nothing: every published example is answered in full, however often."""

import pytest

from openroots.fhir.patient import NOMINATED_PHARMACY, UK_CORE
from openroots.services.demographics.births import EXAMPLE as BIRTH
from openroots.testing import openroots_nation
from tests.services.demographics.patches import op
from tests.services.demographics.published_patches import EXAMPLES, KEY_TYPE, REFUSED_ELSEWHERE

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
REQUEST_ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"
FHIR_JSON = "application/fhir+json"
AUTHORITY_TYPE = "https://fhir.nhs.uk/CodeSystem/UKCore-RegisteringAuthorityType"


@pytest.fixture
def forgetful(openroots_seeded):
    """A world in which nothing is kept."""
    with openroots_nation(openroots_seeded, stateless=True) as nation:
        yield nation


def patch(nation, patches, **headers):
    """Change Jane's record from its version 2."""
    return nation.ask("PATCH", JANE, {"patches": patches}, headers={"If-Match": 'W/"2"', **headers})


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_published_patch_is_accepted(forgetful, example):
    """Each published example is applied to the record and answered whole, as version 3; and the
    record is as it was."""
    patches, holds = EXAMPLES[example]
    before = forgetful.ask("GET", JANE)
    told = patch(forgetful, patches)
    assert (told.status, told.headers["etag"]) == (200, 'W/"3"')
    assert (told.body["id"], told.body["meta"]["versionId"]) == ("9000000009", "3")
    assert holds(told.body)
    after = forgetful.ask("GET", JANE)
    assert (after.raw, after.headers["etag"]) == (before.raw, 'W/"2"')


def test_some_of_them_break_rules_that_hold_elsewhere(openroots):
    """Where changes are kept, five of the published examples are refused: they take away a usual
    name or a gender, change a death that is formally notified, or add a second pharmacy."""
    version, refused = 2, set()
    for name, (patches, _) in EXAMPLES.items():
        told = patch(openroots, patches, **{"If-Match": f'W/"{version}"'})
        version += told.status == 200
        refused |= {name} if told.status != 200 else set()
    assert refused == REFUSED_ELSEWHERE


def test_nothing_is_kept_and_nobody_is_told(forgetful):
    """A patch makes no version and gives no signal; its trail and its audit entry are there."""
    before = forgetful.house.world.store.snapshot().t
    told = patch(forgetful, [op("replace", "/gender", "male")])
    assert forgetful.house.world.store.snapshot().t == before
    assert forgetful.signals() == []
    trail = forgetful.trails()[-1]
    assert (trail["trail"], trail["t"]) == (told.headers["x-openroots-trail"], None)
    assert any("nothing is kept" in str(step) for step in trail["steps"])
    assert forgetful.audit()[-1]["endpoint"] == "demographics.patch-patient"


def test_the_same_request_gets_the_same_answer(forgetful):
    """A request that is sent again, even with the X-Request-ID of another one, is answered as if
    nothing had been asked before."""
    male, female = (
        patch(forgetful, [op("replace", "/gender", gender)], **{"X-Request-ID": REQUEST_ID})
        for gender in ("male", "female")
    )
    assert (male.status, male.body["gender"]) == (200, "male")
    assert (female.status, female.body["gender"]) == (200, "female")
    assert male.headers["etag"] == female.headers["etag"] == 'W/"3"'


def test_a_test_of_another_item_fails_in_the_words_of_the_whole(forgetful):
    """A test of a whole item is one of its id, and where that differs it is told what the item is
    and what was tested, as everywhere."""
    home, temporary = forgetful.ask("GET", JANE).body["address"]
    gone = [op("test", "/address/1", {"id": temporary["id"]}), op("remove", "/address/1")]
    assert patch(forgetful, gone).body["address"] == [home]
    for tested in (home, {"id": "x"}, {"use": "temp"}):
        told = patch(forgetful, [op("test", "/address/1", tested), op("remove", "/address/1")])
        assert (told.status, told.code) == (400, "INVALID_UPDATE")
        assert told.body["issue"][0]["diagnostics"].startswith(
            "Invalid update with error - Invalid patch - {'id': 'T456', "
        )
        assert "(<class 'dict'>) is not equal to tested value {" in str(told.body)


def test_items_are_known_where_they_have_moved_to(forgetful):
    """Once the first is gone, a test of the second by its id holds at the place of the first."""
    phone, email, _ = forgetful.ask("GET", JANE).body["telecom"]
    first, second = (
        [op("test", "/telecom/0", {"id": each["id"]}), op("remove", "/telecom/0")]
        for each in (phone, email)
    )
    assert len(patch(forgetful, first + second).body["telecom"]) == 1
    assert patch(forgetful, first + first).status == 400


@pytest.mark.parametrize(
    ("patches", "headers", "status", "code"),
    [
        (
            [op("replace", "/gender", "male")],
            {"If-Match": 'W/"1"'},
            409,
            "RESOURCE_VERSION_MISMATCH",
        ),
        ([op("replace", "/gender", "male")], {"If-Match": ""}, 412, "PRECONDITION_FAILED"),
        ([op("replace", "/gender", "male")], {"X-Request-ID": "1234"}, 400, "INVALID_VALUE"),
        ([], {}, 400, "INVALID_UPDATE"),
        ([op("bad_value", "/gender", "male")], {}, 400, "INVALID_VALUE"),
        ([op("replace", "/address/0/line/0", "2 Whitehall Quay")], {}, 400, "INVALID_UPDATE"),
        ([op("remove", "/name/0")], {}, 400, "INVALID_UPDATE"),
        ([op("replace", "/pets", [])], {}, 400, "INVALID_UPDATE"),
    ],
)
def test_requests_are_checked_for_their_form(forgetful, patches, headers, status, code):
    """Headers and operations are held to what is published for them, as everywhere."""
    told = patch(forgetful, patches, **headers)
    assert (told.status, told.code) == (status, code)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/name/-", 7),
        ("/name/-", {"use": 7, "given": "x"}),
        ("/telecom/-", {"system": ["phone"], "value": 7}),
        ("/address/-", {"line": [7, {}]}),
        ("/extension/-", {"url": 7}),
        ("/extension/-", {"url": NOMINATED_PHARMACY}),
        ("/extension/-", []),
        ("/birthDate", {"not": "a date"}),
        ("/generalPractitioner/-", {"identifier": "x"}),
    ],
)
def test_whatever_is_written_is_answered(forgetful, path, value):
    """A part that is not of its shape is given back as it was sent: nothing comes of it."""
    told = patch(forgetful, [op("add", path, value)])
    assert told.status == 200
    part = path.split("/")[1]
    written = told.body[part][-1] if path.endswith("-") else told.body[part]
    assert written == value


def newcomer(given, family, postcode):
    """Somebody to be created, as the published examples have them."""
    authority = [
        {
            "url": "registeringAuthorityType",
            "valueCodeableConcept": {"coding": [{"system": AUTHORITY_TYPE, "code": "x"}]},
        },
        {"url": "organisationIdentifier", "valueString": "RGS"},
    ]
    number = [
        {"url": "type", "valueCoding": KEY_TYPE | {"code": "UPRN"}},
        {"url": "value", "valueString": "203700882517"},
    ]
    since = {"start": "1986-07-01"}
    return {
        "resourceType": "Patient",
        "name": [
            {"use": "usual", "given": [given], "family": family, "prefix": ["Mrs"], "period": since}
        ],
        "address": [
            {
                "use": "home",
                "line": ["1 Trevelyan Square", "Boar Lane", "City Centre", "Leeds"],
                "period": {"start": "2020-01-01"},
                "postalCode": postcode,
                "extension": [{"url": f"{UK_CORE}AddressKey", "extension": number}],
            }
        ],
        "gender": "female",
        "birthDate": "1982-07-10",
        "telecom": [
            {
                "use": "home",
                "system": "phone",
                "value": "123342",
                "period": {"start": "2020-01-02", "end": "2021-01-02"},
            }
        ],
        "extension": [{"url": f"{UK_CORE}RegisteringAuthority", "extension": authority}],
    }


def create(nation, person, path="/Patient", **headers):
    """Have somebody created."""
    usual = {"Content-Type": "application/json"}
    return nation.ask("POST", f"{PDS}{path}", person, headers=usual | headers)


def test_whoever_is_created_has_the_published_number(forgetful):
    """The published example of a new patient is created as 5182663366, time and again, and stays
    nobody: the number is not found afterwards."""
    for _ in range(2):
        told = create(forgetful, newcomer("Jane", "Edwards", "LS1 6AE"))
        assert (told.status, told.body["id"]) == (201, "5182663366")
        assert told.body["identifier"][0]["value"] == "5182663366"
        assert told.body["meta"]["versionId"] == "1"
        assert told.body["name"][0]["family"] == "Edwards"
    assert forgetful.ask("GET", f"{PDS}/Patient/5182663366").status == 404
    assert forgetful.signals() == []


def test_the_same_is_answered_the_same(forgetful):
    """However often it is asked, and under any X-Request-ID: new items and notifications have the
    same ids, and those of another request have others."""

    def ids(given):
        name = {"use": "old", "family": "Smith", "given": [given]}
        named = patch(forgetful, [op("add", "/name/-", name)])
        made = create(forgetful, newcomer(given, "Edwards", "LS1 6AE"))
        born = create(forgetful, BIRTH | {"id": given}, "/Patient/$process-birth-details")
        items = (named.body["name"][-1]["id"], made.body["name"][0]["id"])
        return {*items, made.body["address"][0]["id"], born.headers["notification-id"]}

    first = ids("Jane")
    assert len(first) == 4
    assert ids("Jane") == first
    assert ids("Jean").isdisjoint(first)


def test_whoever_is_there_already_is_not_created(forgetful):
    """The published examples of a single match and of several are told so, with status 200."""
    single = create(forgetful, newcomer("Jane", "McMatch-Single", "BAP 4WG"))
    several = create(forgetful, newcomer("Louisa", "McMatch-Multiple", "DN19 7UD"))
    assert (single.status, single.code) == (200, "SINGLE_MATCH")
    assert single.body["issue"][0]["diagnostics"] == (
        "Unable to create new patient. NHS number 9000000041 found for supplied demographic data."
    )
    assert (several.status, several.code) == (200, "MULTIPLE_MATCHES")


def test_nobody_found_is_an_empty_bundle(forgetful):
    """A search of which no example is published is answered as it would be by the live API."""
    told = forgetful.ask("GET", f"{PDS}/Patient?family=Zzyzx&birthdate=1950-01-01")
    body = told.body
    assert (told.status, body["type"], body["total"]) == (200, "searchset", 0)
    assert "entry" not in body


def test_what_is_missing_from_a_newcomer_is_told(forgetful):
    """A create is checked for what must be there, as everywhere."""
    person = newcomer("Jane", "Edwards", "LS1 6AE")
    del person["address"]
    told = create(forgetful, person)
    assert (told.status, told.code) == (400, "MISSING_VALUE")


def test_whoever_is_born_has_the_published_number(forgetful):
    """The details of a birth are answered with 5900010775, and nobody is born."""
    told = create(
        forgetful, BIRTH, "/Patient/$process-birth-details", **{"Content-Type": FHIR_JSON}
    )
    assert (told.status, told.body["id"]) == (201, "5900010775")
    assert told.headers["notification-id"]
    assert forgetful.ask("GET", f"{PDS}/Patient/5900010775").status == 404


def test_a_restricted_record_is_not_changed_even_so(forgetful):
    """What is refused for the person's sake is refused where nothing is kept, too."""
    body = {"patches": [op("replace", "/gender", "male")]}
    told = forgetful.ask("PATCH", f"{PDS}/Patient/9000000025", body, headers={"If-Match": 'W/"2"'})
    assert (told.status, told.code) == (403, "FORBIDDEN_UPDATE")
