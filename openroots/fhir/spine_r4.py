"""The dialect of PDS and the other FHIR APIs before the Spine: its failures, as OperationOutcomes.

What the gateway can refuse, in the codes and words of these APIs; a service adds its own rows.

Source: the Spine error codes as the PDS FHIR API publishes them; rows of `ours` are not published.
"""

from openroots.fhir.operation import OPERATION_FAILURES
from openroots.fhir.outcome import OUTCOME_SCHEMA, outcome
from openroots.fhir.spine_r4_access import ACCESS_FAILURES, ours
from openroots.problem import Dialect, Failure, Json

SPINE_R4 = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"


def spine_r4_outcome(failure: Failure, _trail: str) -> Json:
    """A failure as PDS tells it: always one issue, its code in the R4 Spine system, version "1"."""
    coding = {
        "system": SPINE_R4,
        "version": "1",
        "code": failure.code,
        "display": failure.display,
    }
    issue: Json = {
        "severity": failure.severity,
        "code": failure.issue,
        "details": {"coding": [coding]},
    }
    if failure.words is not None:
        issue["diagnostics"] = failure.words
    return outcome(issue)


SPINE_R4_DIALECT = Dialect(
    name="R4 Spine",
    media_type="application/fhir+json",
    render=spine_r4_outcome,
    schema=OUTCOME_SCHEMA,
    failures={
        **OPERATION_FAILURES,
        "path-unknown": Failure(
            400,
            "UNSUPPORTED_REQUEST",
            "value",
            "The request is not one that is supported.",
            "Unsupported path - '{path}'",
            mend="See the API's page in the catalogue for the paths that it has.",
        ),
        "method-unknown": Failure(
            400,
            "UNSUPPORTED_SERVICE",
            "processing",
            "Unsupported Service",
            mend="{path} answers {allowed}.",
        ),
        "header-repeated": ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - {header} header must be supplied once only",
            "Send {header} once.",
        ),
        "parameter-repeated": ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - parameter '{parameter}' must be supplied once only",
            "Send {parameter} once.",
        ),
        "body-too-large": ours(
            413,
            "INVALID_REQUEST",
            "too-long",
            "Request is too large",
            "Invalid request with error - the body is larger than {limit} bytes",
            "Send at most {limit} bytes.",
        ),
        "headers-too-large": ours(
            431,
            "INVALID_REQUEST",
            "too-long",
            "Request is too large",
            "Invalid request with error - the path and headers are larger than {limit} bytes",
            "Send at most {limit} bytes of path and headers.",
        ),
        "body-too-slow": ours(
            408,
            "INVALID_REQUEST",
            "timeout",
            "Request took too long",
            "Invalid request with error - the body had not arrived after {seconds} seconds",
            "Send the whole body at once.",
        ),
        "body-broken-off": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the connection was closed before the whole body was sent",
            "Send the whole body, as long as Content-Length says.",
        ),
        "body-packed": ours(
            415,
            "INVALID_VALUE",
            "not-supported",
            "Provided value is invalid",
            "Invalid request with error - the body is packed by {coding}",
            "Send the body as it is, without Content-Encoding.",
        ),
        "body-unwanted": ours(
            400,
            "INVALID_VALUE",
            "not-supported",
            "Provided value is invalid",
            "Invalid request with error - this endpoint takes no body",
            "Send it without a body: the path and the parameters say all that there is to say.",
        ),
        "body-not-json": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the body is not JSON in UTF-8",
            "Send one JSON document, in UTF-8.",
        ),
        "body-too-deep": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the body is nested deeper than {limit} levels",
            "Send objects and lists within each other to {limit} levels at most.",
        ),
        "body-not-utf8": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the body is not UTF-8 text",
            "Send the body in UTF-8; in a form, percent-encode its bytes.",
        ),
        "number-too-large": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - a number in the body is too large",
            "Send numbers of 1.79e308 at most, which is what a double can hold.",
        ),
        "member-repeated": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - '{member}' must be named once only in an object",
            "Name each member of an object once: of two, which one counts nobody can tell.",
        ),
        "body-type": Failure(
            400,
            "UNSUPPORTED_SERVICE",
            "processing",
            "Unsupported Service",
            mend="Say what the body is, by curl so: -H 'Content-Type: {wanted}'.",
        ),
        **ACCESS_FAILURES,
        "not-utf8": ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - the path and parameters are not UTF-8 text",
            "Percent-encode the UTF-8 bytes of the path and parameters.",
        ),
        "repeat-differs": ours(
            400,
            "INVALID_VALUE",
            "duplicate",
            "Provided value is invalid",
            "Invalid value - '{request_id}' in header 'X-Request-ID' was used within the last "
            "24 hours for a different request",
            "Make a new X-Request-ID for each new request; repeat one only with the same body.",
        ),
        "resource-invalid": ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid value - the resource would not be one of FHIR R4: {place}: {found}",
            "Expected at {place}: {expected}",
        ),
        "conflict": Failure(
            409,
            "RESOURCE_VERSION_MISMATCH",
            "conflict",
            "Resource version supplied does not match actual version",
            mend="Where you sent If-Match, read the resource again and send its new ETag. Where "
            "you did not, as to create somebody, send the request again; if it is refused again, "
            "what stands in its way, such as somebody alike, is hidden from you: ask whoever may "
            "see it.",
        ),
        "standard-refused": ours(
            403,
            "STANDARD_NOT_MET",
            "business-rule",
            "A mandated standard is not met",
            "{standard} clause {clause}, in force since {date}: {expected}{found} {mend}",
            "{mend}",
        ),
        "not-implemented": ours(
            501,
            "NOT_IMPLEMENTED",
            "not-supported",
            "Not yet implemented",
            "OpenRoots does not answer this operation yet",
        ),
        "unavailable": Failure(
            503,
            "SERVICE_UNAVAILABLE",
            "timeout",
            "Service unavailable",
            "The downstream domain processing has not completed within the configured timeout "
            "period. Using the same 'X-Request-ID' header, retry your request after the time "
            "specified by the 'Retry-After' response header.",
            headers=(("retry-after", "5"),),
            mend="Send the same request again, with the same X-Request-ID.",
        ),
        "internal": ours(
            500,
            "INTERNAL_SERVER_ERROR",
            "exception",
            "Unexpected internal server error",
            "This is a defect of OpenRoots. Please report it, quoting the trail {trail}",
        ),
    },
)
