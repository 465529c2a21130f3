"""The rules of each field: what a change must keep to, and what is taken."""

from typing import Any

import pytest

from openroots.fhir.patient import REMOVAL
from openroots.problem import Json
from tests.services.demographics.desk import JANE, JAYNE, MINIMAL, Desk
from tests.services.demographics.patches import (
    ADD_DEATH,
    HOME,
    NAME,
    PAF,
    PRACTICE,
    UK_CORE,
    add,
    emergency,
    notified,
    op,
    pharmacy,
    telecom,
)

PASSING = {"line": ["x"], "period": {"start": "2026-01-01", "end": "2027-01-01"}}
FRENCH = {"url": "language", "valueCodeableConcept": {"coding": [{"code": "fr"}]}}
TIMES = {"url": "PreferredContactTimes", "valueString": "Not after 7pm"}
METHOD = {"url": "PreferredContactMethod", "valueCodeableConcept": {"coding": [{"code": "1"}]}}
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"


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


# Each rule of a field, on whose record it is tried, the patch, and the row or "" if it is kept.
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
