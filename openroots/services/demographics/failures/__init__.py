"""Every way in which the Personal Demographics Service can refuse, and every word that it says.

Rows marked `ours` are for cases that the published API describes without wording, or not at all.

Source: PDS FHIR API, the error tables of its specification and the answers that its tests expect.
"""

from openroots.problem import Failure
from openroots.services.demographics.failures.asking import ASKING, SEARCHES
from openroots.services.demographics.failures.wording import refused_value
from openroots.services.demographics.failures.writing import (
    COVERAGE,
    CREATES,
    LIMITS,
    PATCHES,
    RULES,
    VALUES,
    VERSIONS,
)

# What clients must be ready for and nothing here leads to, but a trouble made on purpose.
TROUBLES = {
    "backend-too-slow": Failure(
        408,
        "UNABLE_TO_CALL_SERVICE",
        "timeout",
        "Unable to call service",
        "The downstream domain processing has not completed within the configured timeout period.",
        mend="Send the same request again, with the same X-Request-ID.",
        ours=True,
    ),
    "asid-missing": refused_value(
        "MISSING_VALUE",
        "Required value is missing",
        "No ASID is associated with your app. Please contact support.",
    ),
    "validation-failed": refused_value(
        "VALIDATION_ERROR", "Validation error", "Invalid request with error - unknown", ours=True
    ),
}

FAILURES = (
    SEARCHES | LIMITS | ASKING | VERSIONS | PATCHES | VALUES | RULES | COVERAGE | CREATES | TROUBLES
)
