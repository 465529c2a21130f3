"""Slices: by whether an element is there, by profile, in order, and slices of slices."""

from typing import Any

import pytest

from openroots.fhir.definitions import Definitions
from openroots.fhir.package import condense_all, contradictions
from tests.fhir.validation.profiles import SYSTEM, URL, Json, constraint, faults, part, sliced

WARD = "https://example.org/ward"


NAMES = constraint(
    URL,
    "Patient",
    sliced("Patient.name", "exists", "period", "closed"),
    part("Patient.name", "dated", max="1"),
    part("Patient.name", "dated.period", min=1),
    part("Patient.name", "dated.family", min=1),
    part("Patient.name", "lasting", min=1),
    part("Patient.name", "lasting.period", max="0"),
)
DATED: Json = {"family": "Ashby", "period": {"start": "2020"}}
LASTING: Json = {"given": ["Ann"]}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([LASTING], []),
        ([LASTING, LASTING, DATED], []),
        ([DATED], [("Patient.name", "slice-few")]),
        ([LASTING, DATED, DATED], [("Patient.name", "slice-many")]),
        ([LASTING, {"period": {"start": "2020"}}], [("Patient.name[1].family", "missing")]),
    ],
)
def test_slices_are_told_by_whether_an_element_is_there(names: list[Json], found: Any) -> None:
    assert faults({"resourceType": "Patient", "name": names}, NAMES) == found


def identifier(system: str) -> Json:
    return {"system": f"https://example.org/{system}", "value": "1"}


def in_slices(rules: str, **more: Any) -> Json:
    return constraint(
        URL,
        "Patient",
        sliced("Patient.identifier", "value", "system", rules, **more),
        *(
            element
            for name in ("first", "second")
            for element in (
                part("Patient.identifier", name),
                part("Patient.identifier", f"{name}.system", fixedUri=identifier(name)["system"]),
            )
        ),
    )


@pytest.mark.parametrize(
    ("profile", "systems", "found"),
    [
        (in_slices("open", ordered=True), ["first", "second"], []),
        (in_slices("open", ordered=True), ["first", "other", "second"], []),
        (in_slices("open", ordered=True), ["second", "first"], [(1, "slice-order")]),
        (in_slices("open"), ["second", "first"], []),
        (in_slices("openAtEnd"), ["second", "first", "other"], []),
        (in_slices("openAtEnd"), ["first", "other", "second"], [(2, "slice-order")]),
        (in_slices("closed"), ["first", "other"], [(1, "slice-other")]),
    ],
)
def test_slices_come_in_their_order_where_that_is_asked(
    profile: Json, systems: list[str], found: list[tuple[int, str]]
) -> None:
    """And what is of no slice comes after them, where that is asked."""
    patient = {"resourceType": "Patient", "identifier": [identifier(each) for each in systems]}
    assert faults(patient, profile) == [
        (f"Patient.identifier[{number}]", rule) for number, rule in found
    ]


def coded(code: str, **more: Any) -> Json:
    return {"code": {"coding": [{"system": SYSTEM, "code": code}]}, **more}


def resliced(rules: str) -> Json:
    """Components of the code bp, of which some are numbers and others are words."""
    path = "Observation.component"
    bp = {"coding": [{"system": SYSTEM, "code": "bp"}]}
    again = {"discriminator": [{"type": "type", "path": "value"}], "rules": rules}
    return constraint(
        URL,
        "Observation",
        sliced(path, "pattern", "code"),
        part(path, "bp", slicing=again, max="3"),
        part(path, "bp.code", patternCodeableConcept=bp),
        part(path, "bp/number", min=1, max="1"),
        {
            "id": f"{path}:bp/number.value[x]",
            "path": f"{path}.value[x]",
            "min": 1,
            "type": [{"code": "Quantity"}],
        },
        part(path, "bp/words", max="1"),
        {
            "id": f"{path}:bp/words.value[x]",
            "path": f"{path}.value[x]",
            "min": 1,
            "type": [{"code": "string"}],
        },
    )


NUMBER, WORDS = {"valueQuantity": {"value": 120}}, {"valueString": "high"}
LIST = "Observation.component"


