"""Elements that may be of several types: `value` stands in JSON as valueString, valueQuantity, ...

For whoever walks resources by the names of FHIR. Which key stands for which element of which type.

Source: FHIR R4 4.0.1, the snapshots of its structure definitions.
"""

ANY = """
Address Age Annotation Attachment CodeableConcept Coding ContactDetail ContactPoint Contributor
Count DataRequirement Distance Dosage Duration Expression HumanName Identifier Meta Money
ParameterDefinition Period Quantity Range Ratio Reference RelatedArtifact SampledData Signature
Timing TriggerDefinition UsageContext base64Binary boolean canonical code date dateTime decimal id
instant integer markdown oid positiveInt string time unsignedInt uri url uuid
"""
SOME = """
abatement Age Period Range dateTime string
additive CodeableConcept Reference
age Age CodeableConcept Range string
allowed CodeableConcept Money boolean string unsignedInt
amount Quantity Range Ratio string
answer Coding Quantity Reference boolean date dateTime decimal integer string time
asNeeded CodeableConcept boolean
author Reference string
born Period date string
bounds Duration Period Range
characteristic CodeableConcept Quantity
chargeItem CodeableConcept Reference
code CodeableConcept Reference
collected Period dateTime
content Attachment Reference string
created Period dateTime
date Period dateTime
deceased Age Range boolean date dateTime string
definingSubstance CodeableConcept Reference
definition CodeableConcept DataRequirement Expression Reference TriggerDefinition canonical uri
detail CodeableConcept Quantity Range Ratio boolean integer string
diagnosis CodeableConcept Reference
dose Quantity Range
doseNumber positiveInt string
due Duration date
effective Period Timing dateTime instant
entity CodeableConcept Reference
event Coding uri
example boolean canonical
fastingStatus CodeableConcept Duration
identified Period dateTime
indication CodeableConcept Reference
item CodeableConcept Reference
legallyBinding Attachment Reference
location Address CodeableConcept Reference
manufacturer Reference string
maxValue Quantity date dateTime decimal instant integer positiveInt time unsignedInt
medication CodeableConcept Reference
minValue Quantity date dateTime decimal instant integer positiveInt time unsignedInt
minimumVolume Quantity string
module CodeableConcept canonical uri
multipleBirth boolean integer
name Reference url
occurred Period dateTime
occurrence Period Timing dateTime string
offset Duration Range
onset Age Period Range dateTime string
participantEffective Duration Period Timing dateTime
performed Age Period Range dateTime string
probability Range decimal
procedure CodeableConcept Reference
product CodeableConcept Reference
quantity Quantity Range Ratio
rate Quantity Range Ratio
reported Reference boolean
scheduled Period Timing string
seriesDoses positiveInt string
serviced Period date
source Attachment Reference canonical uri
start CodeableConcept date
statusReason CodeableConcept Reference
studyEffective Duration Period Timing dateTime
subject CodeableConcept Reference
substance CodeableConcept Reference
target Identifier Reference canonical uri
time Period dateTime
timing Age Duration Period Range Reference Timing date dateTime
topic CodeableConcept Reference
used Money string unsignedInt
when Period Range
"""
Keys = tuple[tuple[str, str], ...]


def _keys(name: str, types: list[str]) -> Keys:
    return tuple((name + type[0].upper() + type[1:], type) for type in types)


# For each element, the keys under which it may stand, each with its type.
CHOICES: dict[str, Keys] = {
    **{name: _keys(name, ANY.split()) for name in ("defaultValue", "fixed", "pattern", "value")},
    **{
        line.split()[0]: _keys(line.split()[0], line.split()[1:]) for line in SOME.split("\n")[1:-1]
    },
}
# For each such key, its type.
TYPE_OF_KEY: dict[str, str] = {key: type for keys in CHOICES.values() for key, type in keys}
