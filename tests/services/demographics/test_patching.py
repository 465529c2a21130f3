"""Changing a Patient: what a patch does, what it gives rise to, and the order of the checks."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.fhir.patient import REMOVAL
from openroots.problem import Json
from openroots.services.demographics.published import person_key
from openroots.storage import Change, Row
from tests.services.demographics.desk import (
    JANE,
    JANET,
    JAYNE,
    MINIMAL,
    SUSAN,
    Desk,
    patient_access,
)
from tests.services.demographics.test_failures import ADD_DEATH, NAME, UK_CORE, notified, op

TODAY = "2026-11-21"
GIVEN_ID = "8F8B957D"
GENDER = op("replace", "/gender", "male")
PRACTICE = {"type": "Organization", "identifier": {"value": "B81001"}}
KEY_TYPES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType"
PAF = {
    "url": UK_CORE + "AddressKey",
    "extension": [
        {"url": "type", "valueCoding": {"system": KEY_TYPES, "code": "PAF"}},
        {"url": "value", "valueString": "9876543"},
    ],
}


def pharmacy(kind: str, code: str = "FJ123") -> Json:
    """A pharmacy of this kind."""
    return {"url": UK_CORE + kind, "valueReference": {"identifier": {"value": code}}}


def telecom(system: str, use: str, value: str) -> Json:
    """A way to reach someone."""
    return {"system": system, "use": use, "value": value}


def stored(desk: Desk, number: str) -> Json:
    """The record as it is stored."""
    return desk.store.snapshot().read([("Patient", number)])["Patient", number].body


def test_a_patch_makes_the_next_version(desk: Desk) -> None:
    """A patch answers the whole record at the next version, which the next read then gives."""
    told = desk.patch(JANE, GENDER)
    assert (told.status, told.version) == (200, 3)
    assert (told.body["gender"], told.body["meta"]["versionId"]) == ("male", "3")
    assert desk.get(JANE).body == told.body
    assert desk.patch(JANE, GENDER, version=2).status == 409


def test_the_row_keeps_its_marks(desk: Desk) -> None:
    """A change leaves whose the record is as it was, whatever its number."""
    told = desk.patch(JANE, GENDER)
    assert told.reply is not None
    change, former = told.reply.changes
    assert (change.subject, change.expect) == (person_key(JANE), 2)
    assert (former.subject, former.expect) == (change.subject, 0)
    assert JANE not in change.subject


# The bodies that PDS publishes as examples, and what comes of each where every rule applies.
EXAMPLES: dict[str, tuple[str, list[Json], int]] = {
    "add a date of death": (JANE, [op("add", "/deceasedDateTime", "2010-10-23")], 403),
    "add a pharmacy": (MINIMAL, [op("add", "/extension/-", pharmacy("NominatedPharmacy"))], 200),
    "add a name": (
        JANE,
        [op("add", "/name/-", NAME | {"given": ["Joe", "Horation"], "suffix": ["PhD"]})],
        200,
    ),
    "remove an extension": (
        JANE,
        [
            op("test", "/extension/1/url", UK_CORE + "PreferredDispenserOrganization"),
            op("remove", "/extension/1"),
        ],
        200,
    ),
    "remove the gender": (JANE, [op("remove", "/gender")], 403),
    "remove the usual name": (
        JANE,
        [op("test", "/name/0/id", "123"), op("remove", "/name/0")],
        403,
    ),
    "replace some of an address": (
        JANE,
        [
            op("replace", "/address/0/id", "456"),
            op("replace", "/address/0/line/0", "2 Whitehall Quay"),
            op("replace", "/address/0/postalCode", "LS1 4BU"),
        ],
        200,
    ),
    "replace an address": (
        JANE,
        [
            op(
                "replace",
                "/address/0",
                {
                    "id": "456",
                    "period": {"start": "2020-01-01", "end": "2021-12-31"},
                    "use": "home",
                    "line": ["2 Whitehall Quay", "Leeds", "West Yorkshire"],
                    "postalCode": "LS1 4BU",
                    "extension": [PAF],
                },
            )
        ],
        200,
    ),
    "replace a formal death": (JANE, [op("replace", "/extension/3", notified("1"))], 403),
    "replace the gender": (JANE, [GENDER], 200),
}


@pytest.mark.parametrize(("number", "patches", "status"), EXAMPLES.values(), ids=EXAMPLES)
def test_published_examples(desk: Desk, number: str, patches: list[Json], status: int) -> None:
    """The published example patches do what they say, unless a published rule forbids it."""
    told = desk.patch(number, *patches)
    assert told.status == status, told.body


def test_new_items_get_an_id(desk: Desk) -> None:
    """A new item of a list is given an id by the service, whatever id was sent with it."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"id": "mine"}))
    assert told.body["name"][1]["id"] == GIVEN_ID


