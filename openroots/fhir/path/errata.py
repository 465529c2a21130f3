"""Expressions of R4 that do not say what they are published to mean, and what they were to say.

For `compile_expression`, which takes the second for the first.

Source: FHIR R4 4.0.1, the invariants' own words; FHIR R5, where they are mended.
"""

ERRATA = {
    # que-7: an answer of FHIR is a boolean of FHIR; the language's own Boolean it never is.
    "operator = 'exists' implies (answer is Boolean)": (
        "operator = 'exists' implies (answer is boolean)"
    ),
}
