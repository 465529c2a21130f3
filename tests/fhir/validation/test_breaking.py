"""Whatever is made from the definitions is valid, and each change that breaks it is found."""

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.fhir.validation import standard_validator, validate
from tests.fhir.validation.breaking import changes
from tests.fhir.validation.making import Maker

JUDGED = sorted(standard_validator().definitions.resources - {"Resource", "DomainResource"})


# What rules ask for beside that, where either of several elements is enough.
BESIDE: dict[str, Any] = {
    "AllergyIntolerance": {
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        }
    },
    "Appointment": {
        "status": "proposed",
        "participant": [{"actor": {"reference": "Patient/1"}, "status": "accepted"}],
    },
    "AppointmentResponse": {"actor": {"reference": "Patient/1"}},
    "CapabilityStatement": {"software": {"name": "a"}, "rest": [{"mode": "server"}]},
    "Consent": {"policy": [{"uri": "https://example.org/policy"}]},
    "EventDefinition": {"trigger": [{"type": "named-event", "name": "a"}]},
    "ImmunizationRecommendation": {
        "recommendation": [
            {"targetDisease": {"text": "a"}, "forecastStatus": {"text": "a"}},
        ]
    },
    "InsurancePlan": {"name": "a"},
    "Linkage": {
        "item": [
            {"type": "source", "resource": {"reference": "Patient/1"}},
            {"type": "alternate", "resource": {"reference": "Patient/2"}},
        ]
    },
    "MolecularSequence": {"coordinateSystem": 1},
    "Organization": {"name": "a"},
    "StructureDefinition": {
        "type": "Basic",
        "differential": {"element": [{"id": "Basic", "path": "Basic"}]},
    },
    "TerminologyCapabilities": {"kind": "capability", "software": {"name": "a"}},
}


def fails(resource: Any) -> Counter[tuple[str, str]]:
    return Counter((each.place, each.rule) for each in validate(resource) if each.fails)


@pytest.mark.parametrize("type", JUDGED)
def test_what_has_all_that_it_must_have_and_no_more_is_valid(type: str) -> None:
    made = Maker(standard_validator().definitions).resource(type)
    assert fails({**made, **BESIDE.get(type, {})}) == Counter()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(JUDGED), st.integers(0, 2**32), st.floats(0, 0.6))
def test_what_is_made_from_the_definitions_breaks_no_rule_of_structure(
    type: str, seed: int, share: float
) -> None:
    made = Maker(standard_validator().definitions, seed, share).resource(type)
    wrong = [each for each in validate(made) if each.fails]
    # Which elements need each other is chance here; that each has its form is not.
    assert [each for each in wrong if each.code not in ("invariant", "code-invalid")] == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(JUDGED), st.integers(0, 2**32), st.floats(0, 0.5))
def test_each_change_that_breaks_it_is_found_at_any_depth(
    type: str, seed: int, share: float
) -> None:
    """Each that its definition forbids, of each of its elements."""
    definitions = standard_validator().definitions
    made = Maker(definitions, seed, share).resource(type)
    before, whole = fails(made), deepcopy(made)
    missed = [told for told in changes(made, definitions) if not fails(made) - before]
    assert missed == []
    assert made == whole


def test_a_list_in_a_list_is_told_also_where_a_rule_asks_what_is_in_it() -> None:
    """csd-1 puts the codes of all concepts beside each other."""
    codes = {"resourceType": "CodeSystem", "status": "active", "content": "complete"}
    odd = {**codes, "concept": [{"code": [["a"]], "concept": [{"code": "b"}]}]}
    assert ("CodeSystem.concept[0].code", "not-single") in fails(odd)