def test_lists_begin(desk: Desk) -> None:
    """The first item of a list, or a whole list, can be added to a record that has none."""
    assert desk.patch(MINIMAL, op("add", "/name/-", NAME)).body["name"][0]["family"] == "Bloggs"
    home = {"use": "home", "line": ["1 Mill Lane", "Leeds"]}
    told = desk.patch(MINIMAL, op("add", "/address", [home]), version=3)
    assert told.body["address"][0]["id"] == GIVEN_ID


def test_lists_end(desk: Desk) -> None:
    """A list of which the last item is removed is gone, rather than empty."""
    told = desk.patch(JANE, op("test", "/contact/0/id", "C123"), op("remove", "/contact/0"))
    assert "contact" not in told.body


def test_what_is_new_holds_from_today(desk: Desk) -> None:
    """What is added or replaced as a whole without a period holds from today."""
    undated = {"use": "old", "family": "Bloggs"}
    told = desk.patch(
        JANE,
        op("add", "/name/-", undated),
        op("replace", "/address/0", {"id": "456", "use": "home", "line": ["x"]}),
        op("replace", "/generalPractitioner/0", {"id": "254406A3", **PRACTICE}),
    )
    today = {"start": TODAY}
    assert told.body["name"][1]["period"] == today
    assert told.body["address"][0]["period"] == today
    assert told.body["generalPractitioner"][0]["identifier"]["period"] == today


def test_what_is_mended_keeps_its_period(desk: Desk) -> None:
    """To replace some of an item leaves the day from which it holds."""
    told = desk.patch(
        JANE, op("add", "/name/0/id", "123"), op("replace", "/name/0/family", "Smythe")
    )
    assert told.body["name"][0]["period"]["start"] == "2020-01-01"


def test_a_whole_replacement_keeps_the_id_given_beside_it(desk: Desk) -> None:
    """A replacement may be told apart by an operation beside it, and keeps that id."""
    told = desk.patch(
        JANE,
        op("test", "/name/0/id", "123"),
        op("replace", "/name/0", NAME | {"use": "usual"}),
    )
    assert (told.body["name"][0]["id"], told.body["name"][0]["family"]) == ("123", "Bloggs")


