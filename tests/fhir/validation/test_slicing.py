"""Slices: by whether an element is there, by profile, in order, and slices of slices."""

from typing import Any

import pytest

from openroots.fhir.definitions import TYPES, Definitions
from openroots.fhir.package import condense_all
from openroots.fhir.validation import Validator

Json = dict[str, Any]

URL = "https://example.org/profile"
WARD = "https://example.org/ward"
SYSTEM = "https://example.org/codes"


def constraint(url: str, type: str, *elements: Json) -> Json:
    """A profile on a type with these elements."""
    return {
        "resourceType": "StructureDefinition",
        "url": url,
        "name": "Made",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": type,
        "baseDefinition": TYPES + type,
        "derivation": "constraint",
        "differential": {"element": list(elements)},
    }


def sliced(path: str, how: str, by: str, rules: str = "open", **more: Any) -> Json:
    """The element at a path, sliced."""
    slicing = {"discriminator": [{"type": how, "path": by}], "rules": rules, **more}
    return {"id": path, "path": path, "slicing": slicing}


def part(path: str, name: str, **said: Any) -> Json:
    """A slice, or an element within one: "Patient.name", "usual.family"."""
    called, _, inner = name.partition(".")
    end = f".{inner}" if inner else ""
    named = {} if inner else {"sliceName": called}
    return {"id": f"{path}:{called}{end}", "path": f"{path}{end}", **named, **said}


def faults(resource: Json, *profiles: Json) -> list[tuple[str, str]]:
    """What breaks the first of some profiles: where, and by which rule."""
    entries = condense_all(profiles).entries()
    found = Validator(Definitions(added=entries)).validate(resource, (profiles[0]["url"],))
    return [(each.place, each.rule) for each in found if each.fails]


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
