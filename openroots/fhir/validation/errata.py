"""Extensions of R4 that its own definitions use where their contexts do not allow it.

For `extensions`, which takes these places as allowed besides. Each StructureDefinition that has a
snapshot, R4's own too, has the first of them; later versions say of all where they may stand.

Source: FHIR R4 4.0.1 (hl7.fhir.r4.core), its definitions beside the contexts of their extensions;
FHIR Extensions 5.1.0, where the contexts are mended.
"""

from collections.abc import Mapping

R4 = "http://hl7.org/fhir/StructureDefinition/"

ALLOWED_TOO: Mapping[str, str] = {
    R4 + "structuredefinition-fhir-type": "ElementDefinition.type",
    R4 + "regex": "ElementDefinition.type",
    R4 + "structuredefinition-normative-version": "Element",
    R4 + "capabilitystatement-expectation": "Element",
    R4 + "capabilitystatement-prohibited": "Element",
}
