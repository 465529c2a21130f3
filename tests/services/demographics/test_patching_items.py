"""Items of a record in a patch: addresses, extensions and their parts, one rule after another."""

from typing import Any

import pytest

from openroots.problem import Json
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.signals import causes, told_by
from openroots.storage import Change
from tests.services.demographics.desk import JANE, JAYNE, MINIMAL, Desk, patient_access, stored
from tests.services.demographics.patches import (
    ADD_DEATH,
    PAF,
    UK_CORE,
    add,
    emergency,
    notified,
    op,
    pharmacy,
    telecom,
)
from tests.services.demographics.test_rules import FRENCH, METHOD, TIMES, prefers, speaks

WORK = {"id": "W1", "use": "work", "line": ["1 Mill Lane", "Leeds"]}


def holding(desk: Desk, part: str, *items: Json) -> None:
    """Have Jane's record hold these items besides, as older records do."""
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    record = row.body
    record[part] = [*record.get(part, []), *items]
    desk.keep([Change("Patient", JANE, record, row.version, row.subject)])


def test_a_legacy_address_can_be_removed(desk: Desk) -> None:
    """An address of use work is no longer written, and can be taken away."""
    holding(desk, "address", WORK)
    changed = [op("add", "/address/2/id", "W1"), op("replace", "/address/2/line/0", "x")]
    assert desk.patch(JANE, *changed, version=3).row == "value-unsupported"
    removed = [op("test", "/address/2/id", "W1"), op("remove", "/address/2")]
    assert desk.patch(JANE, *removed, version=3).row == ""
    assert [address["use"] for address in stored(desk, JANE)["address"]] == ["home", "temp"]


def test_repeated_kinds_of_old_are_left(desk: Desk) -> None:
    """Two temporary addresses that are there already can be mended, but not made three."""
    holding(desk, "address", stored(desk, JANE)["address"][1] | {"id": "T2"})
    named = op("add", "/address/2/id", "T2")
    told = desk.patch(JANE, named, op("replace", "/address/2/line/0", "x"), version=3)
    assert told.row == ""
    [third] = add("address", stored(desk, JANE)["address"][1])
    assert desk.patch(JANE, third, version=4).row == "kind-repeated"


PASSING = {"use": "billing", "line": ["x"]}


@pytest.mark.parametrize(
    ("address", "row"),
    [
        (PASSING | {"period": {"start": "2026-01-01"}}, "value-missing"),
        (PASSING | {"period": {"end": "2026-01-01"}}, "value-missing"),
        (PASSING | {"period": {"start": "2026-01-02", "end": "2026-01-01"}}, "period-reversed"),
        ({"use": "home", "line": ["", " "]}, "too-few-values"),
        ({"use": "home", "line": list("123456")}, "too-many-values"),
        ({"use": "home", "line": ["x", 1]}, "value-invalid"),
        ({"use": "home", "line": "x"}, "value-invalid"),
        ({"line": ["x"]}, "value-missing"),
        ({"use": "old", "line": ["x"]}, "value-invalid"),
        ({"use": "home", "line": ["x"], "postalCode": ""}, "value-invalid"),
        ({"use": "home", "line": ["x"], "city": "Leeds"}, "property-unexpected"),
        ({"use": "home", "postalCode": "zz99 3vz"}, ""),
        ({"use": "home", "extension": [PAF]}, "too-few-values"),
        ({"use": "home", "line": ["x"], "extension": [PAF, PAF, PAF]}, "too-many-values"),
    ],
)
def test_addresses(desk: Desk, address: Json, row: str) -> None:
    """An address says what it is for, where it is, and until when if it is passing."""
    assert desk.patch(MINIMAL, *add("address", address)).row == row


@pytest.mark.parametrize(
    ("size", "row"), [(6, "value-invalid"), (7, ""), (89, ""), (90, "value-invalid")]
)
def test_the_length_of_emails(desk: Desk, size: int, row: str) -> None:
    """An email address has more than 6 characters and fewer than 90, whoever's it is."""
    email = "a" * (size - 5) + "@b.uk"
    assert desk.patch(MINIMAL, *add("telecom", telecom("email", "home", email))).row == row
    contact = emergency(point={"system": "email", "value": email})
    version = 2 if row else 3
    assert desk.patch(MINIMAL, *contact, version=version).row == row


def test_emergency_contacts_are_dated_as_a_whole(desk: Desk) -> None:
    """The period of an emergency contact is its own, and none of its telecoms has one."""
    period = {"start": "2020-01-01", "end": "2019-12-31"}
    assert desk.patch(MINIMAL, *emergency(period=period)).row == "period-reversed"
    inner = emergency(point={"period": {"start": "2020-01-01"}})
    assert desk.patch(MINIMAL, *inner).row == "property-unexpected"
    assert desk.patch(MINIMAL, *emergency(period={"start": "2020-01-01"})).row == ""


