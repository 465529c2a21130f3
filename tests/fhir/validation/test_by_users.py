"""What a user of the validator found to be told wrongly, or not at all."""

from typing import Any

import pytest

from openroots.fhir.definitions import TYPES, Contradiction, Definitions
from openroots.fhir.package import condense_all
from openroots.fhir.validation import Validator, validate
from tests.fhir.validation.making import DIV

Json = dict[str, Any]

SEEN: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
UK_PATIENT = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"
NATIONALITY = TYPES + "patient-nationality"
TEXT = {"status": "generated", "div": DIV}
MADE = {"extension": [{"url": "https://example.org/a", "valueString": "a"}]}


def profile(type: str, *elements: Json) -> Json:
    for each in elements:
        each["path"] = ".".join(part.partition(":")[0] for part in each["id"].split("."))
        if ":" in (last := each["id"].rpartition(".")[2]):
            each["sliceName"] = last.partition(":")[2]
    return {
        "resourceType": "StructureDefinition",
        "url": "https://example.org/asked",
        "kind": "resource",
        "type": type,
        "derivation": "constraint",
        "baseDefinition": TYPES + type,
        "differential": {"element": list(elements)},
    }


def slicing(how: str, path: str, rules: str) -> Json:
    return {"discriminator": [{"type": how, "path": path}], "rules": rules}


def told(resource: Json, asked: Json | None = None) -> list[tuple[str, str]]:
    if asked is None:
        found = validate(resource)
    else:
        validator = Validator(Definitions(added=condense_all([asked]).entries()))
        found = validator.validate(resource, (asked["url"],))
    return [(each.place, each.rule) for each in found if each.fails]


def test_slices_by_profile_take_no_resource_of_another_type() -> None:
    asked = profile(
        "Bundle",
        {"id": "Bundle.entry", "slicing": slicing("profile", "resource", "open")},
        {"id": "Bundle.entry:one", "max": "1"},
        {
            "id": "Bundle.entry:one.resource",
            "min": 1,
            "type": [{"code": "Patient", "profile": [UK_PATIENT]}],
        },
    )
    entries = [{"resource": each} for each in (SEEN, SEEN, {"resourceType": "Patient", "id": "a"})]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert told(bundle, asked) == []
    assert told({**bundle, "entry": [*entries, entries[2]]}, asked) == [
        ("Bundle.entry", "slice-many")
    ]


def test_slices_by_type_of_what_is_referred_to() -> None:
    def refers(type: str) -> list[Json]:
        return [{"code": "Reference", "targetProfile": [TYPES + type]}]

    asked = profile(
        "Observation",
        {"id": "Observation.performer", "slicing": slicing("type", "resolve()", "closed")},
        {"id": "Observation.performer:org", "max": "1", "type": refers("Organization")},
        {"id": "Observation.performer:one", "min": 1, "type": refers("Practitioner")},
    )
    good = [{"reference": "Organization/1"}, {"reference": "Practitioner/1"}]
    assert told({**SEEN, "performer": good}, asked) == []
    other = [*good, {"reference": "Patient/1"}]
    assert told({**SEEN, "performer": other}, asked) == [
        ("Observation.performer[2]", "slice-other")
    ]


def test_closed_slices_of_an_element_of_several_types() -> None:
    asked = profile(
        "Observation",
        {"id": "Observation.value[x]", "slicing": slicing("type", "$this", "closed")},
        {"id": "Observation.value[x]:valueString", "type": [{"code": "string"}]},
    )
    assert told({**SEEN, "valueString": "a"}, asked) == []
    assert told({**SEEN, "valueInteger": 1}, asked) == [("Observation.value", "type-not-allowed")]


def test_slices_that_nothing_tells_apart_are_not_counted() -> None:
    asked = profile(
        "Patient",
        {"id": "Patient.name", "slicing": {"rules": "open"}},
        {"id": "Patient.name:one", "min": 1},
    )
    assert told({"resourceType": "Patient", "name": [{"family": "A"}]}, asked) == []


def test_a_profile_that_allows_more_than_its_base_is_refused() -> None:
    added = condense_all([profile("Patient", {"id": "Patient.gender", "max": "5"})]).entries()
    with pytest.raises(Contradiction):
        Definitions(added=added).tree("https://example.org/asked")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"valueString": "a", "_valueInteger": MADE}, [("Observation.value", "two-values")]),
        ({"valueString": "a", "_valueString": MADE}, []),
        ({"subject": {"reference": "https://example.org/Things/1"}}, []),
        (
            {"subject": {"reference": "https://example.org/Slot/1"}},
            [("Observation.subject", "reference-type")],
        ),
    ],
)
def test_values_and_references(more: Json, found: Any) -> None:
    assert told({**SEEN, **more}) == found


