"""Failures in plain JSON, for the APIs that are not FHIR: one set of rows, worded once.

For services. Each such API has its own shape of body, which it gives with `plain_dialect`: a new
one of ours takes `own_body`. The rows that the gateway needs are the same for all, because none of
these APIs publishes them.

Source: RFC 9110 for the statuses; RFC 6750 section 3.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from openroots.fhir.spine_r4 import SPINE_R4_DIALECT
from openroots.problem import A_TOKEN, ANOTHER_TOKEN, SUBSCRIBE, Dialect, Failure, Json

AFTER = (("retry-after", "{seconds}"),)
# How to say who asks, which RFC 9110 section 11.6.1 has every 401 tell; of tokens, RFC 6750.
ASKED_FOR = (("www-authenticate", "Bearer"),)
NOT_GOOD = (("www-authenticate", 'Bearer error="invalid_token"'),)
A_TOKEN_OR_KEY = f"{A_TOKEN} Where the API asks for no more, its key in the header apikey will do."
LATER = "Ask again after {seconds} s, the time that the header Retry-After gives."

_ROWS = {
    "path-unknown": Failure(404, "not_found", words="Not Found"),
    "method-unknown": Failure(
        405,
        "method_not_allowed",
        words="Method Not Allowed",
        headers=(("allow", "{allowed}"),),
    ),
    "header-repeated": Failure(400, "invalid_request", words="{header} must be sent once only"),
    "parameter-unknown": Failure(
        400, "invalid_request", words="{parameter} is not a parameter of this endpoint"
    ),
    "parameter-repeated": Failure(
        400, "invalid_request", words="{parameter} must be sent once only"
    ),
    "body-too-large": Failure(
        413, "invalid_request", words="The body is larger than {limit} bytes"
    ),
    "headers-too-large": Failure(
        431, "invalid_request", words="The path and headers are larger than {limit} bytes"
    ),
    "body-too-slow": Failure(
        408, "invalid_request", words="The body had not arrived after {seconds} seconds"
    ),
    "body-broken-off": Failure(
        400, "invalid_request", words="The connection was closed before the whole body was sent"
    ),
    "body-packed": Failure(415, "invalid_request", words="The body is packed by {coding}"),
    "body-unwanted": Failure(400, "invalid_request", words="This endpoint takes no body"),
    "body-not-json": Failure(400, "invalid_request", words="The body is not JSON in UTF-8"),
    "body-too-deep": Failure(
        400, "invalid_request", words="The body is nested deeper than {limit} levels"
    ),
    "number-too-large": Failure(
        400, "invalid_request", words="A number in the body is too large: 1.79e308 is the largest"
    ),
    "body-not-utf8": Failure(400, "invalid_request", words="The body is not UTF-8 text"),
    "member-repeated": Failure(
        400, "invalid_request", words="{member} must be named once only in an object"
    ),
    "body-type": Failure(
        415,
        "invalid_request",
        words="Content-Type header must be {wanted}",
        mend="Send the header Content-Type: {wanted}.",
    ),
    "key-missing": Failure(
        401,
        "access_denied",
        words="Missing access token",
        headers=ASKED_FOR,
        mend=A_TOKEN_OR_KEY,
    ),
    "key-unknown": Failure(
        401,
        "access_denied",
        words="Invalid ApiKey",
        headers=ASKED_FOR,
        mend="Send the key of a registered application in the header apikey.",
    ),
    "authorization-empty": Failure(
        401,
        "access_denied",
        words="Empty Authorization header",
        headers=ASKED_FOR,
        mend=A_TOKEN,
    ),
    "token-missing": Failure(
        401,
        "access_denied",
        words="Missing access token",
        headers=ASKED_FOR,
        mend=A_TOKEN_OR_KEY,
    ),
    "token-unknown": Failure(
        401,
        "access_denied",
        words="Invalid Access Token",
        headers=NOT_GOOD,
        mend=ANOTHER_TOKEN,
    ),
    "token-expired": Failure(
        401,
        "access_denied",
        words="Access Token expired",
        headers=NOT_GOOD,
        mend="Get a new token from /oauth2/token: each is good for ten minutes.",
    ),
    "product-refused": Failure(
        401,
        "access_denied",
        words="Invalid ApiKey for given resource",
        headers=ASKED_FOR,
        mend=SUBSCRIBE,
    ),
    "quota-exceeded": Failure(
        429,
        "too_many_requests",
        words="Your application, {application}, has exceeded its quota of {most} requests every "
        "{minutes} minute(s) and is being rate limited.",
        headers=AFTER,
        mend=LATER,
    ),
    "spike-arrested": Failure(
        429,
        "too_many_requests",
        words="Your application, {application}, has created a spike in traffic and is being rate "
        "limited. Please reduce the frequency of your requests.",
        headers=AFTER,
        mend=LATER,
    ),
    "api-busy": Failure(
        429,
        "too_many_requests",
        words="This API is currently receiving a high volume of requests and is being rate "
        "limited.",
        headers=AFTER,
        mend=LATER,
    ),
    "access-refused": Failure(
        403,
        "access_denied",
        words="Unauthorised",
        mend="Ask with a token for {allowed} access.",
    ),
    "not-own-record": Failure(
        403,
        "access_denied",
        words="Unauthorised",
        mend="A patient may ask for their own record only.",
    ),
    "policy-refused": Failure(403, "access_denied", words="{reason}", mend="{mend}"),
    "not-utf8": Failure(400, "invalid_request", words="The path and parameters are not UTF-8 text"),
    "repeat-differs": Failure(
        400,
        "invalid_request",
        words="X-Request-ID {request_id} was used within the last 24 hours for another request",
        mend="Make a new X-Request-ID for each new request; repeat one only with the same body.",
    ),
    "resource-invalid": Failure(
        400, "invalid_request", words="{place}: {found}", mend="Expected: {expected}"
    ),
    "conflict": Failure(
        409,
        "conflict",
        words="The resource has changed meanwhile",
        mend="Read it again, and send what is still wanted.",
    ),
    "standard-refused": Failure(
        403,
        "standard_not_met",
        words="{standard} clause {clause}, in force since {date}: {expected}{found} {mend}",
        mend="{mend}",
    ),
    "not-implemented": Failure(
        501, "not_implemented", words="OpenRoots does not answer this operation yet"
    ),
    "unavailable": Failure(
        503, "temporarily_unavailable", words="Try again later", headers=(("retry-after", "5"),)
    ),
    "internal": Failure(
        500,
        "unknown_error",
        words="This is a defect of OpenRoots. Please report it, quoting the trail {trail}",
    ),
}

# What the gateway finds is mended alike, whichever dialect it is told in.
FOUND_BY_GATEWAY = frozenset(
    {
        *("path-unknown", "method-unknown", "header-repeated"),
        *("parameter-unknown", "parameter-repeated"),
        *("body-too-large", "headers-too-large", "body-too-slow", "body-broken-off"),
        *("body-packed", "body-unwanted", "body-not-json", "member-repeated", "body-not-utf8"),
        *("body-too-deep", "number-too-large", "not-utf8", "unavailable"),
    }
)


def _mended(name: str, failure: Failure) -> Failure:
    if name not in FOUND_BY_GATEWAY:
        return replace(failure, ours=True)
    return replace(failure, ours=True, mend=SPINE_R4_DIALECT.failures[name].mend)


ROWS = {name: _mended(name, failure) for name, failure in _ROWS.items()}


def plain_dialect(
    name: str,
    render: Callable[[Failure, str], Json],
    *,
    media_type: str = "application/json",
    rows: Mapping[str, Failure] | None = None,
    asked: Callable[[Mapping[str, str]], Dialect | None] | None = None,
    request_id: str = "",
) -> Dialect:
    """A dialect whose bodies `render` makes, with `rows` in place of the common ones. `asked` and
    `request_id` are as in `Dialect`."""
    failures = {**ROWS, **(rows or {})}
    return Dialect(name, media_type, render, failures, asked=asked, request_id=request_id)


def own_body(failure: Failure, trail: str) -> Json:
    """The body of a failure in an API of our own, which nobody has published: what is wrong, the
    id by which `why` tells the rest, and how to mend it where that can be said."""
    told = {"error": failure.code, "description": failure.words, "trail": trail}
    return {**told, "mend": failure.mend} if failure.mend else told
