"""Slices that a pattern of the whole tells apart, and slices of slices within it."""

from typing import Any

import pytest

from openroots.fhir.definitions import TYPES, Definitions
from openroots.fhir.package import condense_all
from openroots.fhir.validation import Validator
from tests.fhir.validation.making import Maker
from tests.fhir.validation.profiles import SYSTEM, URL, Json, constraint, faults, part, sliced


def _in(system: str, code: str, **more: Any) -> Json:
    return {"system": f"{SYSTEM}/{system}", "code": code, **more}


CODES = constraint(
    URL,
    "Observation",
    sliced("Observation.code.coding", "value", "system"),
    part("Observation.code.coding", "a", min=1, max="1", patternCoding={"system": f"{SYSTEM}/a"}),
    part("Observation.code.coding", "a.display", min=1),
)


@pytest.mark.parametrize(
    ("codings", "found"),
    [
        ([_in("a", "1", display="One")], []),
        ([_in("a", "1")], [("Observation.code.coding[0].display", "missing")]),
        ([_in("b", "1")], [("Observation.code.coding", "slice-few")]),
        ([_in("a", "1", display="One")] * 2, [("Observation.code.coding", "slice-many")]),
    ],
)
def test_a_pattern_of_the_whole_says_of_each_of_its_parts_what_tells_the_slice(
    codings: list[Json], found: list[tuple[str, str]]
) -> None:
    """As authors mostly write it: a slice by its system, and the pattern on the coding."""
    seen = {"resourceType": "Observation", "status": "final", "code": {"coding": codings}}
    assert faults(seen, CODES) == found


def _of_kind(code: str) -> Json:
    return {"patternCodeableConcept": {"coding": [{"code": code}]}, "min": 1}


KINDS_OF_LOCAL = constraint(
    URL,
    "Patient",
    sliced("Patient.identifier", "value", "system"),
    part(
        "Patient.identifier",
        "local",
        min=1,
        slicing={
            "discriminator": [{"type": "value", "path": "type.coding.code"}],
            "rules": "closed",
        },
    ),
    part("Patient.identifier", "local.system", fixedUri=SYSTEM, min=1),
    part("Patient.identifier", "local/record", min=1, max="1"),
    part("Patient.identifier", "local/record.type", **_of_kind("MR")),
    part("Patient.identifier", "local/visit", max="1"),
    part("Patient.identifier", "local/visit.type", **_of_kind("VN")),
)


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        (["MR"], []),
        (["MR", "VN"], []),
        (["VN"], [("Patient.identifier", "slice-few")]),
        (["MR", "MR"], [("Patient.identifier", "slice-many")]),
        (["MR", "XX"], [("Patient.identifier[1]", "slice-other")]),
    ],
)
def test_slices_of_slices_are_told_by_what_lies_within_a_pattern(
    kinds: list[str], found: list[tuple[str, str]]
) -> None:
    identifiers = [
        {"system": SYSTEM, "value": kind, "type": {"coding": [{"code": kind}]}} for kind in kinds
    ]
    assert faults({"resourceType": "Patient", "identifier": identifiers}, KINDS_OF_LOCAL) == found


HOMES = constraint(
    URL,
    "Patient",
    sliced("Patient.telecom", "value", "system"),
    part("Patient.telecom", "phone", slicing=sliced("", "value", "use")["slicing"]),
    part("Patient.telecom", "phone.system", fixedCode="phone", min=1),
    part("Patient.telecom", "phone/home", slicing=sliced("", "value", "rank", "closed")["slicing"]),
    part("Patient.telecom", "phone/home.use", fixedCode="home", min=1),
    part("Patient.telecom", "phone/home/first", max="1"),
    part("Patient.telecom", "phone/home/first.rank", fixedPositiveInt=1, min=1),
)


@pytest.mark.parametrize(
    ("phones", "found"),
    [
        ([("home", 1), ("work", 1), ("work", 1)], []),
        ([("home", 2)], [("Patient.telecom[0]", "slice-other")]),
        ([("home", 1), ("home", 1)], [("Patient.telecom", "slice-many")]),
    ],
)
def test_a_slice_within_a_slice_of_a_slice_takes_only_what_is_of_all_of_them(
    phones: list[tuple[str, int]], found: list[tuple[str, str]]
) -> None:
    telecom = [{"system": "phone", "value": "1", "use": use, "rank": n} for use, n in phones]
    assert faults({"resourceType": "Patient", "telecom": telecom}, HOMES) == found


SLICED = {
    "resourceType": "StructureDefinition",
    "url": "https://example.org/sliced",
    "name": "Sliced",
    "status": "active",
    "kind": "resource",
    "abstract": False,
    "type": "Observation",
    "baseDefinition": TYPES + "Observation",
    "derivation": "constraint",
    "differential": {
        "element": [
            {
                "id": "Observation.component",
                "path": "Observation.component",
                "slicing": {
                    "discriminator": [{"type": "pattern", "path": "code"}],
                    "rules": "closed",
                },
            },
            {
                "id": "Observation.component:high",
                "path": "Observation.component",
                "sliceName": "high",
                "min": 1,
                "max": "1",
            },
            {
                "id": "Observation.component:high.code",
                "path": "Observation.component.code",
                "patternCodeableConcept": {
                    "coding": [{"system": "https://example.org", "code": "h"}]
                },
            },
            {
                "id": "Observation.component:high.value[x]",
                "path": "Observation.component.value[x]",
                "min": 1,
                "type": [{"code": "Quantity"}],
            },
            {"id": "Observation.status", "path": "Observation.status", "fixedCode": "final"},
        ]
    },
}


def _of_profile(components: list[Json], status: str = "final") -> list[tuple[str, str]]:
    validator = Validator(Definitions(added=condense_all([SLICED]).entries()))
    made = {**Maker(validator.definitions).resource("Observation"), "status": status}
    found = validator.validate({**made, "component": components}, (SLICED["url"],))
    return [(each.place, each.rule) for each in found if each.fails]


def test_a_profile_that_was_added_slices_by_pattern_and_closes_its_slices() -> None:
    code = {"coding": [{"system": "https://example.org", "code": "h"}]}
    high = {"code": code, "valueQuantity": {"value": 1}}
    assert _of_profile([high]) == []
    assert _of_profile([high], "amended") == [("Observation.status", "fixed")]
    assert _of_profile([high, high]) == [("Observation.component", "slice-many")]
    other = {"code": {"text": "other"}, "valueString": "a"}
    assert _of_profile([high, other]) == [("Observation.component[1]", "slice-other")]
    texts = {"code": code, "valueString": "a"}
    assert _of_profile([texts]) == [("Observation.component[0].value", "type-not-allowed")]
    assert _of_profile([{"code": code}]) == [("Observation.component[0].value", "missing")]
