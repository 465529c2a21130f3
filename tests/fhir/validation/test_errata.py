"""Extensions where R4 itself has them, though their contexts do not allow it."""

from tests.fhir.validation.test_validator import GOOD, errors


def test_extensions_may_be_where_the_definitions_of_r4_have_them() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/"
    code = {
        "extension": [{"url": url + "structuredefinition-fhir-type", "valueUrl": "string"}],
        "code": "http://hl7.org/fhirpath/System.String",
    }
    level = [{"url": url + "capabilitystatement-expectation", "valueCode": "SHALL"}]
    definition = {
        "resourceType": "StructureDefinition",
        "text": GOOD["text"],
        "extension": [{"url": url + "structuredefinition-normative-version", "valueCode": "4.0.0"}],
        "url": "https://example.org/made",
        "name": "Made",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": url + "Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient.id", "path": "Patient.id", "type": [code]}]},
    }
    assert errors(definition) == []
    able = {
        "resourceType": "CapabilityStatement",
        "text": GOOD["text"],
        "status": "draft",
        "date": "2026-11-22",
        "kind": "requirements",
        "description": "What a server should do.",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [{"type": "Patient", "extension": level}]}],
    }
    assert errors(able) == []
    misplaced = {**GOOD, "extension": code["extension"]}
    assert errors(misplaced) == [("Patient.extension[0]", "extension-place")]
