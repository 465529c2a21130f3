"""The form of what a patch writes, where the published schema says more than a type."""

import pytest

from openroots.problem import Json
from openroots.storage import Change
from tests.services.demographics.desk import JANE, MINIMAL, Desk, stored
from tests.services.demographics.patches import (
    ADD_DEATH,
    KEY_TYPES,
    ODS,
    UK_CORE,
    add,
    emergency,
    op,
    pharmacy,
    telecom,
)

UK_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
STUDENT = "Student Accommodation"


def key(type: str, value: str, **others: str) -> Json:
    """The key of an address in a file of addresses."""
    coding = {"system": KEY_TYPES, "code": type, **others}
    parts = [{"url": "value", "valueString": value}, {"url": "type", "valueCoding": coding}]
    return {"url": UK_CORE + "AddressKey", "extension": parts}


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ([key("PAF", "01234567"), key("UPRN", "1")], ""),
        ([key("PAF", "9876543")], ""),
        ([key("PAF", "123456789")], "value-invalid"),
        ([key("PAF", "")], "value-invalid"),
        ([key("UPRN", "123456789012")], ""),
        ([key("UPRN", "1234567890123")], "value-invalid"),
        ([key("PAF", "12345678"), key("PAF", "12345679")], "kind-repeated"),
        ([key("UPRN", "1"), key("UPRN", "2")], "kind-repeated"),
        ([key("UPRN", "1", system="")], "value-invalid"),
    ],
)
def test_an_address_has_one_key_of_each_type(desk: Desk, keys: list[Json], row: str) -> None:
    """A PAF key has up to eight digits and a UPRN up to twelve; an address has one of each."""
    address = {"use": "home", "line": ["1 Mill Lane"], "extension": keys}
    assert desk.patch(MINIMAL, *add("address", address)).row == row


@pytest.mark.parametrize(
    ("type", "sent", "kept"),
    [("PAF", "9876543", "09876543"), ("PAF", "12345678", "12345678"), ("UPRN", "123", "123")],
)
def test_a_paf_key_is_kept_with_its_leading_zeroes(
    desk: Desk, type: str, sent: str, kept: str
) -> None:
    """A published example sends seven digits, and the published answer always has eight."""
    address = {"use": "home", "line": ["1 Mill Lane"], "extension": [key(type, sent)]}
    told = desk.patch(MINIMAL, *add("address", address))
    [written] = told.body["address"][0]["extension"]
    assert written == key(type, kept)


def test_a_key_says_of_which_system_it_is(desk: Desk) -> None:
    """A key of an address whose type is a code of no system is refused."""
    bare = key("PAF", "12345678")
    del bare["extension"][1]["valueCoding"]["system"]
    told = desk.patch(MINIMAL, *add("address", {"use": "home", "line": ["x"], "extension": [bare]}))
    field = "address/0/extension/0/extension/1/valueCoding/system"
    assert (told.row, told.words) == ("value-missing", f"Missing value - '{field}'")


@pytest.mark.parametrize("use", ["temp", "billing"])
def test_a_passing_address_is_told_which_date_it_lacks(desk: Desk, use: str) -> None:
    """Of a passing address nothing is made up: without a period, it is the period that is missing,
    and without an end the end."""
    address = {"use": use, "line": ["x"], "text": STUDENT}
    told = desk.patch(MINIMAL, *add("address", address))
    assert told.words == "Missing value - 'address/0/period'"
    begun = address | {"period": {"start": "2026-01-01"}}
    told = desk.patch(MINIMAL, *add("address", begun))
    assert told.words == "Missing value - 'address/0/period/end'"
    id = stored(desk, JANE)["address"][1]["id"]
    told = desk.patch(JANE, op("replace", "/address/1", {"id": id, **address}))
    assert told.words == "Missing value - 'address/1/period'"


@pytest.mark.parametrize(("use", "row"), [("home", "value-invalid"), ("billing", "value-invalid")])
def test_only_published_words_describe_an_address(desk: Desk, use: str, row: str) -> None:
    """Whatever an address is for, it is described in one of seven ways or not at all."""
    period = {"start": "2026-01-01", "end": "2026-12-31"}
    address = {"use": use, "line": ["1 Mill Lane"], "period": period}
    assert desk.patch(MINIMAL, *add("address", address | {"text": "Castle"})).row == row
    assert desk.patch(MINIMAL, *add("address", address | {"text": STUDENT})).row == ""


