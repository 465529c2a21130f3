"""The functions of FHIRPath, by name.

Source: FHIRPath N1 2.0.0, sections 5 and 6.3; FHIR R4 4.0.1 section 2.9.1.
"""

from openroots.fhir.path.functions import (
    boundaries,
    collections,
    conditions,
    conversions,
    filtering,
    maths,
    resources,
    strings,
    utility,
)
from openroots.fhir.path.functions.signatures import Function

FUNCTIONS: dict[str, Function] = {
    **conditions.FUNCTIONS,
    **filtering.FUNCTIONS,
    **collections.FUNCTIONS,
    **conversions.FUNCTIONS,
    **strings.FUNCTIONS,
    **maths.FUNCTIONS,
    **boundaries.FUNCTIONS,
    **utility.FUNCTIONS,
    **resources.FUNCTIONS,
}
