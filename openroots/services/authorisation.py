"""The platform's OAuth 2.0 server: where applications will get their access tokens.

It is declared here with its published paths and errors. It issues no tokens yet: until it does,
a well-formed request is answered 501, and applications are known by their API key.

Source: NHS England identity service API, `/oauth2`; RFC 6749.
"""

from openroots.plain import plain_dialect
from openroots.problem import Failure, Json, Problem
from openroots.service import ANYONE, Reply, Request, Service
from openroots.storage import Snapshot

FORM = "application/x-www-form-urlencoded"
GRANTS = frozenset(
    {
        "authorization_code",
        "client_credentials",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    }
)


TOKEN = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {"grant_type": {"type": "string", "enum": sorted(GRANTS)}},
}


def _render(failure: Failure, trail: str) -> Json:
    return {"error": failure.code, "error_description": failure.words, "message_id": trail}


service = Service(
    name="authorisation",
    title="Authorisation (OAuth 2.0)",
    base="/oauth2",
    words="Access tokens for applications and the people who use them.",
    source="https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation",
    checked="2026-11-21",
    dialect=plain_dialect(
        "OAuth 2.0",
        _render,
        rows={
            "body-type": Failure(
                415,
                "invalid_request",
                words=f"Content-Type header must be {FORM}",
                mend=f"Send the header Content-Type: {FORM}.",
            ),
            "path-unknown": Failure(404, "invalid_request", words="Not Found"),
            "method-unknown": Failure(405, "invalid_request", words="Method Not Allowed"),
        },
    ),
    own_failures={
        "grant-missing": Failure(400, "invalid_request", words="grant_type is missing"),
        "grant-unknown": Failure(400, "unsupported_grant_type", words="grant_type is invalid"),
    },
    differences=("No tokens are issued yet: a well-formed request is answered 501.",),
)


@service.endpoint(
    "POST",
    "/token",
    access=ANYONE,
    takes=(FORM,),
    body_schema=TOKEN,
    reads=0,
    fails=("grant-missing", "grant-unknown", "not-implemented"),
)
def get_token(request: Request, db: Snapshot) -> Reply:
    """Get an access token."""
    given = (request.body or {}).get("grant_type", ())
    if len(given) > 1:
        raise Problem("parameter-repeated", parameter="grant_type")
    if not given or not given[0]:
        raise Problem("grant-missing")
    if given[0] not in GRANTS:
        raise Problem("grant-unknown")
    raise Problem("not-implemented")
