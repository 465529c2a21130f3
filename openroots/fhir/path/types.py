"""The types of FHIR and of FHIRPath, and which is a kind of which.

For `is`, `as` and `ofType`, and for reading a value as what it is. `Types` says of which type an
element is; without the definitions of a package, `SHAPES` tells types from names and values as
far as these show them.

Source: FHIR R4 4.0.1 section 2.24 (data types); FHIRPath N1 2.0.0 sections 6.3 and 10.
"""

from typing import Protocol

SYSTEM = frozenset(
    {"Any", "Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity"}
)
STRINGS = frozenset({"code", "id", "markdown"})
URIS = frozenset({"url", "canonical", "uuid", "oid"})
INTEGERS = frozenset({"unsignedInt", "positiveInt"})
PRIMITIVES = frozenset(
    {"boolean", "integer", "decimal", "string", "uri", "date", "dateTime", "time", "instant"}
) | {"base64Binary", "xhtml", *STRINGS, *URIS, *INTEGERS}
QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"})
BACKBONES = frozenset({"Dosage", "ElementDefinition", "MarketingStatus", "Population"}) | {
    *("ProdCharacteristic", "ProductShelfLife", "SubstanceAmount", "Timing"),
}
COMPLEX = frozenset(
    {"Address", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactDetail", "Meta"}
) | {
    *("ContactPoint", "Contributor", "DataRequirement", "Expression", "Extension", "HumanName"),
    *("Identifier", "Money", "Narrative", "ParameterDefinition", "Period", "Quantity", "Range"),
    *("Ratio", "Reference", "RelatedArtifact", "SampledData", "Signature", "TriggerDefinition"),
    "UsageContext",
}
BARE_RESOURCES = frozenset({"Bundle", "Binary", "Parameters", "DomainResource"})
RESOURCES = """
Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse
AuditEvent Basic BiologicallyDerivedProduct BodyStructure CapabilityStatement CarePlan CareTeam
CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem
Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent
Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device
DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest
DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse
EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy
Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan
Invoice Library Linkage List Location Measure MeasureReport Media Medication
MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest
MedicationStatement MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem
NutritionOrder Observation ObservationDefinition OperationDefinition OperationOutcome Organization
OrganizationAffiliation Patient PaymentNotice PaymentReconciliation Person PlanDefinition
Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy
ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot
Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance
SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task
TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
PARENTS = {
    **dict.fromkeys(STRINGS, "string"),
    **dict.fromkeys(URIS, "uri"),
    **dict.fromkeys(INTEGERS, "integer"),
    **dict.fromkeys(QUANTITIES, "Quantity"),
    **dict.fromkeys(BACKBONES, "BackboneElement"),
    **dict.fromkeys(PRIMITIVES - STRINGS - URIS - INTEGERS, "Element"),
    **dict.fromkeys(COMPLEX | {"BackboneElement"}, "Element"),
    **dict.fromkeys(BARE_RESOURCES, "Resource"),
    **dict.fromkeys(("Element", "Resource"), ""),
}
# The types that others are kinds of, with those that R5 adds.
GENERAL = frozenset(PARENTS.values()) | {
    "DomainResource",
    *("DataType", "PrimitiveType", "BackboneType", "Base", "CanonicalResource", "MetadataResource"),
}
KNOWN = (GENERAL | PARENTS.keys() | {*RESOURCES.split()}) - {""}
EVERYWHERE = {"extension": "Extension", "modifierExtension": "Extension", "meta": "Meta"} | {
    "resourceType": "code",
    "contained": "Resource",
}


class Types(Protocol):
    """What the definitions say of types."""

    def of(self, type: str, name: str) -> str:
        """The type of an element of a type: HumanName, code, Patient.contact; "" if unknown."""
        ...

    def parent(self, type: str) -> str:
        """The type that this one is a kind of; "" at the top."""
        ...


class _Shapes:
    """What the names of types show, without any definitions: an unknown name is a resource's."""

    def of(self, type: str, name: str) -> str:
        return EVERYWHERE.get(name, "")

    def parent(self, type: str) -> str:
        known = PARENTS.get(type)
        if known is not None:
            return known
        if "." in type:
            return "BackboneElement"
        return "DomainResource" if type[:1].isupper() else ""


SHAPES: Types = _Shapes()


def is_kind_of(types: Types, type: str, wanted: str) -> bool:
    """Whether a FHIR type is another, or a kind of it."""
    if type == wanted:
        return True
    if wanted not in GENERAL:
        return False
    for _ in range(10):  # deeper than any type of FHIR, and an end where definitions go round
        if type == wanted:
            return True
        type = types.parent(type)
        if not type:
            return False
    return False
