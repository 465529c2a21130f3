"""How NEMS tells of failures: an OperationOutcome of STU3, with a Spine code.

Source: National Events Management Service; FHIR STU3 3.0.1, OperationOutcome. Rows whose words
are not published are marked as ours.
"""

from dataclasses import replace

from openroots.fhir.outcome import OUTCOME_SCHEMA, outcome
from openroots.plain import ROWS
from openroots.problem import Dialect, Failure, Json

SPINE = "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1"

# By status: the Spine code, its display, and the FHIR issue type.
CODES = {
    400: ("BAD_REQUEST", "Bad request", "invalid"),
    401: ("ACCESS_DENIED", "Access has been denied to process this request", "forbidden"),
    403: ("ACCESS_DENIED", "Access has been denied to process this request", "forbidden"),
    404: ("NO_RECORD_FOUND", "No record found", "not-found"),
    405: ("NOT_IMPLEMENTED", "Not implemented", "not-supported"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", "invalid"),
    501: ("NOT_IMPLEMENTED", "Not implemented", "not-supported"),
}
OTHERWISE = ("INTERNAL_SERVER_ERROR", "Unexpected internal server error", "exception")


# What rides along with an answer that needs no other words.
NOTICE: Json = outcome(
    {
        "severity": "information",
        "code": "informational",
        "details": {"coding": [{"system": SPINE, "code": "DEPRECATED", "display": "Deprecated"}]},
        "diagnostics": "The Multicast Notification Service takes the place of this service",
    }
)


def render(failure: Failure, _trail: str) -> Json:
    """A failure as NEMS tells it: always one issue."""
    coding = {"system": SPINE, "code": failure.code, "display": failure.display}
    issue: Json = {
        "severity": failure.severity,
        "code": failure.issue,
        "details": {"coding": [coding]},
    }
    return outcome(issue | ({"diagnostics": failure.words} if failure.words else {}))


def _coded(failure: Failure) -> Failure:
    code, display, issue = CODES.get(failure.status, CODES[400])
    if failure.status >= 500 and failure.status not in CODES:
        code, display, issue = OTHERWISE
    return replace(failure, code=code, display=display, issue=issue)


def _row(status: int, words: str, code: str = "", mend: str = "") -> Failure:
    found = _coded(Failure(status, "", words=words, mend=mend, ours=True))
    return replace(found, code=code) if code else found


DIALECT = Dialect(
    name="STU3 Spine",
    media_type="application/fhir+json",
    render=render,
    schema=OUTCOME_SCHEMA,
    failures={row: _coded(failure) for row, failure in ROWS.items()},
)

FAILURES = {
    "header-missing": _row(400, "{header} header is required", "MISSING_OR_INVALID_HEADER"),
    "header-invalid": _row(400, "{header} header is invalid", "MISSING_OR_INVALID_HEADER"),
    "body-not-xml": _row(400, "The body is not a FHIR resource in XML", "INVALID_RESOURCE"),
    "subscription-invalid": _row(400, "Invalid Subscription: {what}", "INVALID_RESOURCE"),
    "criteria-invalid": _row(
        400,
        "Invalid criteria: {what}",
        "INVALID_RESOURCE",
        "As /Bundle?type=message&serviceType=GP&MessageHeader.event=pds-change-of-gp-1"
        "&Patient.identifier=http://fhir.nhs.net/Id/nhs-number|9000000009",
    ),
    "message-invalid": _row(400, "Invalid message: {what}", "INVALID_RESOURCE"),
    "area-unknown": _row(
        400,
        "Invalid criteria: nothing is known of where Organization.identifier {organisation} is",
        "INVALID_RESOURCE",
        "Name an organisation that is there, with an address: a practice or a trust will do.",
    ),
    "not-found": _row(404, "There is no such Subscription"),
    "unauthorised": _row(
        403,
        "The application may not subscribe to this event",
        mend="It needs mns.permissions events:subscribe:<type>, of the type that MNS has.",
    ),
    "type-refused": _row(
        403,
        "The application may not publish this event",
        mend="It needs mns.permissions events:create:<type>.",
    ),
    "no-product-id": _row(
        502,
        "Internal server error",
        mend="Register the application with the attribute product-id.",
    ),
}
