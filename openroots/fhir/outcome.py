"""OperationOutcome: how FHIR APIs tell of a failure or a warning, in each family's dialect.

Source: FHIR R4 4.0.1, OperationOutcome; the Spine error codes as the PDS FHIR API publishes them.
"""

from dataclasses import replace

from openroots.fhir.operation import OPERATION_FAILURES
from openroots.problem import A_TOKEN, NEW_TOKEN, SUBSCRIBE, Dialect, Failure, Json

SPINE_R4 = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"


def outcome(*issues: Json) -> Json:
    """An OperationOutcome of these issues."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


ISSUE_SCHEMA = {
    "type": "object",
    "required": ["severity", "code", "details"],
    "properties": {
        "severity": {"enum": ["fatal", "error", "warning", "information"]},
        "code": {"type": "string"},
        "details": {"type": "object", "required": ["coding"]},
        "diagnostics": {"type": "string"},
    },
}
OUTCOME_SCHEMA = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"enum": ["OperationOutcome"]},
        "issue": {"type": "array", "minItems": 1, "items": ISSUE_SCHEMA},
    },
}


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


def _ours(status: int, code: str, issue: str, display: str, words: str, mend: str = "") -> Failure:
    return Failure(status, code, issue, display, words, mend=mend, ours=True)


ACCESS_DENIED = "Access Denied - Unauthorised"
RATE_LIMITS = (
    "Please see: https://digital.nhs.uk/developer/guides-and-documentation/"
    "reference-guide#rate-limits for more details."
)


def _unauthorised(words: str) -> Failure:
    return Failure(401, "ACCESS_DENIED", "forbidden", ACCESS_DENIED, words, mend=A_TOKEN)


def too_many_requests(words: str) -> Failure:
    """The failure of one request too many. Its Problem says after how many seconds to ask again."""
    return Failure(
        429,
        "TOO_MANY_REQUESTS",
        "value",
        "Too many requests",
        words,
        headers=(("retry-after", "{seconds}"),),
        mend="Ask again after {seconds} s, the time that the header Retry-After gives.",
    )


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
        "header-repeated": _ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - {header} header must be supplied once only",
            "Send {header} once.",
        ),
        "parameter-repeated": _ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - parameter '{parameter}' must be supplied once only",
            "Send {parameter} once.",
        ),
        "body-too-large": _ours(
            413,
            "INVALID_REQUEST",
            "too-long",
            "Request is too large",
            "Invalid request with error - the body is larger than {limit} bytes",
            "Send at most {limit} bytes.",
        ),
        "headers-too-large": _ours(
            431,
            "INVALID_REQUEST",
            "too-long",
            "Request is too large",
            "Invalid request with error - the path and headers are larger than {limit} bytes",
            "Send at most {limit} bytes of path and headers.",
        ),
        "body-too-slow": _ours(
            408,
            "INVALID_REQUEST",
            "timeout",
            "Request took too long",
            "Invalid request with error - the body had not arrived after {seconds} seconds",
            "Send the whole body at once.",
        ),
        "body-broken-off": _ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the connection was closed before the whole body was sent",
            "Send the whole body, as long as Content-Length says.",
        ),
        "body-not-json": _ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the body is not JSON in UTF-8",
            "Send one JSON document, in UTF-8.",
        ),
        "body-not-utf8": _ours(
            400,
            "INVALID_VALUE",
            "structure",
            "Provided value is invalid",
            "Invalid request with error - the body is not UTF-8 text",
            "Send the body in UTF-8; in a form, percent-encode its bytes.",
        ),
        "member-repeated": _ours(
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
        "key-missing": _unauthorised("Missing Authorization header"),
        "authorization-empty": _unauthorised("Empty Authorization header"),
        "token-missing": _unauthorised("Missing access token"),
        "token-unknown": replace(
            _unauthorised("Invalid Access Token"),
            mend=NEW_TOKEN,
        ),
        "token-expired": _ours(
            401,
            "ACCESS_DENIED",
            "expired",
            ACCESS_DENIED,
            "Access Token expired",
            "Get a new token from /oauth2/token: each is good for ten minutes.",
        ),
        "product-refused": _ours(
            401,
            "ACCESS_DENIED",
            "forbidden",
            ACCESS_DENIED,
            "Invalid ApiKey for given resource",
            SUBSCRIBE,
        ),
        "key-unknown": _ours(
            401,
            "ACCESS_DENIED",
            "forbidden",
            ACCESS_DENIED,
            "Invalid ApiKey",
            "Send the key of a registered application in the header apikey, or no key at all "
            "where open access is allowed.",
        ),
        "quota-exceeded": too_many_requests(
            "Your application, {application}, has exceeded its quota of {most} requests every "
            f"{{minutes}} minute(s) and is being rate limited. {RATE_LIMITS}"
        ),
        "spike-arrested": too_many_requests(
            "Your application, {application}, has created a spike in traffic and is being rate "
            f"limited. Please reduce the frequency of your requests. {RATE_LIMITS}"
        ),
        "api-busy": too_many_requests(
            "This API is currently receiving a high volume of requests and is being rate limited. "
            f"{RATE_LIMITS}"
        ),
        "access-refused": Failure(
            403,
            "ACCESS_DENIED",
            "forbidden",
            "Cannot {method} resource with {access} access token",
            "Your app has insufficient permissions to use this operation. Please contact support.",
            mend="Ask with a token for {allowed} access.",
        ),
        "not-own-record": Failure(
            403,
            "ACCESS_DENIED",
            "forbidden",
            "Patient cannot perform this action",
            "Your access token has insufficient permissions. See documentation regarding "
            "Patient access restrictions https://digital.nhs.uk/developer/api-catalogue/"
            "personal-demographics-service-fhir",
            mend="A patient may ask for their own record only.",
        ),
        "policy-refused": _ours(
            403,
            "ACCESS_DENIED",
            "forbidden",
            ACCESS_DENIED,
            "{reason}",
            "{mend}",
        ),
        "not-utf8": _ours(
            400,
            "INVALID_VALUE",
            "value",
            "Provided value is invalid",
            "Invalid request with error - the path and parameters are not UTF-8 text",
            "Percent-encode the UTF-8 bytes of the path and parameters.",
        ),
        "repeat-differs": _ours(
            400,
            "INVALID_VALUE",
            "duplicate",
            "Provided value is invalid",
            "Invalid value - '{request_id}' in header 'X-Request-ID' was used within the last "
            "24 hours for a different request",
            "Make a new X-Request-ID for each new request; repeat one only with the same body.",
        ),
        "resource-invalid": _ours(
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
            mend="Read the resource again and send its new ETag as If-Match.",
        ),
        "standard-refused": _ours(
            403,
            "STANDARD_NOT_MET",
            "business-rule",
            "A mandated standard is not met",
            "{standard} clause {clause}, in force since {date}: {expected}{found} {mend}",
            "{mend}",
        ),
        "not-implemented": _ours(
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
        "internal": _ours(
            500,
            "INTERNAL_SERVER_ERROR",
            "exception",
            "Unexpected internal server error",
            "This is a defect of OpenRoots. Please report it, quoting the trail {trail}",
        ),
    },
)
