"""Reading insurance cards: the one that a person may hold, read by that person alone."""

from contextlib import suppress

import pytest

from openroots.service import ANYBODY, Access, Caller, Problem, Request
from openroots.services.demographics import service
from openroots.services.demographics.published import person_key
from openroots.storage import Change
from openroots.storage.counting import CountingSnapshot, Counts
from openroots.testing import KEY, Nation
from tests.services.demographics.cards import COVERAGE, NUMBERS, card, read, write
from tests.services.demographics.desk import (
    APPLICATION,
    JANE,
    JANET,
    JAYNE,
    MINIMAL,
    NOON,
    PRIVILEGED,
    SUSAN,
    WORKER,
    Desk,
    chance,
    patient_access,
    words,
)

LENA, VERA = "9733162868", "9727024610"
FORMAT = (
    "Invalid search data provided - 'Coverage search request must follow the format "
    "/Coverage?subscriber:identifier=NHS_NUMBER'"
)


def test_a_card_that_is_held(openroots: Nation) -> None:
    """The card that a patient holds comes in a Bundle of one, under the version to write over."""
    told = openroots.ask(
        "GET", f"{COVERAGE}?subscriber:identifier={JANE}", headers={"host": "localhost:1948"}
    )
    [entry] = told.body["entry"]
    assert (told.status, told.headers["etag"]) == (200, 'W/"2"')
    assert (told.body["total"], told.body["meta"]) == (1, {"versionId": "2"})
    assert entry["fullUrl"] == f"http://localhost:1948{COVERAGE}?subscriber:identifier={JANE}"
    assert entry["resource"]["identifier"][0]["value"] == "ES456789012345"
    assert "meta" not in entry["resource"]


def test_the_version_of_a_card_is_as_published(openroots: Nation) -> None:
    """The German card is at its published version, and the next is written over that one."""
    assert read(openroots, LENA).headers["etag"] == 'W/"455"'
    assert write(openroots, card(LENA), 455).headers["etag"] == 'W/"456"'


def test_no_card_is_held(openroots: Nation) -> None:
    """Whoever holds no card is answered with an empty Bundle, which has a version all the same."""
    told = read(openroots, MINIMAL)
    assert (told.status, told.headers["etag"]) == (200, 'W/"1"')
    assert told.body == {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-11-21T12:00:00+00:00",
        "meta": {"versionId": "1"},
        "total": 0,
    }


def test_the_colon_may_be_encoded(openroots: Nation) -> None:
    """Clients that percent-encode the colon of the parameter's name are understood."""
    told = openroots.ask("GET", f"{COVERAGE}?subscriber%3Aidentifier={JANE}")
    assert told.body["total"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?subscriber:identifier={JANE}&year=2003",
        "?subscriber:identifier=9999999990&year=2003",
        f"?identifier={JANE}",
        f"?subscriber:identifier={JANE}&subscriber:identifier={JANE}",
        "?subscriber:identifier=",
        "?subscriber%3Aidentifier",
    ],
)
def test_coverage_is_searched_for_by_one_number(openroots: Nation, query: str) -> None:
    """A search for coverage by anything but one NHS number is refused, whatever it is."""
    told = openroots.ask("GET", COVERAGE + query)
    assert (told.status, told.code, words(told)) == (400, "INVALID_SEARCH_DATA", FORMAT)


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("9000000000", 400, "INVALID_RESOURCE_ID"),
        (f"{NUMBERS}|{JANE}", 400, "INVALID_RESOURCE_ID"),
        ("%00", 400, "INVALID_RESOURCE_ID"),
        ("%FF", 400, "INVALID_VALUE"),
        ("9111231130", 404, "RESOURCE_NOT_FOUND"),
        ("9990003343", 404, "INVALIDATED_RESOURCE"),
    ],
)
def test_numbers_that_are_nobodys(openroots: Nation, number: str, status: int, code: str) -> None:
    """Coverage is refused of a number that is none, or is nobody's."""
    told = read(openroots, number)
    assert (told.status, told.code) == (status, code)


def test_coverage_of_a_superseded_number(openroots: Nation) -> None:
    """Of a superseded number the coverage of the record that took its place is told, under the
    number of that; it cannot be written under the old one."""
    assert write(openroots, card(SUSAN)).status == 201
    [entry] = read(openroots, "5900053636").body["entry"]
    assert entry["resource"]["subscriber"]["identifier"]["value"] == SUSAN
    told = write(openroots, card("5900053636"), 2)
    assert (told.status, told.code) == (400, "INVALID_UPDATE")
    assert words(told) == "Invalid update with error - this NHS number has been superseded"