def test_ids_within_an_emergency_contact_are_not_a_clients_to_give(desk: Desk) -> None:
    """However one is sent, the telecom is kept without it, as in the published records."""
    point = {"system": "phone", "value": "01632960001"}
    [made] = desk.patch(MINIMAL, *emergency(point={"id": "X1"})).body["contact"]
    assert made["telecom"] == [point]
    whole = op("replace", "/contact/0", made | {"telecom": [{"id": "X2"} | point]})
    same = op("test", "/contact/0/id", made["id"])
    within = op("add", "/contact/0/telecom/-", {"id": "X3"} | point)
    told = desk.patch(MINIMAL, whole, same, within, version=3)
    assert told.row == ""
    assert told.body["contact"] == [made | {"telecom": [point, point]}]


def test_a_telecom_is_replaced_by_removal_and_addition(desk: Desk) -> None:
    """What cannot be replaced by another kind can be removed and the other added, at once."""
    told = desk.patch(
        JANE,
        op("test", "/telecom/0/id", "789"),
        op("remove", "/telecom/0"),
        *add("telecom", telecom("phone", "mobile", "07700900001")),
    )
    assert told.row == ""
    assert told.body["telecom"][-1]["use"] == "mobile"


def _inside(url: str, at: int, *patches: Json) -> list[Json]:
    """Patches inside the extension at a place of Jane's, told apart by its url."""
    return [op("replace", f"/extension/{at}/url", UK_CORE + url), *patches]


def test_a_part_of_an_extension_can_be_changed(desk: Desk) -> None:
    """One contact preference, or the language alone, can be replaced, added and removed."""
    language = op("replace", "/extension/4/extension/0", FRENCH)
    assert desk.patch(JANE, *_inside("NHSCommunication", 4, language)).row == ""
    times = op("remove", "/extension/5/extension/2")
    told = desk.patch(JANE, *_inside("ContactPreference", 5, times), version=3)
    assert told.row == ""
    assert len(told.body["extension"][5]["extension"]) == 2
    again = op("add", "/extension/5/extension/-", TIMES)
    assert desk.patch(JANE, *_inside("ContactPreference", 5, again), version=4).row == ""


def test_a_method_that_times_need_stays(desk: Desk) -> None:
    """The method of contact cannot be taken away while its times are there."""
    method = op("remove", "/extension/5/extension/1")
    assert desk.patch(JANE, *_inside("ContactPreference", 5, method)).row == "value-missing"


@pytest.mark.parametrize(
    ("parts", "row"),
    [
        ((METHOD, TIMES | {"valueString": "x" * 40}), ""),
        ((METHOD, TIMES | {"valueString": ""}), "value-invalid"),
        ((METHOD, METHOD), "kind-repeated"),
        ((), "too-few-values"),
    ],
)
def test_contact_preferences(desk: Desk, parts: tuple[Json, ...], row: str) -> None:
    """A contact preference says each thing once at most, and something at least."""
    assert desk.patch(MINIMAL, *prefers(*parts)).row == row


@pytest.mark.parametrize("kind", ["ContactPreference", "NHSCommunication"])
def test_a_second_extension_of_a_kind(desk: Desk, kind: str) -> None:
    """A person has one contact preference and one communication."""
    more = prefers(METHOD) if kind == "ContactPreference" else speaks("fr")
    assert desk.patch(JANE, *more).row == "kind-repeated"


@pytest.mark.parametrize(
    "kind", ["NominatedPharmacy", "PreferredDispenserOrganization", "MedicalApplianceSupplier"]
)
def test_one_pharmacy_of_each_type(desk: Desk, kind: str) -> None:
    """A person may have a pharmacy of each type, and no two of one."""
    assert desk.patch(MINIMAL, *add("extension", pharmacy(kind))).row == ""
    told = desk.patch(MINIMAL, *add("extension", pharmacy(kind, "FK999")), version=3)
    assert told.row == "kind-repeated"


@pytest.mark.parametrize("code", ["", "F", "FJ-123", "x" * 11])
def test_pharmacies_have_a_code(desk: Desk, code: str) -> None:
    """The code of a pharmacy has three to ten letters and digits."""
    told = desk.patch(MINIMAL, *add("extension", pharmacy("NominatedPharmacy", code)))
    assert told.row == "value-invalid"


@pytest.mark.parametrize(
    ("value", "row"),
    [*[(value, "") for value in range(1, 10)], *[(value, "value-invalid") for value in (0, -1, 10)]]
    + [("1", "value-invalid"), (1.5, "value-invalid"), (False, "value-invalid")],
)
def test_birth_order(desk: Desk, value: Any, row: str) -> None:
    """A birth order is a whole number from 1 to 9."""
    assert desk.patch(MINIMAL, op("add", "/multipleBirthInteger", value)).row == row


