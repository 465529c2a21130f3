"""What a person who is brought from elsewhere may say that no client writes."""

from typing import Any

import pytest

from openroots.fhir.patient import (
    CONSENT,
    DEATH_NOTIFICATION,
    NHS_NUMBER,
    REMOVAL,
    UK_CODES,
)
from openroots.loading.checking import sound
from openroots.problem import Json, Problem
from tests.services.demographics.desk import NOON, chance

NOW, OTHER = "9000000009", "9000000017"
LEFT = {"url": "removalFromRegistrationCode", "valueCodeableConcept": {"coding": [{"code": "AFN"}]}}
WHEN = {"url": "effectiveTime", "valuePeriod": {"start": "2024-08-21T00:00:00+00:00"}}
SAID = [
    {"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}
    for url, code in (("type", "4"), ("status", "1"))
]


def somebody(*extensions: Any) -> Json:
    """A Patient as it stands in a file."""
    return {
        "resourceType": "Patient",
        "name": [{"use": "usual", "family": "Roe"}],
        "gender": "female",
        "birthDate": "1990-01-02",
        "address": [{"use": "home", "line": ["1 Mill Lane"]}],
        "extension": list(extensions),
    }


def refusal(*extensions: Any) -> tuple[str, Any]:
    """Why somebody with these extensions is not kept: the row, and the field it is about."""
    with pytest.raises(Problem) as caught:
        sound(somebody(*extensions), NOON, chance)
    return caught.value.row, caught.value.fields.get("field")


def test_what_only_the_service_says_is_taken() -> None:
    """When and why a registration ended, and what somebody said of sharing their record."""
    removal = {"url": REMOVAL, "extension": [LEFT, WHEN]}
    consent = {"url": CONSENT, "extension": SAID}
    kept = sound(somebody(removal, consent), NOON, chance).person["extension"]
    assert kept == [removal, consent]


@pytest.mark.parametrize(
    ("extension", "row", "place"),
    [
        ({"url": REMOVAL}, "value-missing", "/extension"),
        ({"url": REMOVAL, "extension": "AFN"}, "value-invalid", "/extension"),
        ({"url": REMOVAL, "extension": [LEFT, {}]}, "value-missing", "/extension/1/url"),
        ({"url": REMOVAL, "extension": [5]}, "value-invalid", "/extension/0"),
        (
            {"url": REMOVAL, "extension": [WHEN]},
            "value-missing",
            "/extension/removalFromRegistrationCode",
        ),
        ({"url": CONSENT}, "value-missing", "/extension"),
        ({"url": CONSENT, "extension": SAID[:1]}, "value-missing", "/extension/status"),
    ],
)
def test_what_only_the_service_says_has_its_form(extension: Json, row: str, place: str) -> None:
    """What has not could not be shown: to whom a reason is masked, it is looked for by its url."""
    assert refusal(extension) == (row, f"extension/0{place}")


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [
        ("address", [None], "address/0"),
        ("telecom", [None], "telecom/0"),
        ("extension", ["x"], "extension/0"),
        ("name", [{"use": "usual", "family": "Roe"}, None], "name/1"),
        ("managingOrganization", None, "managingOrganization"),
        ("contact", {}, "contact"),
    ],
)
def test_nothing_is_no_part_of_a_record(part: str, value: Any, field: str) -> None:
    """A null, or what is no object, is told by its place, and not kept."""
    with pytest.raises(Problem) as caught:
        sound(somebody() | {part: value}, NOON, chance)
    assert (caught.value.row, caught.value.fields["field"]) == ("value-invalid", field)


def test_a_formal_notice_of_death_has_its_form() -> None:
    """It is checked as one that a client gives, but for how formal it is."""
    coding = {"system": UK_CODES + "DeathNotificationStatus", "code": "2"}
    concept = {"coding": [coding]}
    status = {"url": "deathNotificationStatus", "valueCodeableConcept": concept}
    notice = {"url": DEATH_NOTIFICATION, "extension": [status]}
    dead = somebody(notice) | {"deceasedDateTime": "2020-01-01"}
    [kept] = sound(dead, NOON, chance).person["extension"]
    assert kept["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "2"
    concept["coding"].append(coding)
    with pytest.raises(Problem) as caught:
        sound(dead, NOON, chance)
    assert caught.value.row == "too-many-values"


def test_nobody_left_for_two_reasons() -> None:
    """Of each extension there is one."""
    removal = {"url": REMOVAL, "extension": [LEFT]}
    assert refusal(removal, removal) == ("create-kind-repeated", None)


def numbered(*numbers: tuple[str, str], **more: Any) -> Json:
    """Somebody with these identifiers, each of a use."""
    told = [{"system": NHS_NUMBER, "use": use, "value": number} for use, number in numbers]
    return somebody() | {"identifier": told} | more


@pytest.mark.parametrize(
    ("patient", "row"),
    [
        (numbered(("official", NOW), id=OTHER), "numbers-differ"),
        (numbered(("official", NOW), ("usual", OTHER)), "numbers-differ"),
        (numbered(("old", OTHER)), "number-missing"),
        (numbered(("official", NOW), ("old", NOW)), "number-both"),
        (numbered(("official", NOW), ("old", "9000000000")), "number-wrong"),
        (numbered(("official", NOW), ("old", "4857773457")), "number-real"),
        (numbered() | {"identifier": [{"system": "urn:mrn", "value": "1"}]}, "identifier-strange"),
        (numbered() | {"identifier": {"value": NOW}}, "value-invalid"),
        (somebody() | {"meta": {"security": [{"code": "N"}]}}, "security-unknown"),
        (somebody() | {"meta": {"security": {"code": "R"}}}, "value-invalid"),
        (somebody() | {"meta": [{"security": [{"code": "R"}]}]}, "value-invalid"),
        (somebody() | {"photo": []}, "part-not-known"),
        (somebody() | {"gender": ""}, "value-missing"),
        (somebody() | {"name": [{"use": "old", "family": "Roe"}]}, "value-missing"),
    ],
)
def test_who_cannot_be_told_by_one_number_and_one_label_is_not_kept(
    patient: Json, row: str
) -> None:
    """A guess could keep somebody's record under a number that is another's, or show where a
    restricted person is."""
    with pytest.raises(Problem) as caught:
        sound(patient, NOON, chance)
    assert caught.value.row == row


def test_numbers_that_agree_and_the_stricter_of_two_labels_are_taken() -> None:
    """The same number twice is one; of a person marked twice nothing is shown that either hides."""
    patient = numbered(("official", NOW), ("old", OTHER), ("old", OTHER), id=NOW)
    patient["meta"] = {"security": [{"code": "V"}, {"code": "R"}]}
    kept = sound(patient, NOON, chance)
    assert (kept.number, kept.former, kept.labels) == (NOW, (OTHER,), {"V"})
    assert [one["display"] for one in kept.security] == ["very restricted"]