def test_an_extension_has_no_parts_but_those_of_its_definition() -> None:
    part = {"url": "strange", "valueString": "a"}
    patient = {
        "resourceType": "Patient",
        "extension": [{"url": NATIONALITY, "extension": [part]}],
    }
    assert told(patient) == [("Patient.extension[0].extension[0]", "extension-part")]


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://example.org/Observation/2", ["full-url-says"]),
        ("Observation/1", ["full-url-form"]),
        ("https://example.org/Observation/1", []),
        ("urn:uuid:60e0b220-8136-4ca5-ae46-1d97ef59d068", []),
    ],
)
def test_a_full_url_is_absolute_and_of_the_id(url: str, rule: list[str]) -> None:
    entry = {"fullUrl": url, "resource": {**SEEN, "id": "1"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    assert [each for _, each in told(bundle)] == rule


@pytest.mark.parametrize(
    ("type", "rules"),
    [
        ("transaction", [("Bundle.entry[1]", "bundle-repeated")]),
        ("batch", []),
        ("collection", []),
    ],
)
def test_two_versions_of_one_full_url_are_told_apart_where_references_lead_to_it(
    type: str, rules: list[tuple[str, str]]
) -> None:
    """A transaction with both would not say which of them is meant."""
    url, request = "https://example.org/Observation/1", {"method": "PUT", "url": "Observation/1"}
    entries: list[Json] = [
        {"fullUrl": url, "resource": {**SEEN, "id": "1", "meta": {"versionId": version}}}
        for version in ("1", "2")
    ]
    if type != "collection":
        entries = [{**entry, "request": request} for entry in entries]
    assert told({"resourceType": "Bundle", "type": type, "entry": entries}) == rules


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        ({"value": 5}, {"value": 1}, [("Observation.value", "rng-2")]),
        ({"value": 1}, {"value": 5}, []),
        ({"value": 1}, {"value": 1}, []),
        ({"value": 5, "unit": "mm"}, {"value": 1, "unit": "mm"}, [("Observation.value", "rng-2")]),
    ],
)
def test_a_rule_knows_of_which_type_the_elements_beneath_it_are(
    low: Json, high: Json, found: list[tuple[str, str]]
) -> None:
    """A quantity of nothing but a number can be told from another as well."""
    range = {**SEEN, "valueRange": {"low": low, "high": high}}
    assert told(range) == found
    assert [each.rule for each in validate(range) if each.severity == "information"] == []


@pytest.mark.parametrize(
    "named", ["Observation.value[x]:valueQuantity", "Observation.valueQuantity"]
)
@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"valueQuantity": {"value": 1}}, []),
        ({}, [("Observation.value", "missing")]),
        ({"valueString": "a"}, [("Observation.value", "slice-few")]),
    ],
)
def test_a_slice_by_type_may_be_wanted_by_either_of_its_names(
    named: str, more: Json, found: Any
) -> None:
    asked = profile("Observation", {"id": named, "min": 1})
    asked["differential"]["element"][0] |= {
        "path": "Observation.valueQuantity",
        "sliceName": "valueQuantity",
    }
    told_of = [each for each in told({**SEEN, **more}, asked) if each[1] != "type-not-allowed"]
    assert told_of == found


@pytest.mark.parametrize(
    ("named", "found"), [("Ward", []), ("Hall", [("Observation.performer", "slice-few")])]
)
def test_slices_by_the_profile_of_what_is_referred_to(named: str, found: Any) -> None:
    ward = profile("Organization", {"id": "Organization.name", "min": 1, "fixedString": "Ward"})
    ward["url"] = "https://example.org/ward"
    asked = profile(
        "Observation",
        {"id": "Observation.performer", "slicing": slicing("profile", "resolve()", "open")},
        {
            "id": "Observation.performer:ward",
            "min": 1,
            "type": [{"code": "Reference", "targetProfile": [ward["url"]]}],
        },
    )
    seen = {
        **SEEN,
        "contained": [{"resourceType": "Organization", "id": "a", "name": named}],
        "performer": [{"reference": "#a"}],
    }
    validator = Validator(Definitions(added=condense_all([asked, ward]).entries()))
    told_of = validator.validate(seen, (asked["url"],))
    assert [(each.place, each.rule) for each in told_of if each.fails] == found


def test_an_extension_of_resources_is_not_for_their_elements() -> None:
    made = profile("Extension", {"id": "Extension.url", "fixedUri": "https://example.org/asked"})
    made["context"] = [{"type": "element", "expression": "Resource"}]
    validator = Validator(Definitions(added=condense_all([made]).entries()))
    extension = [{"url": made["url"], "valueString": "a"}]
    patient: Json = {"resourceType": "Patient", "text": TEXT}
    assert validator.validate({**patient, "extension": extension}) == ()
    [found] = validator.validate({**patient, "name": [{"text": "a", "extension": extension}]})
    assert (found.place, found.rule) == ("Patient.name[0].extension[0]", "extension-place")


@pytest.mark.parametrize(
    ("version", "rules"),
    [("", []), ("|2.6.1", []), ("|1.0.0", ["profile-version", "profile-asked-version"])],
)
def test_a_profile_of_another_version_is_not_taken_for_the_one_that_is_known(
    version: str, rules: list[str]
) -> None:
    patient = {"resourceType": "Patient", "text": TEXT, "meta": {"profile": [UK_PATIENT + version]}}
    found = validate(patient, UK_PATIENT + version)
    assert [(each.rule, each.fails) for each in found] == [
        (rule, rule == "profile-asked-version") for rule in rules
    ]
    assert all("in version 2.6.1 only" in each.words for each in found)