@pytest.mark.parametrize("field", ["gender", "birthDate"])
def test_what_is_permanent_stays(desk: Desk, field: str) -> None:
    """A gender and a birth date cannot be taken away, even together with other changes."""
    told = desk.patch(JANE, op("test", "/name/0/id", "123"), op("remove", f"/{field}"))
    assert told.words == f"Forbidden update with error - source not permitted to remove '{field}'"


def test_a_death_is_not_taken_back(desk: Desk) -> None:
    """A death that is notified informally can be corrected but not removed."""
    desk.patch(JAYNE, *ADD_DEATH)
    assert desk.patch(JAYNE, op("remove", "/deceasedDateTime"), version=3).row == "removal-refused"
    url = UK_CORE + "DeathNotificationStatus"
    gone = [op("test", "/extension/0/url", url), op("remove", "/extension/0")]
    assert desk.patch(JAYNE, *gone, version=3).row == "removal-refused"
    formal = op("replace", "/extension/0", notified("2"))
    assert desk.patch(JAYNE, formal, version=3).row == "formal-death-refused"


@pytest.mark.parametrize("told", ["", "Dead as a doornail"])
def test_how_a_death_was_notified_is_told_in_the_words_of_its_code(desk: Desk, told: str) -> None:
    """The published form of a record has those words only, whatever a client calls it."""
    death, notice = ADD_DEATH
    status = notice["value"]["extension"][0] | {"valueCodeableConcept": _informal(told)}
    sent = op("add", notice["path"], notice["value"] | {"extension": [status]})
    assert desk.patch(JAYNE, death, sent).status == 200
    [kept] = stored(desk, JAYNE)["extension"]
    [coding] = kept["extension"][0]["valueCodeableConcept"]["coding"]
    assert coding["display"].startswith("Informal - death notice received")


def _informal(display: str) -> Json:
    system = "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus"
    return {"coding": [{"system": system, "code": "1"} | ({"display": display} if display else {})]}


@pytest.mark.parametrize(
    ("patches", "row"),
    [
        (
            _inside("NHSCommunication", 4, op("replace", "/extension/4/extension/0", FRENCH)),
            "field",
        ),
        ([op("replace", "/extension/4", speaks("fr")[0]["value"])], ""),
        (_inside("NHSCommunication", 4, op("remove", "/extension/4/extension/1")), ""),
        ([op("replace", "/extension/0", pharmacy("NominatedPharmacy"))], ""),
        (add("name", {"use": "old", "family": "Bloggs"}), "field"),
        ([op("test", "/gender", "female")], "field"),
    ],
)
def test_patients_write_whole_things(desk: Desk, patches: list[Json], row: str) -> None:
    """A patient replaces a communication or a pharmacy whole, and names no part not theirs."""
    told = desk.patch(JANE, *patches, caller=patient_access(JANE))
    assert told.row == (f"{row}-refused" if row else "")


def test_a_removal_may_test_the_whole_item(desk: Desk) -> None:
    """A removal follows a test of the id, of the url or of all of an item, and of nothing else."""
    whole = stored(desk, JANE)["telecom"][0]
    near = [op("test", "/telecom/0/value", whole["value"]), op("remove", "/telecom/0")]
    assert desk.patch(JANE, *near).row == "removal-untested"
    other = [op("test", "/telecom/1/id", "790"), op("remove", "/telecom/0")]
    assert desk.patch(JANE, *other).row == "removal-untested"
    between = [op("test", "/telecom/0", whole), op("test", "/gender", "female")]
    assert desk.patch(JANE, *between, op("remove", "/telecom/0")).row == "removal-untested"
    assert desk.patch(JANE, op("test", "/telecom/0", whole), op("remove", "/telecom/0")).row == ""


def test_what_is_written_as_it_was_changes_nothing(desk: Desk) -> None:
    """To replace an item by itself makes a version like the one before, and tells nobody."""
    before = stored(desk, JANE)
    told = desk.patch(JANE, op("replace", "/address/0", before["address"][0]))
    assert (told.row, told.signals) == ("", [])
    assert told.body | {"meta": None} == before | {"meta": None}


@pytest.mark.parametrize(("name", "types"), causes().items())
def test_the_table_of_signals_is_what_is_given(name: str, types: list[str]) -> None:
    """What the docs say that a change gives rise to is what is told of it, and nothing else."""
    part, item = ("extension", {"url": name}) if ":" in name else (name, {"url": ""})
    for old, new in ((None, item), (item, None), (item, item | {"value": 1})):
        told = told_by([Difference(part, 0, old, new)], "key", "/x")
        assert [signal.type for signal in told] == types
    assert told_by([Difference(part, 0, item, dict(item))], "key", "/x") == ()
