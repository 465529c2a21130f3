"""The token endpoint: each grant by which an application gets an access token.

Source: NHS England identity service API, `POST /oauth2/token`; RFC 6749 section 3.2.
"""

from collections.abc import Callable

from openroots.problem import Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.authorisation import service
from openroots.services.authorisation.clients import Client, asked_by, by_assertion, client_of
from openroots.services.authorisation.code import for_code
from openroots.services.authorisation.credentials import for_credentials
from openroots.services.authorisation.exchange import for_id_token
from openroots.services.authorisation.failures import FORM, ID_TOKEN, JWT_BEARER, OF_TOKENS
from openroots.services.authorisation.form import field, no_repeats
from openroots.services.authorisation.refresh import for_refresh_token
from openroots.storage import Snapshot

Proof = Callable[[Request, Snapshot], Client]
Grant = Callable[[Client, Request, Snapshot], Reply]
GRANTS: dict[str, tuple[Proof, Grant]] = {
    "authorization_code": (client_of, for_code),
    "client_credentials": (by_assertion, for_credentials),
    "refresh_token": (client_of, for_refresh_token),
    "urn:ietf:params:oauth:grant-type:token-exchange": (by_assertion, for_id_token),
}
TEXT = {"type": "string"}
FIELDS = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": sorted(GRANTS)},
        "client_assertion_type": {"type": "string", "enum": [JWT_BEARER]},
        "subject_token_type": {"type": "string", "enum": [ID_TOKEN]},
        **dict.fromkeys(
            (
                *("client_id", "client_secret", "client_assertion", "code", "redirect_uri"),
                *("code_verifier", "refresh_token", "subject_token", "scope"),
                *("_access_token_expiry_ms", "_refresh_token_expiry_ms"),
            ),
            TEXT,
        ),
    },
}


@service.endpoint(
    "POST",
    "/token",
    access=OPENLY,
    takes=(FORM,),
    largest=64 << 10,
    body_schema=FIELDS,
    reads=20,
    fails=OF_TOKENS,
)
def get_token(request: Request, db: Snapshot) -> Reply:
    """Get an access token.

    By an assertion signed in RS512, a code, a refresh token, or the ID token of who has logged in.
    Lives are whole seconds, as text.
    """
    no_repeats(request.body)
    grant = field(request, "grant_type")
    if not grant:
        raise Problem("grant-missing")
    if grant not in GRANTS:
        raise Problem("grant-unknown")
    prove, give = GRANTS[grant]
    client = prove(request, db)
    with asked_by(client.application):
        return give(client, request, db)
