"""What a person who is brought from elsewhere may say that no client writes."""

from typing import Any

import pytest

from openroots.fhir.patient import CONSENT, REMOVAL
from openroots.loading.checking import sound
from openroots.problem import Json, Problem
from tests.services.demographics.desk import NOON, chance

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


def test_nobody_left_for_two_reasons() -> None:
    """Of each extension there is one."""
    removal = {"url": REMOVAL, "extension": [LEFT]}
    assert refusal(removal, removal) == ("create-kind-repeated", None)
