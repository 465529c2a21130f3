"""Taking the details of a birth: the child's record, and whose child it is."""

from copy import deepcopy

import pytest

from openroots.service import Access, Caller
from openroots.services.demographics.births import EXAMPLE, HEAVIEST, LIGHTEST
from openroots.services.demographics.published import person_key
from tests.services.demographics.desk import words

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
BIRTHS = f"{PATIENTS}/$process-birth-details"
BABY, WEIGHT, MOTHER = 0, 1, 2
JAYNE, ROWAN, VERA, SUSAN = "9000000017", "9727022820", "9727024610", "9732019395"
CREATE = "Invalid create with error - "
HOME = {"use": "home", "line": ["1 Mill Lane"], "postalCode": "LS1 6AE"}


def birth(at=BABY, **parts):
    """The example of a birth, with some parts of one resource otherwise; None leaves one out."""
    body = deepcopy(EXAMPLE)
    resource = body["entry"][at]["resource"]
    resource.update(parts)
    for name in [name for name, value in parts.items() if value is None]:
        del resource[name]
    return body


def mothered(number):
    """The example, with a mother of this number."""
    system = "https://fhir.nhs.uk/Id/nhs-number"
    return birth(MOTHER, identifier=[{"system": system, "value": number}])


def without(at):
    """The example without one of its resources."""
    return EXAMPLE | {"entry": [entry for each, entry in enumerate(EXAMPLE["entry"]) if each != at]}


def notify(nation, body, query="", **asked):
    """What these details of a birth are answered."""
    return nation.ask("POST", BIRTHS + query, body, **asked)


def related(nation, number):
    """The people related to somebody."""
    told = nation.ask("GET", f"{PATIENTS}/{number}/RelatedPerson").body
    return [entry["resource"] for entry in told.get("entry", ())]


def test_a_child_is_given_a_number(openroots):
    """The answer is the child's record at version 1, and a header that names the notification."""
    told = notify(openroots, birth(multipleBirthInteger=2, address=[HOME]))
    child = told.body
    assert (told.status, told.headers["etag"]) == (201, 'W/"1"')
    assert len(told.headers["notification-id"]) == 36
    assert child["id"].startswith("999")
    assert (child["name"][0]["family"], child["multipleBirthInteger"]) == ("Smyth", 2)
    assert child["address"][0]["postalCode"] == "LS1 6AE"
    read = openroots.ask("GET", f"{PATIENTS}/{child['id']}")
    assert (read.raw, read.headers["etag"]) == (told.raw, 'W/"1"')
    assert openroots.signals() == ["pds-record-change-2", "pds-birth-notification-1"]


def test_the_mother_is_related_to_her_child(openroots):
    """She is told by her number alone; whom a superseded number means is who is told."""
    child = notify(openroots, EXAMPLE).body["id"]
    [mother] = related(openroots, child)
    assert mother["patient"]["identifier"]["value"] == JAYNE
    assert "MTH" in [coding["code"] for coding in mother["relationship"][0]["coding"]]
    assert "name" not in mother
    other = notify(openroots, mothered("5900053636"), "?ignore_potential_matches=true").body["id"]
    [mother] = related(openroots, other)
    assert mother["patient"]["identifier"]["value"] == SUSAN


def test_a_birth_is_audited_with_mother_and_child(openroots):
    """The audit entry names the two of them, and not a namesake of another gender."""
    notify(openroots, EXAMPLE)
    notify(openroots, birth(gender="male"))
    first, second = [entry["subjects"] for entry in openroots.audit()]
    assert len(first) == len(second) == 2
    assert set(first) & set(second) == {person_key(JAYNE)}


def test_a_mother_may_be_sent_as_a_related_person(openroots):
    """What counts is the NHS number by which she is told."""
    assert notify(openroots, birth(MOTHER, resourceType="RelatedPerson")).status == 201


@pytest.mark.parametrize(("mother", "level"), [(ROWAN, "R"), (VERA, "V")])
def test_a_child_is_as_restricted_as_its_mother(openroots, mother, level):
    """Nobody learns where a restricted mother is from the record of her child."""
    body = mothered(mother)
    body["entry"][BABY]["resource"]["address"] = [HOME]
    told = notify(openroots, body)
    child = told.body["id"]
    read = openroots.ask("GET", f"{PATIENTS}/{child}")
    assert (told.status, told.body["meta"]["security"][0]["code"]) == (201, level)
    assert "address" not in told.body
    assert read.body == told.body
    assert related(openroots, child) == []


def test_twins_without_names_are_told_apart_on_purpose(openroots):
    """A second baby of the name, born on the day, is a match unless matches are to be ignored."""
    first = notify(openroots, EXAMPLE).body["id"]
    told = notify(openroots, EXAMPLE)
    assert (told.status, told.code) == (200, "SINGLE_MATCH")
    assert first in words(told)
    assert notify(openroots, EXAMPLE, "?ignore_potential_matches=false").status == 200
    second = notify(openroots, EXAMPLE, "?ignore_potential_matches=true").body["id"]
    assert second != first
    assert notify(openroots, EXAMPLE).code == "MULTIPLE_MATCHES"


def test_a_notification_that_is_sent_again_gets_its_first_answer(openroots):
    """The same X-Request-ID gives the same child and the same notification again."""
    again = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    first, second = (notify(openroots, EXAMPLE, headers=again) for _ in range(2))
    assert (first.status, second.status, second.raw) == (201, 201, first.raw)
    assert second.headers["notification-id"] == first.headers["notification-id"]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        *[
            (LIGHTEST, 201),
            (HEAVIEST, 201),
            (3250.5, 201),
            (LIGHTEST - 1, 400),
            (HEAVIEST + 1, 400),
        ],
        *[("3250", 400), (True, 400), (None, 400), ([3250], 400), (1e400, 400)],
    ],
)
def test_a_weight_is_one_that_a_child_may_have(openroots, value, status):
    """The weight at birth is a number of grams, from 1000 to 9999."""
    told = notify(openroots, birth(WEIGHT, valueQuantity={"value": value}))
    assert told.status == status
    assert status == 201 or words(told).endswith("in field 'valueQuantity/value'")