def test_words_of_old_may_stay(desk: Desk) -> None:
    """An address that was described otherwise long ago can be mended without a new description."""
    record = stored(desk, JANE)
    record["address"][1]["text"] = "Caravan"
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    desk.keep([Change("Patient", JANE, record, row.version, row.subject)])
    named = op("replace", "/address/1/id", record["address"][1]["id"])
    told = desk.patch(JANE, named, op("replace", "/address/1/line/0", "9 Mill Lane"), version=3)
    assert told.row == ""
    other = op("replace", "/address/1/text", "Castle")
    assert desk.patch(JANE, named, other, version=4).row == "value-invalid"


@pytest.mark.parametrize(
    ("system", "row"),
    [(UK_CODES + "PreferredContactMethod", ""), ("http://example.com", "value-invalid")],
)
def test_a_contact_preference_is_of_its_code_system(desk: Desk, system: str, row: str) -> None:
    """A code of another system than the published one says nothing of how to reach somebody."""
    coding = {"system": system, "code": "1"}
    method = {"url": "PreferredContactMethod", "valueCodeableConcept": {"coding": [coding]}}
    preference = {"url": UK_CORE + "ContactPreference", "extension": [method]}
    assert desk.patch(MINIMAL, op("add", "/extension/-", preference)).row == row


def test_a_contact_preference_without_a_system_is_given_it(desk: Desk) -> None:
    """Each preference is kept as a code of its own system, and what is no code as it is."""
    format = {"coding": [{"code": "11", "display": "Large print"}]}
    preferences = [
        {"url": "PreferredWrittenCommunicationFormat", "valueCodeableConcept": format},
        {"url": "PreferredContactMethod", "valueCodeableConcept": {"coding": [{"code": "1"}]}},
        {"url": "PreferredContactTimes", "valueString": "Not after 7pm"},
    ]
    preference = {"url": UK_CORE + "ContactPreference", "extension": preferences}
    told = desk.patch(MINIMAL, op("add", "/extension/-", preference))
    [kept] = told.body["extension"]
    written, method, times = kept["extension"]
    system = UK_CODES + "PreferredWrittenCommunicationFormat"
    coding = {"system": system, "code": "11", "display": "Large print"}
    assert written["valueCodeableConcept"] == {"coding": [coding]}
    coding = {"system": UK_CODES + "PreferredContactMethod", "code": "1", "display": "Letter"}
    assert method["valueCodeableConcept"] == {"coding": [coding]}
    assert times == preferences[2]


def test_a_moment_without_an_offset_is_one_in_utc(desk: Desk) -> None:
    """A death may be dated to the second without an offset, as published, and is kept with it."""
    notified = ADD_DEATH[1] | {"value": ADD_DEATH[1]["value"].copy()}
    since = {"url": "systemEffectiveDate", "valueDateTime": "2020-01-02T10:00:00"}
    notified["value"]["extension"] = [since, *notified["value"]["extension"]]
    told = desk.patch(MINIMAL, op("add", "/deceasedDateTime", "2020-01-01T10:00:00"), notified)
    assert told.body["deceasedDateTime"] == "2020-01-01T10:00:00+00:00"
    [kept] = told.body["extension"]
    assert kept["extension"][-1]["valueDateTime"] == "2020-01-02T10:00:00+00:00"
    again = op("replace", "/deceasedDateTime", "2020-01-03")
    assert desk.patch(MINIMAL, again, version=3).body["deceasedDateTime"] == "2020-01-03"


