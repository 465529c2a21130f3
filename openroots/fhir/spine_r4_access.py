"""How the dialect of PDS tells who asks that they may not: keys, tokens, limits and policy.

For `spine_r4`.

Source: the Spine error codes as the PDS FHIR API publishes them; NHS England's rate limits.
"""

from dataclasses import replace

from openroots.problem import A_TOKEN, ANOTHER_TOKEN, SUBSCRIBE, Failure


def ours(status: int, code: str, issue: str, display: str, words: str, mend: str = "") -> Failure:
    """A failure for which nothing is published."""
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


ACCESS_FAILURES = {
    "key-missing": _unauthorised("Missing Authorization header"),
    "authorization-empty": _unauthorised("Empty Authorization header"),
    "token-missing": _unauthorised("Missing access token"),
    "token-unknown": replace(
        _unauthorised("Invalid Access Token"),
        mend=ANOTHER_TOKEN,
    ),
    "token-expired": ours(
        401,
        "ACCESS_DENIED",
        "expired",
        ACCESS_DENIED,
        "Access Token expired",
        "Get a new token from /oauth2/token: each is good for ten minutes.",
    ),
    "product-refused": ours(
        401,
        "ACCESS_DENIED",
        "forbidden",
        ACCESS_DENIED,
        "Invalid ApiKey for given resource",
        SUBSCRIBE,
    ),
    "key-unknown": ours(
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
    "policy-refused": ours(
        403,
        "ACCESS_DENIED",
        "forbidden",
        ACCESS_DENIED,
        "{reason}",
        "{mend}",
    ),
}
