"""Planted faults: each is found where it is, by its rule, and nothing is found of the good twin."""

import pytest

from openroots.fhir.definitions import TYPES
from openroots.fhir.validation import standard_validator
from tests.fhir.validation.corpus import faults
from tests.fhir.validation.making import Maker

TYPES_JUDGED = (
    *("Account", "ActivityDefinition", "AuditEvent", "Basic", "Binary", "Bundle", "CarePlan"),
    *("CareTeam", "Claim", "Communication", "Composition", "Condition", "Coverage", "Device"),
    *("DiagnosticReport", "DocumentReference", "Encounter", "EpisodeOfCare", "Flag", "Goal"),
    *("FamilyMemberHistory", "HealthcareService", "ImagingStudy", "Immunization", "List"),
    *("Location", "Medication", "MedicationRequest", "MedicationStatement", "MessageHeader"),
    *("Observation", "OperationOutcome", "Parameters", "Patient", "Practitioner", "Procedure"),
    *("PractitionerRole", "Provenance", "QuestionnaireResponse", "RelatedPerson", "Schedule"),
    *("ServiceRequest", "Slot", "Specimen", "Subscription", "Task"),
)


@pytest.mark.parametrize("type", TYPES_JUDGED)
def test_each_fault_is_found_at_its_place_and_the_good_twin_has_none(type: str) -> None:
    validator = standard_validator()
    definitions = validator.definitions
    good = Maker(definitions).resource(type)
    assert [each for each in validator.validate(good) if each.severity != "information"] == []
    for fault in faults(good, definitions.tree(TYPES + type), definitions):
        found = [(each.place, each.rule) for each in validator.validate(fault.resource)]
        assert (fault.place, fault.rule) in found, (fault.name, found)


def test_the_corpus_has_three_hundred_faults_of_thirty_types_at_least() -> None:
    definitions = standard_validator().definitions
    maker = Maker(definitions)
    counts = {
        type: len(list(faults(maker.resource(type), definitions.tree(TYPES + type), definitions)))
        for type in TYPES_JUDGED
    }
    assert len(counts) >= 30
    assert sum(counts.values()) >= 300