@pytest.mark.parametrize(
    ("since", "kept"),
    [
        ("2020-07-01T00:30:00+01:00", "2020-06-30T23:30:00+00:00"),
        ("2020-01-02T10:00:00Z", "2020-01-02T10:00:00+00:00"),
        ("2020-01-02", "2020-01-02"),
        ("2020-01-02T10:00:00+25:00", ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_since_when_a_death_was_notified_may_be_told_with_any_offset(
    desk: Desk, since: str, kept: str
) -> None:
    """Zero is asked for of the date of death alone; what is kept is the same moment in UTC."""
    notified = ADD_DEATH[1] | {"value": ADD_DEATH[1]["value"].copy()}
    told_since = {"url": "systemEffectiveDate", "valueDateTime": since}
    notified["value"]["extension"] = [told_since, *notified["value"]["extension"]]
    told = desk.patch(MINIMAL, op("add", "/deceasedDateTime", "2020-01-01"), notified)
    if not kept:
        assert told.row == "value-invalid"
        return
    [extension] = told.body["extension"]
    assert extension["extension"][-1]["valueDateTime"] == kept


@pytest.mark.parametrize(
    ("email", "row"),
    [
        *[(text, "") for text in ("o'neil+x@nhs.uk", "jürgen@xn--mller-kva.de", "a@b-c.d.info")],
        *[(text, "value-invalid") for text in ("<a@b.com>", "a@b.com,", "a..b@c.com", ".a@b.com")],
        *[
            (text, "value-invalid")
            for text in ("a.@b.com", "a@-b.com", "ab@c.com\u200b", "a@b.c1.")
        ],
    ],
)
def test_the_form_of_emails(desk: Desk, email: str, row: str) -> None:
    """An email address is one that a letter can be sent to, with nothing around it."""
    point = {"system": "email", "use": "home", "value": email}
    assert desk.patch(MINIMAL, *add("telecom", point)).row == row


@pytest.mark.parametrize("blank", ["\u00a0", "\t", "\u2003"])
def test_other_blanks_are_no_names(desk: Desk, blank: str) -> None:
    """A given name of blanks that no name may hold is refused, and not left out unsaid."""
    name = {"use": "old", "family": "Bloggs", "given": ["Joe", blank]}
    assert desk.patch(MINIMAL, *add("name", name)).row == "characters-unsupported"


def test_a_place_of_birth_is_not_blank(desk: Desk) -> None:
    """A place of birth whose parts are blank says nothing."""
    place = {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"}
    blank = op("add", "/extension/-", place | {"valueAddress": {"city": " "}})
    assert desk.patch(MINIMAL, blank).row == "too-few-values"


def test_an_organisation_is_told_by_an_ods_code(desk: Desk) -> None:
    """An update may give its code alone: whoever goes by the system of an identifier, as clients
    of FHIR do, finds it all the same, and what is said so of the practice there is changes nothing.
    """
    bare = {"identifier": {"value": "Y12345"}}
    told = desk.patch(
        MINIMAL,
        *add("generalPractitioner", bare),
        op("add", "/managingOrganization", bare),
        *add("extension", pharmacy("NominatedPharmacy")),
    )
    assert told.body["extension"][0]["valueReference"]["identifier"]["system"] == ODS
    for kept in (told.body["generalPractitioner"][0], told.body["managingOrganization"]):
        assert (kept["type"], kept["identifier"]["system"]) == ("Organization", ODS)
    left = [op("remove", f"/managingOrganization/{name}") for name in ("identifier/system", "type")]
    again = desk.patch(MINIMAL, *left, version=3)
    assert again.body["managingOrganization"] == told.body["managingOrganization"]
    assert again.signals == []


def test_a_textphone_is_told_by_a_code_of_uk_core(desk: Desk) -> None:
    """An update may give its code alone, of a telecom as of an emergency contact."""
    coding = {"valueCoding": {"code": "textphone"}}
    other = {"extension": [{"url": UK_CORE + "OtherContactSystem", **coding}]}
    told = desk.patch(
        MINIMAL,
        *add("telecom", telecom("other", "home", "07700900001") | other),
        *emergency(point={"system": "other", **other}),
    )
    for point in (told.body["telecom"][0], told.body["contact"][0]["telecom"][0]):
        [kept] = point["extension"]
        assert kept["valueCoding"] == {
            "system": UK_CODES + "OtherContactSystem",
            "code": "textphone",
        }


def test_to_remove_and_to_add_is_not_to_replace(desk: Desk) -> None:
    """A usual name and a practice cannot be taken away, also where another is given at once."""
    removal = [op("test", "/name/0/id", "123"), op("remove", "/name/0")]
    usual = add("name", {"use": "usual", "family": "Jones"})
    for patches in ([*removal, *usual], [*usual, *removal]):
        told = desk.patch(JANE, *patches)
        assert (told.status, told.row) == (403, "usual-name-removed")
    practice = {"type": "Organization", "identifier": {"value": "B81001"}}
    removal = [op("test", "/generalPractitioner/0/id", "254406A3")]
    removal += [op("remove", "/generalPractitioner/0"), *add("generalPractitioner", practice)]
    assert desk.patch(JANE, *removal).row == "removal-refused"


@pytest.mark.parametrize("named", ['W/"02"', 'W/"08709904"', 'W/"0"'])
def test_any_number_is_a_version(desk: Desk, named: str) -> None:
    """An If-Match of the published form that names another version is stale, not malformed."""
    told = desk.patch(JANE, op("replace", "/gender", "male"), if_match=named)
    assert (told.status, told.row) == (409, "version-differs")
