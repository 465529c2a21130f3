"""FHIR validation: whether a resource is what R4 and a profile say it should be, and if not, why.

For services, the register, the command, and anybody who wants a validator alone.

    from openroots.fhir.validation import validate

    for finding in validate(resource, "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"):
        print(finding.severity, finding.place, finding.words)

Source: FHIR R4 4.0.1, sections 3.1.0.11 (Validation) and 5.1 (Profiling).
"""

from functools import cache
from typing import Any

from openroots.fhir.validation.findings import Finding
from openroots.fhir.validation.validator import Validator

__all__ = ["Finding", "Validator", "standard_validator", "validate"]


@cache
def standard_validator() -> Validator:
    """The validator of the definitions that the program brings: R4 and UK Core."""
    return Validator()


def validate(resource: dict[str, Any], profile: str | None = None) -> tuple[Finding, ...]:
    """What is found of a resource, by its type, the profiles that it names, and this one."""
    return standard_validator().validate(resource, (profile,) if profile else ())
