"""How an operation of FHIR refuses parameters that it does not have, or cannot do anything with.

For `spine_r4`, among whose failures these are, and `validating`, which raises them.

Source: FHIR R4 4.0.1, section 3.2.0 (Operations); the words are ours.
"""

from openroots.problem import Failure


def _wrong(issue: str, words: str, mend: str) -> Failure:
    display = "Provided value is invalid"
    return Failure(400, "INVALID_VALUE", issue, display, words, mend=mend, ours=True)


OPERATION_FAILURES = {
    "parameter-unknown": _wrong(
        "not-supported",
        "Invalid request with error - parameter '{parameter}' is not one of this operation",
        "It takes {known}.",
    ),
    "parameter-wrong": _wrong(
        "value", "Invalid value - '{value}' in parameter '{parameter}'", "Give {wanted}."
    ),
    "parameter-unsupported": _wrong(
        "not-supported",
        "Unsupported value - '{value}' in parameter '{parameter}': {reason}",
        "Leave it out, or give {wanted}.",
    ),
    "resource-missing": Failure(
        400,
        "MISSING_VALUE",
        "required",
        "Required value is missing",
        "Invalid request with error - the Parameters hold no resource",
        mend="Give it as the parameter named resource, in its member resource.",
        ours=True,
    ),
}