def test_names_are_tidied(desk: Desk) -> None:
    """Full stops after a title go, and the common titles get their usual capitals."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"prefix": ["mrs.", "DR", "Prof."]}))
    assert told.body["name"][1]["prefix"] == ["Mrs", "Dr", "Prof"]


def test_blank_lines_go(desk: Desk) -> None:
    """The blank lines of an address are left out."""
    lines = ["", "23 Mill Lane", " ", "Leeds", ""]
    told = desk.patch(MINIMAL, op("add", "/address/-", {"use": "home", "line": lines}))
    assert told.body["address"][0]["line"] == ["23 Mill Lane", "Leeds"]


def test_pharmacies_have_no_period(desk: Desk) -> None:
    """A pharmacy is current as long as it is there: a period sent with it is left out."""
    dated = pharmacy("NominatedPharmacy")
    dated["valueReference"]["identifier"]["period"] = {"start": "2020-01-01"}
    told = desk.patch(MINIMAL, op("add", "/extension/-", dated))
    assert told.body["extension"] == [pharmacy("NominatedPharmacy")]


def test_a_death_is_notified(desk: Desk) -> None:
    """A death is added with its notification, which takes effect at the time of the request."""
    told = desk.patch(JAYNE, *ADD_DEATH)
    assert told.status == 200
    effective = told.body["extension"][0]["extension"][1]
    assert effective["valueDateTime"] == "2026-11-21T12:00:00+00:00"
    assert told.signals == ["pds-death-notification-2", "pds-record-change-2"]


def test_an_informal_death_can_be_corrected(desk: Desk) -> None:
    """The date of a death that is notified informally can be replaced."""
    desk.patch(JAYNE, *ADD_DEATH)
    date = "2020-01-02T10:00:00+00:00"
    told = desk.patch(JAYNE, op("replace", "/deceasedDateTime", date), version=3)
    assert told.body["deceasedDateTime"] == date


@pytest.mark.parametrize(
    ("patch", "signals"),
    [
        (GENDER, ["pds-record-change-2"]),
        (
            op("replace", "/generalPractitioner/0", {"id": "254406A3", **PRACTICE}),
            ["pds-change-of-gp-2", "pds-record-change-2"],
        ),
        (op("replace", "/gender", "female"), []),
        (op("test", "/gender", "female"), []),
    ],
    ids=["record", "GP", "nothing", "test"],
)
def test_signals(desk: Desk, patch: Json, signals: list[str]) -> None:
    """Each change gives its signals, about the person; what changes nothing gives none."""
    told = desk.patch(JANE, patch)
    assert told.status == 200
    assert told.signals == signals
    assert told.reply is not None
    for signal in told.reply.signals:
        assert signal.subject == person_key(JANE)
        assert signal.dataref == f"/personal-demographics/FHIR/R4/Patient/{JANE}"


def test_items_are_named_by_id_and_place(desk: Desk) -> None:
    """An id of another item of the list does not do: the item meant must be sure."""
    told = desk.patch(
        JANE, op("replace", "/address/0/id", "T456"), op("replace", "/address/0/line/0", "x")
    )
    assert told.words == (
        "Invalid update with error - Invalid patch - 456 (<class 'str'>) is not equal to tested "
        "value T456 (<class 'str'>)"
    )


def test_removals_shift_what_follows(desk: Desk) -> None:
    """Operations see the list as those before left it, as in the documented example."""
    for at, family in enumerate(["Parker", "Irwin", "Bruce"]):
        added = op("add", "/name/-", NAME | {"family": family})
        assert desk.patch(JANE, added, version=2 + at).status == 200
    record = stored(desk, JANE)
    for at, item in enumerate(record["name"]):
        item["id"] = str(at)
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    desk.keep([_change(row, record)])
    shifting = [
        op("test", "/name/1/id", "1"),
        op("remove", "/name/1"),
        op("test", "/name/1/id", "2"),
        op("remove", "/name/1"),
    ]
    unshifted = [*shifting[:2], op("test", "/name/2/id", "2"), op("remove", "/name/2")]
    assert desk.patch(JANE, *unshifted, version=6).row == "test-failed"
    told = desk.patch(JANE, *shifting, version=6)
    assert [name["family"] for name in told.body["name"]] == ["Smith", "Bruce"]


def _change(row: Row, body: Json) -> Change:
    return Change(row.type, row.id, body, row.version, row.subject)


# Each rule of a field, on whose record it is tried, the patch, and the row or "" if it is kept.
HOME = {"use": "home", "line": ["1 Mill Lane", "Leeds"]}
PASSING = {"line": ["x"], "period": {"start": "2026-01-01", "end": "2027-01-01"}}
EMERGENCY = {"coding": [{"code": "C"}]}
FRENCH = {"url": "language", "valueCodeableConcept": {"coding": [{"code": "fr"}]}}
TIMES = {"url": "PreferredContactTimes", "valueString": "Not after 7pm"}
METHOD = {"url": "PreferredContactMethod", "valueCodeableConcept": {"coding": [{"code": "1"}]}}
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"


def add(part: str, value: Any) -> list[Json]:
    """A patch that adds an item."""
    return [op("add", f"/{part}/-", value)]


def born_in(**place: Any) -> list[Json]:
    """A patch that adds a place of birth."""
    return add("extension", {"url": BIRTH_PLACE, "valueAddress": place})


def speaks(code: str, *more: Json) -> list[Json]:
    """A patch that adds a language."""
    language = {"url": "language", "valueCodeableConcept": {"coding": [{"code": code}]}}
    return add("extension", {"url": UK_CORE + "NHSCommunication", "extension": [language, *more]})


def prefers(*parts: Json) -> list[Json]:
    """A patch that adds a contact preference."""
    return add("extension", {"url": UK_CORE + "ContactPreference", "extension": list(parts)})


def emergency(**others: Any) -> list[Json]:
    """A patch that adds an emergency contact."""
    point = {"system": "phone", "value": "01632960001"} | others.pop("point", {})
    return add("contact", {"relationship": [EMERGENCY], "telecom": [point], **others})


FIELD_RULES: dict[str, tuple[str, list[Json], str]] = {
    "a nickname": (JANE, add("name", NAME | {"use": "nickname"}), ""),
    "two nicknames": (JANE, add("name", NAME | {"use": "nickname"}) * 2, "kind-repeated"),
    "two old names": (JANE, add("name", NAME) * 2, ""),
    "accents": (JANE, add("name", NAME | {"given": ["Zoë-Łucja O'Þór Jr."]}), ""),
    "suffix": (JANE, add("name", NAME | {"suffix": ["phd"]}), "value-invalid"),
    "name in the future": (
        JANE,
        add("name", NAME | {"period": {"start": "2026-11-22"}}),
        "date-in-future",
    ),
    "period without start": (
        JANE,
        add("name", NAME | {"period": {"end": "2026-11-22"}}),
        "value-missing",
    ),
    "gender other": (JANE, [op("replace", "/gender", "other")], "value-invalid"),
    "gender unknown": (JANE, [op("replace", "/gender", "unknown")], ""),
    "gender in between": (JANE, [op("remove", "/gender"), op("add", "/gender", "male")], ""),
    "birth date of no day": (JANE, [op("replace", "/birthDate", "2010-02-30")], "value-invalid"),
    "birth date as number": (JANE, [op("replace", "/birthDate", 20100230)], "value-invalid"),
    "death in local time": (
        JAYNE,
        [op("add", "/deceasedDateTime", "2020-01-01T00:00:00+01:00"), ADD_DEATH[1]],
        "value-invalid",
    ),
    "death in the future": (
        JAYNE,
        [op("add", "/deceasedDateTime", "2026-11-22"), ADD_DEATH[1]],
        "date-in-future",
    ),
    "death before birth": (
        JAYNE,
        [op("add", "/deceasedDateTime", "2010-10-21"), ADD_DEATH[1]],
        "death-before-birth",
    ),
    "notification without death": (JAYNE, [ADD_DEATH[1]], "death-incomplete"),
    "death not any more": (
        JAYNE,
        [ADD_DEATH[0], op("add", "/extension/-", notified("U"))],
        "value-unsupported",
    ),
    "home": (MINIMAL, add("address", HOME), ""),
    "temporary": (
        MINIMAL,
        add("address", PASSING | {"use": "temp", "text": "Second Home"}),
        "",
    ),
    "temporary without end": (
        MINIMAL,
        add("address", {"use": "temp", "text": "Second Home", "line": ["x"]}),
        "value-missing",
    ),
    "temporary without text": (MINIMAL, add("address", PASSING | {"use": "temp"}), "value-missing"),
    "temporary of another text": (
        MINIMAL,
        add("address", PASSING | {"use": "temp", "text": "Shed"}),
        "value-invalid",
    ),
    "billing": (MINIMAL, add("address", PASSING | {"use": "billing"}), ""),
    "billing without end": (
        MINIMAL,
        add("address", {"use": "billing", "line": ["x"]}),
        "value-missing",
    ),
    "address without lines": (
        MINIMAL,
        add("address", {"use": "home", "postalCode": "LS1 6AE"}),
        "too-few-values",
    ),
    "address by PAF key": (
        MINIMAL,
        add("address", {"use": "home", "postalCode": "LS1 6AE", "extension": [PAF]}),
        "",
    ),
    "no fixed abode": (MINIMAL, add("address", {"use": "home", "postalCode": "ZZ99 3VZ"}), ""),
    "phone": (MINIMAL, add("telecom", telecom("phone", "mobile", "07700900001")), ""),
    "two home phones": (
        JANE,
        add("telecom", telecom("phone", "home", "07700900001")),
        "kind-repeated",
    ),
    "phone made mobile": (
        JANE,
        [
            op("replace", "/telecom/0/id", "789"),
            op("replace", "/telecom/0/use", "mobile"),
        ],
        "kind-changed",
    ),
    "email": (MINIMAL, add("telecom", telecom("email", "home", "a@b.org")), ""),
    "email too short": (
        MINIMAL,
        add("telecom", telecom("email", "home", "a@b.uk")),
        "value-invalid",
    ),
    "email too long": (
        MINIMAL,
        add("telecom", telecom("email", "home", "a" * 84 + "@b.org")),
        "value-invalid",
    ),
    "email of no form": (
        MINIMAL,
        add("telecom", telecom("email", "home", "jane at example")),
        "value-invalid",
    ),
    "emergency contact": (MINIMAL, emergency(), ""),
    "emergency contact with use": (
        MINIMAL,
        emergency(point={"use": "home"}),
        "property-unexpected",
    ),
    "emergency fax": (MINIMAL, emergency(point={"system": "fax"}), "value-invalid"),
    "emergency email": (MINIMAL, emergency(point={"system": "email"}), "value-invalid"),
    "next of kin": (
        MINIMAL,
        emergency(relationship=[{"coding": [{"code": "N"}]}]),
        "value-invalid",
    ),
    "GP": (MINIMAL, add("generalPractitioner", PRACTICE), ""),
    "two GPs": (JANE, add("generalPractitioner", PRACTICE), "kind-repeated"),
    "GP with an end": (
        MINIMAL,
        add(
            "generalPractitioner",
            {"identifier": {"value": "B81001", "period": PASSING["period"]}},
        ),
        "property-unexpected",
    ),
    "GP of no code": (
        MINIMAL,
        add("generalPractitioner", {"identifier": {"value": "b 1"}}),
        "value-invalid",
    ),
    "no GP": (
        JANE,
        [
            op("test", "/generalPractitioner/0/id", "254406A3"),
            op("remove", "/generalPractitioner/0"),
        ],
        "removal-refused",
    ),
    "GP with the end it had": (
        JANE,
        [
            op("add", "/generalPractitioner/0/id", "254406A3"),
            op("replace", "/generalPractitioner/0/identifier/value", "B81001"),
        ],
        "",
    ),
    "managing organisation": (MINIMAL, [op("add", "/managingOrganization", PRACTICE)], ""),
    "pharmacies of each kind": (
        MINIMAL,
        add("extension", pharmacy("NominatedPharmacy"))
        + add("extension", pharmacy("MedicalApplianceSupplier")),
        "",
    ),
    "two pharmacies": (JANE, add("extension", pharmacy("NominatedPharmacy")), "kind-repeated"),
    "birth place": (MINIMAL, born_in(city="Leeds", country="1"), ""),
    "birth place of nothing": (MINIMAL, born_in(), "too-few-values"),
    "birth place of no country": (MINIMAL, born_in(country="Britain"), "value-invalid"),
    "language": (MINIMAL, speaks("q4", {"url": "interpreterRequired", "valueBoolean": True}), ""),
    "language not listed": (MINIMAL, speaks("qa"), "value-invalid"),
    "English": (MINIMAL, speaks("en"), "value-unsupported"),
    "language twice": (MINIMAL, speaks("fr", FRENCH), "kind-repeated"),
    "interpreter of no language": (
        MINIMAL,
        add(
            "extension",
            {
                "url": UK_CORE + "NHSCommunication",
                "extension": [{"url": "interpreterRequired", "valueBoolean": True}],
            },
        ),
        "value-missing",
    ),
    "preference": (MINIMAL, prefers(METHOD, TIMES), ""),
    "times without method": (MINIMAL, prefers(TIMES), "value-missing"),
    "times too long": (
        MINIMAL,
        prefers(METHOD, TIMES | {"valueString": "x" * 41}),
        "value-invalid",
    ),
    "birth order": (MINIMAL, [op("add", "/multipleBirthInteger", 9)], ""),
    "birth order out of range": (
        MINIMAL,
        [op("add", "/multipleBirthInteger", 10)],
        "value-invalid",
    ),
    "birth order from 1 to truth": (
        JANE,
        [op("replace", "/multipleBirthInteger", True)],
        "value-invalid",
    ),
    "birth order as truth": (MINIMAL, [op("add", "/multipleBirthInteger", True)], "value-invalid"),
    "extension unknown": (MINIMAL, add("extension", {"url": "x", "value": 1}), "value-invalid"),
    "extension without url": (MINIMAL, add("extension", {"value": 1}), "value-missing"),
    "extension of text": (MINIMAL, add("extension", "text"), "value-invalid"),
    "removal from registration": (
        JANE,
        [
            op("test", "/extension/7/url", REMOVAL),
            op("remove", "/extension/7"),
        ],
        "resource-unsupported",
    ),
    "death notification": (
        JANE,
        [
            op("test", "/extension/3/url", UK_CORE + "DeathNotificationStatus"),
            op("remove", "/extension/3"),
        ],
        "removal-refused",
    ),
    "name of text": (JANE, add("name", "Jane"), "value-invalid"),
    "names of text": (JANE, add("name", NAME | {"given": "Jane"}), "value-invalid"),
    "id removed": (
        JANE,
        [op("test", "/name/0", {}), op("remove", "/name/0/id")],
        "removal-refused",
    ),
    "whole list": (JANE, [op("add", "/name", [NAME])], "place-invalid"),
    "whole list of text": (MINIMAL, [op("add", "/name", "Jane")], "place-invalid"),
    "item out of range": (
        JANE,
        [op("replace", "/name/9", NAME), op("test", "/name/9/id", "123")],
        "index-out-of-bounds",
    ),
    "meta": (JANE, [op("replace", "/meta/versionId", "9")], "resource-unsupported"),
    "id": (JANE, [op("replace", "/id", JAYNE)], "resource-unsupported"),
}


@pytest.mark.parametrize(("number", "patches", "row"), FIELD_RULES.values(), ids=FIELD_RULES)
def test_field_rules(desk: Desk, number: str, patches: list[Json], row: str) -> None:
    """Each field is held to its published rules, and what keeps to them is taken."""
    told = desk.patch(number, *patches)
    assert told.row == row, told.body


PATIENTS: dict[str, tuple[list[Json], str]] = {
    "address in part": (
        [op("add", "/address/0/id", "456"), op("replace", "/address/0/line/0", "x")],
        "",
    ),
    "emergency contact": (emergency(), ""),
    "mobile": (add("telecom", telecom("phone", "mobile", "07700900001")), ""),
    "home phone": (add("telecom", telecom("phone", "work", "07700900001")), "field-refused"),
    "email": (
        [
            op(
                "replace",
                "/telecom/1",
                telecom("email", "home", "jane@example.org") | {"id": "790"},
            )
        ],
        "",
    ),
    "email in part": (
        [op("add", "/telecom/1/id", "790"), op("replace", "/telecom/1/value", "jane@example.org")],
        "field-refused",
    ),
    "email removed": ([op("test", "/telecom/1/id", "790"), op("remove", "/telecom/1")], ""),
    "phone removed": (
        [op("test", "/telecom/0/id", "789"), op("remove", "/telecom/0")],
        "field-refused",
    ),
    "pharmacy": ([op("replace", "/extension/0", pharmacy("NominatedPharmacy"))], ""),
    "preference": (
        [
            op("test", "/extension/5/url", UK_CORE + "ContactPreference"),
            op("remove", "/extension/5"),
        ],
        "field-refused",
    ),
    "gender": ([GENDER], "field-refused"),
}


@pytest.mark.parametrize(("patches", "row"), PATIENTS.values(), ids=PATIENTS)
def test_what_patients_may_change(desk: Desk, patches: list[Json], row: str) -> None:
    """A patient may change where and how they are reached, and some of it as a whole only."""
    assert desk.patch(JANE, *patches, caller=patient_access(JANE)).row == row


def test_patients_change_their_own_record(desk: Desk) -> None:
    """A patient cannot change the record of another."""
    assert desk.patch(MINIMAL, *emergency(), caller=patient_access(JANE)).status == 403


BAD = {"x_request_id": "1234", "if_match": "2", "content_type": "text/plain"}


@pytest.mark.parametrize(
    ("number", "asked", "row"),
    [
        ("9000000000", {**BAD}, "resource-id-invalid"),
        ("9111231130", {**BAD}, "if-match-missing"),
        ("9111231130", {**BAD, "if_match": 'W/"2"'}, "body-type"),
        ("9111231130", {"x_request_id": "1234"}, "header-invalid"),
        ("9111231130", {"body": {}}, "not-found"),
        (JANET, {"body": {}}, "record-sensitive"),
        (JANE, {"body": {}, "version": 9}, "no-patches"),
        (JANE, {"body": {"patches": {}}}, "no-patches"),
        (JANE, {"body": {"patches": "x"}}, "no-patches"),
        (JANE, {"body": []}, "no-patches"),
        (JANE, {"body": {"patches": [{"op": "bad"}]}, "version": 9}, "version-differs"),
        (JANE, {"body": {"patches": [GENDER, {"op": "bad"}]}}, "value-invalid"),
    ],
)
def test_order_of_checks(desk: Desk, number: str, asked: dict[str, Any], row: str) -> None:
    """Of several faults, that one is told which PDS looks for first."""
    assert desk.patch(number, **asked).row == row


@pytest.mark.parametrize("value", ['"2"', "2", 'W/"two"', "W/2", 'w/"2"', "*", ""])
def test_if_match_has_one_form(desk: Desk, value: str) -> None:
    """An If-Match that is not of the form W/"2" counts as none."""
    told = desk.patch(JANE, GENDER, if_match=value)
    assert (told.status, told.code) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("value", [None, "text/plain", "application/fhir+json"])
def test_content_types(desk: Desk, value: str | None) -> None:
    """A body that is not said to be a JSON Patch is refused."""
    told = desk.patch(JANE, GENDER, content_type=value)
    assert (told.status, told.code, told.words) == (400, "UNSUPPORTED_SERVICE", None)


@pytest.mark.parametrize(
    "value", ["application/json", "application/json-patch+json; charset=utf-8"]
)
def test_accepted_content_types(desk: Desk, value: str) -> None:
    """Plain JSON, and a charset beside the type, do as well."""
    assert desk.patch(JANE, GENDER, content_type=value).status == 200


def test_missing_id_is_told_before_bounds(desk: Desk) -> None:
    """An item that is not told apart is refused before it is looked for."""
    assert desk.patch(JANE, op("replace", "/address/9/line/0", "x")).row == "identity-missing"


def test_absent_lists_are_out_of_bounds(desk: Desk) -> None:
    """To change an item of a list that a record has not is out of bounds, whatever its id."""
    told = desk.patch(
        MINIMAL, op("replace", "/address/0/id", "456"), op("replace", "/address/0/line/0", "x")
    )
    assert told.words == "Invalid update with error - Invalid patch - index '0' is out of bounds"


PATHS = ["", "/", "/-", "/0", "/9", "/0/id", "/0/use", "/0/period", "/0/given/0", "/0/url", "/x/~1"]
PARTS = ["name", "address", "telecom", "contact", "generalPractitioner", "extension", "gender"]
PARTS += ["birthDate", "deceasedDateTime", "managingOrganization", "multipleBirthInteger", "pets"]
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
ANY_JSON = st.recursive(
    SCALARS | st.sampled_from([NAME, HOME, PRACTICE, notified("1"), pharmacy("NominatedPharmacy")]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "url", "use", "family", "period", "value", "extension"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
OPERATION = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "replace", "remove", "test"]),
        "path": st.builds("/{}{}".format, st.sampled_from(PARTS), st.sampled_from(PATHS)),
        "value": ANY_JSON,
    }
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    number=st.sampled_from([JANE, MINIMAL, SUSAN]),
    patches=st.lists(OPERATION, max_size=5) | ANY_JSON,
)
def test_no_patch_does_half(desk: Desk, number: str, patches: Any) -> None:
    """Any patch is either taken whole, as the next version, or refused and leaves no trace."""
    sent, before = copy.deepcopy(patches), stored(desk, number)
    version = int(before["meta"]["versionId"])
    told = desk.patch(number, body={"patches": patches}, version=version)
    after = stored(desk, number)
    assert str(patches) == str(sent)
    if told.status == 200:
        assert after["meta"]["versionId"] == str(version + 1)
        assert after["id"] == before["id"]
    else:
        assert after == before