@pytest.mark.parametrize("part", ["beneficiary", "payor"])
def test_half_a_card_is_not_told(openroots: Nation, part: str) -> None:
    """A card kept without the person's or the institution's number is not told, and can be
    replaced."""
    half = {name: value for name, value in card().items() if name != part}
    body = half | {"meta": {"versionId": "7"}}
    openroots.holds(Change("Coverage", MINIMAL, body, 0, person_key(MINIMAL)))
    told = read(openroots)
    assert (told.body["total"], told.headers["etag"]) == (0, 'W/"7"')
    assert write(openroots, card(), 7).headers["etag"] == 'W/"8"'


# Who may


@pytest.mark.parametrize("caller", [WORKER, APPLICATION, PRIVILEGED], ids=lambda one: one.access)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_patients_use_coverage(openroots: Nation, caller: Caller, method: str) -> None:
    """Whoever is not a patient may neither read nor write coverage, and is told their mode."""
    told = read(openroots, JANE, caller) if method == "GET" else write(openroots, card(), 1, caller)
    display = told.body["issue"][0]["details"]["coding"][0]["display"]
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    assert display == f"Cannot {method} resource with {caller.access} access token"
    assert words(told) == (
        "Your app has insufficient permissions to use this operation. Please contact support."
    )


def test_patients_have_their_own_coverage_only(openroots: Nation) -> None:
    """A patient reads and writes their own coverage, and nobody else's, whoever that may be."""
    assert read(openroots, JANE, patient_access(JANE)).body["total"] == 1
    assert write(openroots, card(JANE), 2, patient_access(JANE)).status == 201
    for number in (JAYNE, "9111231130"):
        for told in (
            read(openroots, number, patient_access(JANE)),
            write(openroots, card(number), 1, patient_access(JANE)),
        ):
            display = told.body["issue"][0]["details"]["coding"][0]["display"]
            assert (told.status, display) == (403, "Patient cannot perform this action")


@pytest.mark.parametrize("caller", [patient_access(JANE, "P5"), patient_access("")])
def test_patients_prove_who_they_are(openroots: Nation, caller: Caller) -> None:
    """A patient who was not surely identified is refused."""
    assert read(openroots, JANE, caller).code == "ACCESS_DENIED"
    assert write(openroots, card(JANE), 2, caller).code == "ACCESS_DENIED"


@pytest.mark.parametrize("headers", [{}, {"apikey": KEY}], ids=["no key", "a known key"])
def test_open_access_is_as_the_patient(openroots: Nation, headers: dict[str, str]) -> None:
    """Where nobody is asked who they are, whoever uses coverage acts as the patient of whom they
    ask."""
    path = f"{COVERAGE}?subscriber:identifier={JANE}"
    assert openroots.ask("GET", path, headers=headers).body["total"] == 1
    assert write(openroots, card(), 1, None, **headers).status == 201
    assert openroots.audit()[-1]["access"] == "patient"
    assert openroots.audit()[-1]["subjects"] == [person_key(MINIMAL)]


def test_anybody_is_for_patients_alone() -> None:
    """What stands for any patient means nothing in other access modes, and no name means nobody."""
    assert Caller("test", "", Access.PATIENT, ANYBODY).acts_for(JANE)
    assert not Caller("test", "", Access.PATIENT).acts_for(JANE)
    assert Caller("test", "", Access.HEALTHCARE_WORKER, ANYBODY).acts_for(JANE)


def test_restricted_people_keep_the_card_they_have(openroots: Nation) -> None:
    """The coverage of a restricted record can be read, which tells no place, and not written."""
    body = card(JANET) | {"meta": {"versionId": "2"}}
    openroots.holds(Change("Coverage", JANET, body, 0, person_key(JANET), labels=frozenset("R")))
    assert read(openroots, JANET, patient_access(JANET)).body["total"] == 1
    told = write(openroots, card(JANET), 2, patient_access(JANET))
    assert (told.status, told.code) == (403, "FORBIDDEN_UPDATE")


def test_of_very_restricted_people_no_card_is_told(openroots: Nation) -> None:
    """The coverage of a very restricted record is not told, even where there is one."""
    body = card(VERA) | {"meta": {"versionId": "2"}}
    openroots.holds(Change("Coverage", VERA, body, 0, person_key(VERA), labels=frozenset("V")))
    assert read(openroots, VERA).body["total"] == 0
    assert write(openroots, card(VERA), 2).code == "FORBIDDEN_UPDATE"


@pytest.mark.parametrize(
    ("number", "reads"), [(JANE, 2), (MINIMAL, 2), ("5900053636", 4), ("9111231130", 2)]
)
def test_reads_are_within_budget(desk: Desk, number: str, reads: int) -> None:
    """To read coverage takes two looks at the store, and four at the most."""
    [endpoint] = [each for each in service.endpoints if each.name == "read-coverage"]
    counts, asked = Counts(), {"subscriber:identifier": (number,)}
    caller = Caller("test", "Y12345", Access.PATIENT, ANYBODY)
    request = Request(endpoint, {}, {}, caller, NOON, chance, asked)
    with suppress(Problem):
        endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert counts.total == reads <= endpoint.reads