@pytest.mark.parametrize(
    ("rules", "components", "found"),
    [
        ("open", [coded("bp", **NUMBER)], []),
        ("open", [coded("bp", **NUMBER), coded("bp", **WORDS), coded("x", **WORDS)], []),
        ("open", [coded("bp", **WORDS)], [(LIST, "slice-few")]),
        ("open", [coded("x", **NUMBER)], [(LIST, "slice-few")]),
        ("open", [coded("bp", **NUMBER)] * 2, [(LIST, "slice-many")]),
        ("open", [coded("bp", **NUMBER), coded("bp", valueBoolean=True)], []),
        (
            "closed",
            [coded("bp", **NUMBER), coded("bp", valueBoolean=True)],
            [(f"{LIST}[1]", "slice-other")],
        ),
    ],
)
def test_a_slice_is_sliced_again(rules: str, components: list[Json], found: Any) -> None:
    """What is of an inner slice is of the outer one too, and counts in both."""
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "blood pressure"},
        "component": components,
    }
    assert faults(observation, resliced(rules)) == found


WARDS = constraint(
    WARD,
    "Location",
    {"id": "Location.name", "path": "Location.name", "min": 1},
)
HELD = constraint(
    URL,
    "Bundle",
    sliced("Bundle.entry", "profile", "resource", "open"),
    part("Bundle.entry", "ward", min=1, max="1"),
    part("Bundle.entry", "ward.resource", type=[{"code": "Location", "profile": [WARD]}]),
)


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ([{"resourceType": "Location", "name": "Rose"}], []),
        ([{"resourceType": "Location", "name": "Rose"}, {"resourceType": "Patient"}], []),
        ([{"resourceType": "Location", "status": "active"}], [("Bundle.entry", "slice-few")]),
        ([{"resourceType": "Location", "name": "Rose"}] * 2, [("Bundle.entry", "slice-many")]),
    ],
)
def test_slices_are_told_by_the_profile_that_is_met(resources: list[Json], found: Any) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"https://example.org/{i}", "resource": {**each, "language": "en"}}
            for i, each in enumerate(resources)
        ],
    }
    assert faults(bundle, HELD, WARDS) == found


@pytest.mark.parametrize("type", [[1], {}, 7, None, True, "Nothing"])
def test_a_contained_resource_of_no_type_is_a_finding_and_no_defect(type: Any) -> None:
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "contained": [{"resourceType": type, "id": "o"}],
        "serviceProvider": {"reference": "#o"},
    }
    rules = [rule for place, rule in faults(encounter, REFERRING, TRUSTS) if "contained" in place]
    assert rules in (["no-type"], ["type-unknown"])


REFERRING = constraint(
    URL,
    "Encounter",
    {
        "id": "Encounter.serviceProvider",
        "path": "Encounter.serviceProvider",
        "type": [{"code": "Reference", "targetProfile": ["https://example.org/trust"]}],
    },
)
TRUSTS = constraint(
    "https://example.org/trust",
    "Organization",
    {"id": "Organization.alias", "path": "Organization.alias", "min": 1},
)


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({"resourceType": "Organization", "name": "Trust", "alias": ["T"]}, []),
        (
            {"resourceType": "Organization", "name": "Trust"},
            [("Encounter.serviceProvider", "reference-profile")],
        ),
    ],
)
def test_what_is_referred_to_within_meets_the_profile_that_is_asked_of_it(
    held: Json, found: Any
) -> None:
    """Where it is contained, so that it can be looked at."""
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "contained": [{**held, "id": "o"}],
        "serviceProvider": {"reference": "#o"},
    }
    assert faults(encounter, REFERRING, TRUSTS) == found


def named(key: str, **said: Any) -> Json:
    """What a profile says of the value by the name of a type."""
    path = f"Observation.{key}"
    return {"id": f"{path}:{key}", "path": path, "sliceName": key, **said}


EITHER = constraint(
    URL, "Observation", named("valueBoolean", max="1"), named("valueString", max="1")
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"valueBoolean": True}, []),
        ({"valueString": "yes"}, []),
        ({"valueInteger": 1}, [("Observation.value", "type-not-allowed")]),
        ({"valueBoolean": True, "valueString": "yes"}, [("Observation.value", "two-values")]),
    ],
)
def test_a_value_may_be_said_to_be_of_several_types_by_their_names(
    value: Json, found: list[tuple[str, str]]
) -> None:
    """One after the other, as published packages do: the second does not end with the first."""
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
    assert faults(observation | value, EITHER) == found


def test_a_profile_on_such_a_one_brings_no_type_back() -> None:
    further = constraint(f"{URL}-further", "Observation", named("valueInteger", max="1"))
    made = condense_all([EITHER, further | {"baseDefinition": URL}])
    wrong = contradictions(made, Definitions(added=made.entries()))
    assert list(wrong) == [f"{URL}-further"]