def test_observations_of_something_else_are_left_alone(openroots):
    """Which Observation is the weight is told by its code."""
    other = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "412726003"}]},
        "valueQuantity": {"value": 39, "unit": "weeks"},
    }
    body = EXAMPLE | {"entry": [{"resource": other}, *EXAMPLE["entry"]]}
    assert notify(openroots, body).status == 201


REFUSED = [
    ({"resourceType": "Patient"}, "INVALID_CREATE", None),
    ([], "INVALID_CREATE", None),
    ({"resourceType": "Bundle"}, "MISSING_VALUE", "Missing value - 'entry'"),
    (EXAMPLE | {"entry": {}}, "INVALID_VALUE", "Invalid value - '{}' in field 'entry'"),
    (EXAMPLE | {"entry": [5]}, "INVALID_VALUE", "Invalid value - '5' in field 'entry/0'"),
    (EXAMPLE | {"entry": [{}] * 51}, "TOO_MANY_VALUES_SUBMITTED", None),
    (without(BABY), "INVALID_CREATE", CREATE + "the Bundle holds no baby"),
    (without(WEIGHT), "INVALID_CREATE", CREATE + "the Bundle holds no birth weight"),
    (without(MOTHER), "INVALID_CREATE", CREATE + "the Bundle holds no mother"),
    (
        EXAMPLE | {"entry": EXAMPLE["entry"] + EXAMPLE["entry"][:1]},
        "INVALID_CREATE",
        CREATE + "the Bundle holds more than one baby",
    ),
    (
        mothered("9111231130"),
        "INVALID_CREATE",
        CREATE + "no record has the NHS number of the mother",
    ),
    (
        mothered("9990003343"),
        "INVALID_CREATE",
        CREATE + "no record has the NHS number of the mother",
    ),
    (
        mothered("9000000000"),
        "INVALID_VALUE",
        "Invalid value - '9000000000' in field 'identifier/0/value'",
    ),
    (birth(WEIGHT, valueQuantity=None), "MISSING_VALUE", None),
    (birth(WEIGHT, valueQuantity={"value": 3000, "unit": "lb"}), "INVALID_VALUE", None),
    (birth(WEIGHT, valueQuantity={"value": 3000, "unit": {}}), "INVALID_VALUE", None),
    (birth(name=None), "MISSING_VALUE", "Missing value - 'name'"),
    (birth(gender=None), "MISSING_VALUE", "Missing value - 'gender'"),
    (birth(birthDate=None), "MISSING_VALUE", "Missing value - 'birthDate'"),
    (birth(gender="other"), "INVALID_VALUE", "Invalid value - 'other' in field 'gender'"),
    (birth(birthDate="2026-11-22"), "INVALID_CREATE", CREATE + "'birthDate' is in the future"),
    (birth(multipleBirthInteger=0), "INVALID_VALUE", None),
    (birth(name="Smyth"), "INVALID_VALUE", None),
    (birth(pets=[]), "ADDITIONAL_PROPERTIES", None),
]


@pytest.mark.parametrize(("body", "code", "diagnostics"), REFUSED)
def test_what_is_wrong_is_refused(openroots, body, code, diagnostics):
    """Each fault is told with its own code and words, and nobody is created."""
    told = notify(openroots, body)
    assert (told.status, told.code) == (400, code)
    assert diagnostics in (None, words(told))
    assert openroots.signals() == []


@pytest.mark.parametrize("query", ["yes", "", "TRUE", "true&ignore_potential_matches=true"])
def test_matches_are_ignored_or_not(openroots, query):
    """The parameter is true or false, and given once."""
    told = notify(openroots, EXAMPLE, f"?ignore_potential_matches={query}")
    assert (told.status, told.code) == (400, "INVALID_VALUE")


def test_patients_may_not_notify(openroots):
    """A patient is refused as patients are who would create a record: it is one of a child."""
    patient = Caller("test", "Y12345", Access.PATIENT, subject=JAYNE)
    told = notify(openroots, EXAMPLE, caller=patient)
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    assert "Patient access restrictions" in words(told)


@pytest.mark.parametrize("access", [Access.APPLICATION, Access.PRIVILEGED])
def test_only_healthcare_workers_notify(openroots, access):
    """Applications on their own are told with which access they asked."""
    told = notify(openroots, EXAMPLE, caller=Caller("test", "Y12345", access, subject=JAYNE))
    assert (told.status, told.code) == (403, "INVALID_METHOD")


@pytest.mark.parametrize("at", [BABY, WEIGHT, MOTHER])
@pytest.mark.parametrize("value", [None, 5, True, "x", [], {}, [[]], [None], {"x": None}, [{}]])
def test_anything_anywhere_is_answered(openroots, at, value):
    """Whatever stands in place of any part of a resource, the answer is 201, 200 or 400."""
    for name in EXAMPLE["entry"][at]["resource"]:
        body = deepcopy(EXAMPLE)
        body["entry"][at]["resource"][name] = value
        assert notify(openroots, body).status in (200, 201, 400), name
    for inside in ("code", "coding"):
        body = birth(WEIGHT, code={inside: value})
        assert notify(openroots, body).status in (200, 201, 400), inside
